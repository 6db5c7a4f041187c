using Smile.Bench.Ptx;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Instructions;

namespace Smile.Ladder;

/// <summary>What the ladder shows of a rung.</summary>
/// <param name="Name">The rung.</param>
/// <param name="Difference">From the scalar reference; null where there is none.</param>
/// <param name="Kernel">The counters of its kernel, as <c>ptx</c> has them.</param>
/// <param name="MovedBytes">Global memory that all its launches asked for, in sectors.</param>
/// <param name="NeededBytes">Inputs and result once.</param>
/// <param name="Barriers">Barriers that a warp passes.</param>
/// <param name="LoadDistance">
/// Instructions between a load of global memory and its first use, in the main loop; null where nothing is loaded to registers.
/// </param>
internal sealed record RungRow(string Name, string? Difference, LaunchRow Kernel, long MovedBytes, long NeededBytes, long Barriers,
    double? LoadDistance)
{
    /// <summary>Floating-point operations of the problem for each byte asked for.</summary>
    public double Intensity => (double)Kernel.Flops / MovedBytes;

    public static RungRow Of(Counted counted, string? difference)
    {
        LaunchRow kernel = counted.Row.Rows.MaxBy(row => row.Flops)!;
        LaunchReport launch = counted.Launches.Single(l => l.Kernel == "Kernel_" + kernel.Kernel);
        long warps = launch.Grid.Count * ((launch.Block.Count + 31) / 32);
        return new RungRow(counted.Row.Name, difference, kernel, counted.Row.MovedBytes, counted.Row.NeededBytes,
            launch.ByClass().GetValueOrDefault(InstructionClass.Barrier) / warps,
            launch.LoadDistance);
    }
}
