using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;

namespace Smile.Kernels.Tuning;

/// <summary>What measuring convolutions on this machine came to: a table that the device "cpu:tuned" reads.</summary>
/// <param name="Path">The table.</param>
/// <param name="VectorBits">The vector width that was quicker.</param>
/// <param name="Passes">Passes that were measured.</param>
/// <param name="Changed">Of them those for which another algorithm than that of the planner's rule was quicker.</param>
/// <param name="Gain">Time of all by the rule over that with the quickest, both at <paramref name="VectorBits"/>.</param>
public sealed record CpuTuning(string Path, int VectorBits, int Passes, int Changed, double Gain)
{
    /// <summary>How often each pass is timed: once with each vector width that may pay.</summary>
    public static int Rounds => ConvTuner.Widths.Count;

    /// <summary>
    /// Measures, and writes the table; what it held of other convolutions stays, where the vector width does.
    /// </summary>
    /// <param name="passes">Of a network, each once.</param>
    /// <param name="threads">Threads; 0: one a core.</param>
    /// <param name="done">Told how many passes are timed.</param>
    /// <param name="cancel">Stops; nothing is written then.</param>
    /// <exception cref="BackendException">There is no cache folder, or it cannot be written.</exception>
    public static CpuTuning Measure(IReadOnlyList<(ConvShape Shape, ConvPass Pass)> passes, int threads = 0, Action<int>? done = null,
        CancellationToken cancel = default)
    {
        string path = ConvTable.UserFile()
            ?? throw new BackendException("The user has no cache folder to keep a table in; name one with SMILE_CACHE.");
        (ConvTable table, IReadOnlyList<ConvTiming> timings) = new ConvTuner(threads).Measure(passes, done, cancel);
        table.Join(path).Write(path);
        return new CpuTuning(path, table.Bits, timings.Count, timings.Count(each => each.Choice.Algorithm != each.Rule),
            timings.Sum(each => each.RuleSeconds) / timings.Sum(each => each.Seconds));
    }
}
