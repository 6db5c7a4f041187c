using System.Globalization;

namespace Smile.Kernels.Gpu;

/// <summary>Launches on a GPU.</summary>
/// <param name="Kernels">Kernels that were launched by themselves.</param>
/// <param name="Graphs">Graphs that were launched.</param>
/// <param name="Nodes">Kernels and fills in these graphs.</param>
public readonly record struct LaunchCount(long Kernels, long Graphs, long Nodes)
{
    /// <summary>What came between two counts.</summary>
    public static LaunchCount operator -(LaunchCount now, LaunchCount before) =>
        new(now.Kernels - before.Kernels, now.Graphs - before.Graphs, now.Nodes - before.Nodes);

    /// <summary>"1 graph of 214 launches, 3 kernels".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Graphs} graph{(Graphs == 1 ? "" : "s")} of {Nodes} launches, {Kernels} kernel{(Kernels == 1 ? "" : "s")}");
}
