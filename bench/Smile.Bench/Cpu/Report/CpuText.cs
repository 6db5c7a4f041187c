using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smile.Bench.Cpu;

/// <summary>The report for people, in Markdown, and for programs, in JSON.</summary>
internal static class CpuText
{
    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // NaN: not measured
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Everything, with the bars and whether they are met.</summary>
    public static string Json(CpuReport report, IReadOnlyList<Bar> bars) =>
        JsonSerializer.Serialize(new { Report = report, Bars = bars }, _json);

    /// <summary>The tables; each number beside its bound.</summary>
    public static string Markdown(CpuReport report, IReadOnlyList<Bar> bars)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        Circumstances c = report.Circumstances;
        text.WriteLine($"{c.Processor}; Smile {c.Smile}; {c.Libtorch}.");
        Line(text, $"One process, both sides in turns, medians (least) of {c.Repeats} turns. One thread: the thread's processor time; ",
            $"more: wall clock. Load average {c.LoadBefore:F1} before, {c.LoadAfter:F1} at the end: ",
            $"above 0.5 before, other work slowed either side.");
        Line(text, $"Threads of one side that still ran after its turn were waited for, {c.SettleMilliseconds:F0} ms at most. ",
            $"The whole took {c.Seconds:F0} s.");
        foreach (PeakRow row in report.Peaks)
            Line(text, $"Measured bounds, {SpeedRow.Count(row.Threads)}: {row.Peak.FlopsPerSecond / 1e9:F0} GFLOP/s of multiply-adds on ",
                $"registers, {row.Peak.BytesPerSecond / 1e9:F1} GB/s of the triad a = b + s c.");
        text.WriteLine();
        Convolutions(text, report);
        Elementwise(text, report);
        Networks(text, report, RowKind.Step, "Training steps: forward, masked loss, backward, SGD; GFLOP/s of three times the forward "
            + "pass's direct sums.");
        Networks(text, report, RowKind.Inference, "Inference: forward with running statistics, logits at the image's size. "
            + "ONNX Runtime runs the exported model: normalisations folded into the convolutions, window and sigmoid besides.");
        Losses(text, report);
        Memory(text, report);
        Verdict(text, report, bars);
        return text.ToString();
    }

    private static void Convolutions(StringWriter text, CpuReport report)
    {
        SpeedRow[] rows = [.. report.Rows.Where(row => row.Kind == RowKind.Convolution)];
        if (rows.Length == 0)
            return;
        text.WriteLine("""
            Convolutions, GFLOP/s of the direct sum, taps over padding counted: Winograd computes fewer and may pass the peak. Ratio: Smile's speed over libtorch's better layout.

            | convolution | pass | threads | algorithm | Smile, ms | Smile, GFLOP/s | of peak | NCHW, GFLOP/s | channels_last, GFLOP/s | ratio |
            |---|---|---:|---|---:|---:|---:|---:|---:|---:|
            """);
        foreach (SpeedRow r in rows)
            Line(text, $"| {r.Name} | {r.Pass} | {r.Threads} | {r.Algorithm} | {Milliseconds(r.Smile)} | {r.Rate(r.Smile.Median):F0} | ",
                $"{r.Share(report.Peak(r)):P0} | {Rate(r, r.Nchw)} | {Rate(r, r.Nhwc)} | {Number(r.Ratio)} |");
        foreach (var group in rows.GroupBy(row => row.Threads))
            Line(text, $"\nGeometric mean of the ratios, {SpeedRow.Count(group.Key)}: ",
                $"{Number(CpuBars.GeometricMean(group.Select(row => row.Ratio)))}; least {Number(group.Min(row => row.Ratio))}.");
        text.WriteLine();
    }

    private static void Elementwise(StringWriter text, CpuReport report)
    {
        SpeedRow[] rows = [.. report.Rows.Where(row => row.Kind == RowKind.Elementwise)];
        if (rows.Length == 0)
            return;
        text.WriteLine("""
            Passes over memory, GB/s of the bytes that must move: each operand once; x twice where a statistic of all of it comes before the first result. The triad runs in the same turns.

            | operation | threads | MB | Smile, ms | Smile, GB/s | triad, GB/s | of triad | libtorch, GB/s | ratio |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|
            """);
        foreach (SpeedRow r in rows)
            Line(text, $"| {r.Name} | {r.Threads} | {r.Work / 1e6:F0} | {Milliseconds(r.Smile)} | {r.Rate(r.Smile.Median):F1} | ",
                $"{r.Triad / 1e9:F1} | {r.Share(report.Peak(r)):P0} | {(double.IsNaN(r.Torch) ? "" : Number(r.Rate(r.Torch)))} | ",
                $"{Number(r.Ratio)} |");
        text.WriteLine();
    }

    private static void Networks(StringWriter text, CpuReport report, RowKind kind, string title)
    {
        SpeedRow[] rows = [.. report.Rows.Where(row => row.Kind == kind)];
        if (rows.Length == 0)
            return;
        bool onnx = kind == RowKind.Inference;
        (string Names, string Rule) more = onnx ? (" ONNX Runtime, ms | ratio |", "---:|---:|") : ("", "");
        text.WriteLine($"""
            {title}

            | network | threads | GFLOP | Smile, ms | Smile, GFLOP/s | of peak | NCHW, ms | channels_last, ms | ratio |{more.Names}
            |---|---:|---:|---:|---:|---:|---:|---:|---:|{more.Rule}
            """);
        foreach (SpeedRow r in rows)
            Line(text, $"| {r.Name} | {r.Threads} | {r.Work / 1e9:F1} | {Milliseconds(r.Smile)} | {r.Rate(r.Smile.Median):F0} | ",
                $"{r.Share(report.Peak(r)):P0} | {Milliseconds(r.Nchw)} | {Milliseconds(r.Nhwc)} | {Number(r.Ratio)} |",
                $"{(onnx ? $" {Milliseconds(r.Onnx)} | {Number(r.OverOnnx)} |" : "")}");
        foreach (var network in rows.GroupBy(row => row.Name))
            if (network.FirstOrDefault(row => row.Threads == 1) is { } one && network.MaxBy(row => row.Threads) is { Threads: > 1 } many)
                Line(text, $"\n{network.Key}: Smile on {many.Threads} threads is {one.Smile.Median / many.Smile.Median:F2} times as fast ",
                    $"as on one, libtorch {Number(one.Torch / many.Torch)} times.");
        text.WriteLine();
    }

    private static void Memory(StringWriter text, CpuReport report)
    {
        if (report.Memory.Count == 0)
            return;
        text.WriteLine("""
            Peak resident memory of a process that trains, runtime and libraries included.

            | step | Smile, MB | NCHW, MB | channels_last, MB | Smile / libtorch's lower |
            |---|---:|---:|---:|---:|
            """);
        foreach (MemoryRow r in report.Memory)
            Line(text, $"| {r.Name} | {r.Smile / 1e6:F0} | {r.Nchw / 1e6:F0} | {r.Nhwc / 1e6:F0} | {Number(r.Ratio)} |");
        text.WriteLine();
    }

    private static void Losses(StringWriter text, CpuReport report)
    {
        if (report.Losses.Count == 0)
            return;
        text.WriteLine("""
            Loss of the first step, all from the same weights; in brackets the relative error against float64.

            | step | libtorch, float64 | Smile | NCHW | channels_last |
            |---|---:|---:|---:|---:|
            """);
        foreach (LossRow r in report.Losses)
        {
            string Loss(double? loss) =>
                loss is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:F6} ({r.Error(value):E1})") : "";
            Line(text, $"| {r.Name} | {r.Exact:F6} | {Loss(r.Smile)} | {Loss(r.Nchw)} | {Loss(r.Nhwc)} |");
        }

        text.WriteLine();
        foreach (LossRow r in report.Losses)
            foreach ((string layout, double? loss) in new[] { ("NCHW", r.Nchw), ("channels_last", r.Nhwc) })
                if (loss is { } value && !(r.Error(value) <= CpuBars.MostLossError))
                    Line(text, $"libtorch computes {r.Name} wrongly in {layout}; its times count all the same.\n");
    }

    private static void Verdict(StringWriter text, CpuReport report, IReadOnlyList<Bar> bars)
    {
        foreach (string note in report.Notes)
            text.WriteLine($"- {note}");
        Line(text, $"- {report.Bits.Count(row => row.Same)} of {report.Bits.Count} results have the same bits for one thread and for ",
            $"more.");
        Line(text, $"- {bars.Count(bar => bar.Met)} of {bars.Count} bars are met.");
        foreach (Bar bar in bars.Where(bar => !bar.Met))
            text.WriteLine($"- MISSED {bar}");
    }

    private static string Milliseconds(Times? times) =>
        times is { } t ? string.Create(CultureInfo.InvariantCulture, $"{Number(t.Median)} ({Number(t.Least)})") : "";

    private static string Rate(SpeedRow row, Times? times) => times is { } t ? Number(row.Rate(t.Median)) : "";

    /// <summary>Three digits; nothing for what is no number.</summary>
    private static string Number(double value) =>
        double.IsNaN(value) ? "" : value.ToString(value switch { >= 100 => "F0", >= 10 => "F1", _ => "F2" }, CultureInfo.InvariantCulture);

    private static void Line(StringWriter text, params FormattableString[] pieces) =>
        text.WriteLine(InvariantText.Of(pieces));
}
