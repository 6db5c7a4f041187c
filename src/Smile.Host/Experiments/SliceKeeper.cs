using Smile.Host.Reports;
using Smile.Net.Data;
using Smile.Net.Prediction;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>Picks the slices that figures 4 and 5 draw, and takes them out of the volumes.</summary>
internal static class SliceKeeper
{
    /// <summary>The slice of the test cases that shows the most of all organs, with its prediction.</summary>
    public static KeptSlice OfTest(IReadOnlyList<CaseData> cases, byte[][] predictions, OrganSet organs, DataSettings window)
    {
        var example = ReportParts.Fullest(cases, organs);
        byte[] truth = example.Labels.ToArray();
        int z = SliceOverlay.FullestSlice(example.Geometry, truth, organs.Count).Z;
        byte[] predicted = predictions[cases.Index().First(c => c.Item == example).Index];
        return Slice(example, "", z, window, truth, [new KeptStage(0, double.NaN, Cut(example, predicted, z), [])]);
    }

    /// <summary>
    /// For each organ that is missing in one training case, the slice where it is largest through the rounds: what the model before
    /// each round predicts, what the round takes, and what the last model predicts.
    /// </summary>
    public static IEnumerable<KeptSlice> OfRounds(
        RunFolder run, RunSettings settings, IReadOnlyList<CaseData> training, string[] validated, OrganSet organs,
        Func<string, Predictor> load)
    {
        var chosen = training.Where(c => !validated.Contains(c.Id)).MaxBy(c => (Missing(c, organs), SmallestOrgan(c, organs)))!
            .At(settings.PlaneSpacing()); // as the rounds know it
        Volume image = chosen.Image.ToVolume();
        int rounds = settings.Relabel.Rounds;
        var scores = new List<IReadOnlyList<float[]>>();
        foreach (string model in Enumerable.Range(1, rounds).Select(t => CellListener.Model(run, t)).Append(run.Final))
        {
            using var predictor = load(model);
            scores.Add(predictor.Predict(image, probabilities: true).Probabilities!);
        }

        VoxelBits[] taken = [.. Enumerable.Range(1, rounds).Select(t =>
        {
            using var file = PseudoFile.Open(run.Pseudo(t));
            return file.Has(chosen.Id) ? file.Read(chosen).ToVoxels() : new VoxelBits(organs.Count, chosen.Labels.Length);
        })];
        for (int k = 0; k < organs.Count; k++)
        {
            if (chosen.Annotated.Has(k))
                continue;
            byte[] truth = [.. chosen.Labels.ToArray().Select(label => (byte)(label == Labels.Of(k) ? 1 : 0))];
            int z = SliceOverlay.FullestSlice(chosen.Geometry, truth, 1).Z;
            yield return Slice(chosen, organs.Names[k], z, settings.Data, truth, [.. scores.Select((score, t) => new KeptStage(
                t, t < rounds ? Relabeller.Gamma(t + 1, settings.Relabel) : double.NaN,
                Cut(chosen, [.. score[k].Select(p => (byte)(p > 0.5f ? 1 : 0))], z),
                t < rounds ? Cut(chosen, taken[t].MaskOf(k), z) : []))]);
        }
    }

    private static int Missing(CaseData data, OrganSet organs) => (organs.All & ~data.Annotated).Count;

    private static int SmallestOrgan(CaseData data, OrganSet organs) =>
        Enumerable.Range(0, organs.Count).Min(k => data.Labels.Count(Labels.Of(k)));

    private static KeptSlice Slice(CaseData data, string organ, int z, DataSettings window, byte[] truth, IReadOnlyList<KeptStage> stages)
    {
        double low = window.WindowLow, range = window.WindowHigh - low;
        var slice = new float[data.Geometry.Height * data.Geometry.Width];
        data.Image.Read(z, slice);
        byte[] grey = [.. slice.Select(hu => (byte)Math.Round(255 * Math.Clamp((hu - low) / range, 0, 1)))];
        return new KeptSlice(data.Id, organ, z, data.Geometry.Height, data.Geometry.Width, grey, Cut(data, truth, z), stages);
    }

    private static byte[] Cut(CaseData data, byte[] voxels, int z)
    {
        int area = data.Geometry.Height * data.Geometry.Width;
        return voxels[(z * area)..((z + 1) * area)];
    }
}
