using System.Globalization;

namespace Smile.Bench.Cpu;

/// <summary>One bar and what was measured against it. What is no number misses it.</summary>
/// <param name="What">The row or group.</param>
/// <param name="Asked">The bar.</param>
/// <param name="AtMost">True where less is better.</param>
/// <param name="Measured">The number.</param>
internal sealed record Bar(string What, double Asked, bool AtMost, double Measured)
{
    /// <summary>What the machine, not the code, allows, where that is known; told if the bar is missed.</summary>
    public string Bound { get; init; } = "";

    /// <summary>Whether it is met.</summary>
    public bool Met => AtMost ? Measured <= Asked : Measured >= Asked;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{What}: {(double.IsNaN(Measured) ? "not measured" : Measured.ToString("F2", CultureInfo.InvariantCulture))}, "
            + $"{(AtMost ? "at most" : "at least")} {Asked:F2} asked{(Met || Bound == "" ? "" : $"; bound: {Bound}")}");
}

/// <summary>The bars that <c>cpu --check</c> holds. Those on speed hold for every number of threads that was measured.</summary>
internal static class CpuBars
{
    public const double LeastConvMean = 1.20, LeastConv = 0.85, LeastStep = 1.25, LeastTinyStep = 2, MostMemory = 0.6, LeastScaling = 1.8,
        LeastOfTriad = 0.8, LeastOverOnnx = 1;

    /// <summary>Relative: the loss is a mean over pixels that averages the roundings; float32 is off by less than 1e-6.</summary>
    public const double MostLossError = 1e-4;

    /// <summary>The bars of the parts that were asked for.</summary>
    public static IReadOnlyList<Bar> Of(CpuReport report, CpuParts parts)
    {
        var bars = new List<Bar>();
        if (parts.HasFlag(CpuParts.Conv))
            bars.AddRange(Convolutions(Rows(report, RowKind.Convolution)));
        if (parts.HasFlag(CpuParts.Elementwise))
            bars.AddRange(Rows(report, RowKind.Elementwise).Where(row => row.Barred).Select(row =>
                new Bar($"{row}: share of the triad's bandwidth", LeastOfTriad, false, row.Share(report.Peak(row))) { Bound = row.Bound }));
        if (parts.HasFlag(CpuParts.Steps))
        {
            bars.AddRange(Steps(Rows(report, RowKind.Step)));
            bars.AddRange(Rows(report, RowKind.Inference).Where(row => row.Onnx is not null).Select(row =>
                new Bar($"{row}: speed over ONNX Runtime's", LeastOverOnnx, false, row.OverOnnx)));
            bars.AddRange(report.Losses.Select(row =>
                new Bar(string.Create(CultureInfo.InvariantCulture,
                    $"{row.Name}: the first loss's relative error against float64, in units of {MostLossError}"), 1, true,
                    row.Error(row.Smile) / MostLossError)));
        }

        if (parts.HasFlag(CpuParts.Memory))
            bars.AddRange(report.Memory.Select(row => new Bar($"{row.Name}: peak memory against libtorch's", MostMemory, true, row.Ratio)));
        bars.AddRange(report.Bits.Select(row => new Bar($"{row.Name}: same bits for one thread and for more", 1, false, row.Same ? 1 : 0)));
        if (bars.Count == 0)
            bars.Add(new Bar("anything at all", 1, false, double.NaN)); // a name that no row has must not pass
        return bars;
    }

    private static IEnumerable<Bar> Convolutions(IReadOnlyList<SpeedRow> rows)
    {
        foreach (var group in rows.GroupBy(row => row.Threads))
            yield return new Bar($"convolutions, {SpeedRow.Count(group.Key)}: geometric mean of the speeds over libtorch's", LeastConvMean,
                false, GeometricMean(group.Select(row => row.Ratio)));
        foreach (SpeedRow row in rows)
            yield return new Bar($"{row}: speed over libtorch's", LeastConv, false, row.Ratio);
    }

    private static IEnumerable<Bar> Steps(IReadOnlyList<SpeedRow> rows)
    {
        foreach (SpeedRow row in rows)
            yield return new Bar($"{row}: speed over libtorch's",
                row.Name.StartsWith("tiny", StringComparison.Ordinal) ? LeastTinyStep : LeastStep, false, row.Ratio);
        foreach (var network in rows.Where(row => row.Name.StartsWith("resnet50", StringComparison.Ordinal)).GroupBy(row => row.Name))
            if (network.MinBy(row => row.Threads) is { Threads: 1 } one && network.FirstOrDefault(row => row.Threads == 2) is { } two)
                yield return new Bar($"{network.Key}: speed of two threads over that of one", LeastScaling, false,
                    one.Smile.Median / two.Smile.Median);
    }

    /// <summary>NaN where one of them is no positive number, or there is none.</summary>
    public static double GeometricMean(IEnumerable<double> ratios)
    {
        double[] all = [.. ratios];
        return all.Length == 0 || !all.All(ratio => ratio > 0) ? double.NaN : Math.Exp(all.Average(Math.Log));
    }

    private static List<SpeedRow> Rows(CpuReport report, RowKind kind) => [.. report.Rows.Where(row => row.Kind == kind)];
}
