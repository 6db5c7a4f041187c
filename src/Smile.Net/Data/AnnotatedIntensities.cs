namespace Smile.Net.Data;

/// <summary>
/// The intensities of the voxels of annotated organs, of all cases together, as nnU-Net normalises CT by: what lies beyond the percentiles
/// is clipped, then the mean is taken off and divided by the deviation.
/// </summary>
/// <param name="Low">0.5 % of them lie below, HU.</param>
/// <param name="High">0.5 % of them lie above, HU.</param>
/// <param name="Mean">HU.</param>
/// <param name="Deviation">Standard deviation, HU.</param>
/// <param name="Voxels">How many were looked at.</param>
internal sealed record AnnotatedIntensities(double Low, double High, double Mean, double Deviation, long Voxels)
{
    /// <summary>The most that are looked at: of more, every second, third, ... in the order of the cases.</summary>
    public const int MostVoxels = 10_000_000;

    private const double Tail = 0.005;

    /// <summary>Those of the organs that are annotated in each case.</summary>
    /// <param name="cases">Training cases.</param>
    /// <param name="mostVoxels">The most that are looked at.</param>
    /// <exception cref="DataException">No case shows an annotated organ, or all its voxels are alike.</exception>
    public static AnnotatedIntensities Of(IReadOnlyList<CaseData> cases, int mostVoxels = MostVoxels)
    {
        long count = cases.Sum(Annotated);
        if (count == 0)
            throw new DataException("data.window is auto, but no training case shows an organ that is annotated in it: there are no "
                + "intensities to go by. Correct annotations.json, or set data.window=fixed.");
        long step = (count + mostVoxels - 1) / mostVoxels, at = 0;
        var values = new float[(count + step - 1) / step];
        foreach (CaseData data in cases)
        {
            var slice = new float[data.Labels.Pixels];
            for (int z = 0; z < data.Labels.Depth; z++)
            {
                ReadOnlySpan<byte> labels = data.Labels.Runs(z, out ReadOnlySpan<ushort> lengths);
                if (!IsAnyAnnotated(labels, data.Annotated))
                    continue; // an image may lie on the disk
                data.Image.Read(z, slice);
                for (int run = 0, start = 0; run < labels.Length; start += lengths[run++])
                {
                    if (!IsAnnotated(labels[run], data.Annotated))
                        continue;
                    foreach (float hu in slice.AsSpan(start, lengths[run]))
                        if (at++ % step == 0)
                            values[(at - 1) / step] = hu;
                }
            }
        }

        Array.Sort(values);
        double mean = values.Sum(value => (double)value) / values.Length;
        double deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Length);
        double low = Quantile(values, Tail), high = Quantile(values, 1 - Tail);
        return low < high && deviation > 0 && double.IsFinite(deviation)
            ? new AnnotatedIntensities(low, high, mean, deviation, values.Length)
            : throw new DataException($"data.window is auto, but the annotated voxels of the training cases go from {low} to {high} HU, "
                + $"with a standard deviation of {deviation}. Are these images CT in HU? Else set data.window=fixed.");
    }

    /// <summary>Voxels of annotated organs in a case.</summary>
    private static long Annotated(CaseData data)
    {
        ReadOnlySpan<byte> labels = data.Labels.Runs(out ReadOnlySpan<ushort> lengths);
        long count = 0;
        for (int run = 0; run < labels.Length; run++)
            count += IsAnnotated(labels[run], data.Annotated) ? lengths[run] : 0;
        return count;
    }

    private static bool IsAnyAnnotated(ReadOnlySpan<byte> labels, OrganBits annotated)
    {
        foreach (byte label in labels)
            if (IsAnnotated(label, annotated))
                return true;
        return false;
    }

    private static bool IsAnnotated(byte label, OrganBits annotated) =>
        label != Labels.Ignore && AmbiguityMap.Visible(label, annotated) != Labels.Background;

    /// <summary>Between two of them linear.</summary>
    private static double Quantile(float[] ordered, double share)
    {
        double at = share * (ordered.Length - 1);
        int below = (int)at;
        return ordered[below] + (at - below) * (ordered[Math.Min(below + 1, ordered.Length - 1)] - ordered[below]);
    }
}
