using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>
/// Agreement under test-time flips (Wang et al. 2019, "Aleatoric uncertainty estimation with test-time augmentation"): each slice is also
/// predicted mirrored left to right, front to back, and both, and mirrored back. A voxel ranks by the mean of its four logits less their
/// standard deviation: where the views agree that is the score, where they disagree it is less. The number taken is the paper's.
/// </summary>
internal sealed class FlipsRule(SlicePass pass, int organs) : ISelectionRule
{
    // Slices that are predicted at once, in each of the views.
    private const int Chunk = 8, Views = 4;

    public void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel)
    {
        Geometry grid = volume.Geometry;
        int pixels = grid.Height * grid.Width;
        var logits = new float[Views][];
        for (int v = 0; v < Views; v++)
            logits[v] = new float[pixels * organs];
        var ranks = new float[pixels * organs];
        for (int first = 0; first < grid.Depth; first += Chunk)
        {
            int start = first;
            pass(InAllViews(volume, start, Math.Min(Chunk, grid.Depth - start)), (slice, seen) =>
            {
                Mirror(seen, logits[slice % Views], grid, organs, slice % Views);
                if (slice % Views < Views - 1)
                    return;
                for (int i = 0; i < ranks.Length; i++)
                    ranks[i] = Rank(logits[0][i], logits[1][i], logits[2][i], logits[3][i]);
                visit(start + slice / Views, logits[0], ranks);
            }, cancel);
        }
    }

    /// <summary>The mean less the (population) standard deviation.</summary>
    internal static float Rank(double a, double b, double c, double d)
    {
        double mean = (a + b + c + d) / 4;
        double variance = ((a - mean) * (a - mean) + (b - mean) * (b - mean) + (c - mean) * (c - mean) + (d - mean) * (d - mean)) / 4;
        return (float)(mean - Math.Sqrt(variance));
    }

    /// <summary>Slices of a volume, each in all views one after another.</summary>
    private static Volume InAllViews(Volume volume, int first, int count)
    {
        Geometry grid = volume.Geometry;
        var views = new Volume(grid with { Depth = count * Views }, new float[count * Views * grid.Height * grid.Width]);
        for (int i = 0; i < count * Views; i++)
            Mirror(volume.Slice(first + i / Views), views.Slice(i), grid, 1, i % Views);
        return views;
    }

    /// <summary>Bit 0 of the view mirrors x, bit 1 mirrors y; doing it twice gives the slice back.</summary>
    private static void Mirror(ReadOnlySpan<float> from, Span<float> to, Geometry grid, int channels, int view)
    {
        int row = grid.Width * channels;
        for (int y = 0; y < grid.Height; y++)
        {
            ReadOnlySpan<float> source = from.Slice(((view & 2) != 0 ? grid.Height - 1 - y : y) * row, row);
            Span<float> target = to.Slice(y * row, row);
            for (int x = 0; x < grid.Width; x++)
                source.Slice(((view & 1) != 0 ? grid.Width - 1 - x : x) * channels, channels).CopyTo(target[(x * channels)..]);
        }
    }
}
