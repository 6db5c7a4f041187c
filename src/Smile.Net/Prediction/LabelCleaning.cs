using Smile.Net.Data;

namespace Smile.Net.Prediction;

/// <summary>What cleaning did to an organ.</summary>
/// <param name="Components">Pieces that the organ was in; 0: not looked at, or the organ is nowhere.</param>
/// <param name="Removed">Voxels of all pieces but the largest.</param>
/// <param name="Filled">Voxels of background inside it.</param>
public readonly record struct CleanedOrgan(int Components, long Removed, long Filled);

/// <summary>
/// Mends a predicted label map by what is known of organs: each is one piece, and has no holes. Of each the largest piece is kept (voxels
/// that share a corner are one piece; of equal ones the one that comes first), then holes are filled: background that no path through the
/// faces of voxels joins to the edge of the volume, and that meets one organ alone. A volume of one slice has no edge above and below.
/// </summary>
/// <param name="Largest">Keep the largest piece of each organ.</param>
/// <param name="Holes">Fill holes.</param>
public readonly record struct LabelCleaning(bool Largest, bool Holes)
{
    /// <summary>Cleans a label map in place.</summary>
    /// <param name="labels">(z, y, x), 0 background, k + 1 organ k.</param>
    /// <param name="geometry">Its grid.</param>
    /// <param name="organs">K.</param>
    /// <returns>What was done to each organ.</returns>
    public CleanedOrgan[] Clean(Span<byte> labels, Geometry geometry, int organs)
    {
        var done = new CleanedOrgan[organs];
        if (Largest)
            KeepLargest(labels, geometry, done);
        if (Holes)
            FillHoles(labels, geometry, done);
        return done;
    }

    private static void KeepLargest(Span<byte> labels, Geometry geometry, CleanedOrgan[] done)
    {
        var runs = new LabelRuns(labels, geometry);
        runs.EachPair(diagonal: true, (a, b) =>
        {
            if (runs[a].Label == runs[b].Label && runs[a].Label != Labels.Background)
                runs.Join(a, b);
        });
        var sizes = new long[runs.Count];
        for (int run = 0; run < runs.Count; run++)
            sizes[runs.Component(run)] += runs[run].Length;
        var largest = new int[done.Length];
        Array.Fill(largest, -1);
        for (int run = 0; run < runs.Count; run++)
        {
            int organ = runs[run].Label - 1;
            if (organ < 0 || runs.Component(run) != run)
                continue;
            done[organ] = done[organ] with { Components = done[organ].Components + 1 };
            if (largest[organ] < 0 || sizes[run] > sizes[largest[organ]])
                largest[organ] = run;
        }

        for (int run = 0; run < runs.Count; run++)
        {
            int organ = runs[run].Label - 1;
            if (organ < 0 || runs.Component(run) == largest[organ])
                continue;
            labels.Slice(runs.Voxel(run), runs[run].Length).Clear();
            done[organ] = done[organ] with { Removed = done[organ].Removed + runs[run].Length };
        }
    }

    private static void FillHoles(Span<byte> labels, Geometry geometry, CleanedOrgan[] done)
    {
        const byte Nothing = 0, Open = byte.MaxValue; // Open: reaches the edge, or more than one organ
        var runs = new LabelRuns(labels, geometry);
        var meets = new byte[runs.Count]; // of each run of background: the organ that it meets
        for (int run = 0; run < runs.Count; run++)
            if (AtEdge(runs[run], geometry))
                meets[run] = Open;
        for (int run = 1; run < runs.Count; run++)
            if (runs[run].Row == runs[run - 1].Row)
                Meet(run - 1, run);
        runs.EachPair(diagonal: false, (a, b) =>
        {
            if (runs[a].Label == Labels.Background && runs[b].Label == Labels.Background)
                runs.Join(a, b);
            else
                Meet(a, b);
        });
        var inside = new byte[runs.Count]; // of each component
        for (int run = 0; run < runs.Count; run++)
            if (runs[run].Label == Labels.Background)
                inside[runs.Component(run)] = Both(inside[runs.Component(run)], meets[run]);
        for (int run = 0; run < runs.Count; run++)
        {
            if (runs[run].Label != Labels.Background || inside[runs.Component(run)] is not (> Nothing and < Open and byte label))
                continue;
            labels.Slice(runs.Voxel(run), runs[run].Length).Fill(label);
            done[label - 1] = done[label - 1] with { Filled = done[label - 1].Filled + runs[run].Length };
        }

        void Meet(int a, int b)
        {
            if (runs[a].Label == Labels.Background)
                meets[a] = Both(meets[a], runs[b].Label);
            if (runs[b].Label == Labels.Background)
                meets[b] = Both(meets[b], runs[a].Label);
        }

        static byte Both(byte one, byte other) => one == Nothing || one == other ? other : other == Nothing ? one : Open;
    }

    private static bool AtEdge(LabelRuns.Run run, Geometry geometry)
    {
        int z = run.Row / geometry.Height, y = run.Row % geometry.Height;
        return run.Start == 0 || run.End == geometry.Width || y == 0 || y == geometry.Height - 1
            || (geometry.Depth > 1 && (z == 0 || z == geometry.Depth - 1));
    }
}
