using System.Diagnostics;
using System.Text.Json.Nodes;
using Smile.Bench.Gpu;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kit.Expected;
using Smile.Kit.Run;

namespace Smile.Kit.Measure;

/// <summary>A training step on the device: its loss against the CPU's, its time as it is replayed, the time of its kernels.</summary>
internal static class StepMeasurement
{
    /// <summary>The step alone, once more: in turns with the peer.</summary>
    public const string Turn = "turn";

    /// <summary>The step alone, from the start of the process on.</summary>
    public const string Start = "start";

    private const int MostOfAGroup = 3;

    /// <summary>Adds a line of the step and, without <paramref name="mode"/>, one for each of its kernels; 0, or 6 where wrong.</summary>
    public static int Run(KitSize size, int number, Precision precision, ResultLines lines, string mode)
    {
        StepShape shape = size.Steps[number];
        string name = precision.ToString().ToLowerInvariant();
        if (KitExpected.LossOf(size, shape) is not { } expected)
        {
            lines.Add("steps", new
            {
                shape.Backbone,
                shape.Batch,
                shape.Size,
                Precision = name,
                Skipped = "no loss of the CPU is in the kit"
            });
            return 6;
        }

        double start = 0;
        var runtime = new TimedRuntime(CudaRuntime.Open(0), size.Samples);
        StepTime time = StepTime.Of(runtime, shape, precision, expected,
            () => start = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds,
            launches =>
            {
                if (mode.Length == 0)
                    Kernels(size, shape, name, runtime, launches, lines);
            });
        lines.Add(mode == Start ? "start" : "steps", new
        {
            shape.Backbone,
            shape.Batch,
            shape.Size,
            Precision = name,
            Turn = mode == Turn,
            time.Launches,
            Replay = time.Replay.ToString(),
            time.Loss,
            time.Expected,
            time.Agrees,
            time.Times,
            MedianMs = time.Milliseconds,
            SecondsToFirstStep = start,
        });
        return time.Agrees ? 0 : 6;
    }

    /// <summary>The launches of one kernel and grid together: a few of them timed, for the operands may be of several shapes.</summary>
    private static void Kernels(KitSize size, StepShape shape, string precision, TimedRuntime runtime, IReadOnlyList<KeptLaunch> launches,
        ResultLines lines)
    {
        IReadOnlyList<JsonObject> model = KitExpected.ModelOf(size, shape, precision, DeviceFacts.NameIn(lines));
        foreach (var group in launches.GroupBy(launch => (launch.Kernel, launch.Grid)))
        {
            KeptLaunch[] all = [.. group];
            KeptLaunch[] some = [.. all.Where((_, i) => i % ((all.Length + MostOfAGroup - 1) / MostOfAGroup) == 0)];
            double microseconds = 1e3 * some.Average(launch => runtime.Time(launch.Again)) * all.Length;
            JsonObject[] rows = [.. model.Where(row => (string?)row["kernel"] == group.Key.Kernel
                && (string?)row["grid"] == group.Key.Grid)];
            lines.Add("step kernels", new
            {
                shape.Backbone,
                shape.Batch,
                shape.Size,
                Precision = precision,
                group.Key.Kernel,
                group.Key.Grid,
                Launches = all.Length,
                Timed = some.Length,
                Microseconds = microseconds,
                ModelMicroseconds = rows.Length > 0 ? rows.Sum(row => (double)row["microseconds"]!) : (double?)null,
                ModelBound = rows.Length > 0 ? (string?)rows.MaxBy(row => (double)row["microseconds"]!)!["bound"] : null,
            });
        }
    }
}
