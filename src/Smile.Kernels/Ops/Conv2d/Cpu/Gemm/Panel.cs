using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>
/// One panel of a packed matrix: the channels that a micro-kernel has across its lanes. All panels are as wide as the wide kernel but the
/// last, which is half as wide where that holds what is left.
/// </summary>
/// <param name="Column">First channel.</param>
/// <param name="Width">Lanes of a row.</param>
/// <param name="Filled">Channels that there are; the other lanes' sums are dropped.</param>
internal readonly record struct Panel(int Column, int Width, int Filled)
{
    /// <summary>Most rows of a panel that one call of a micro-kernel takes: as many as a gathered row has numbers.</summary>
    public const int MostDepth = 256;

    /// <summary>
    /// Pixels of a panel of output gradients, which are summed in registers before they are added to the weights: 32 KiB, which stay in the
    /// first-level cache.
    /// </summary>
    public const int MostPixels = 128;

    /// <summary>Lanes of the widest panel of any vector width.</summary>
    public const int MostLanes = 32;

    /// <summary>Every lane holds a channel.</summary>
    public bool IsWhole => Filled == Width;

    /// <summary>Panels of <paramref name="channels"/>.</summary>
    public static int Count(int channels, int lanes) => Integers.CeilingDivide(channels, lanes);

    /// <summary>The panel of that number.</summary>
    /// <param name="index">The number.</param>
    /// <param name="channels">Channels of all panels.</param>
    /// <param name="lanes">Lanes of a wide panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel At(int index, int channels, int lanes)
    {
        int column = index * lanes, left = channels - column, width = left <= lanes / 2 ? lanes / 2 : lanes;
        return new Panel(column, width, Math.Min(width, left));
    }
}
