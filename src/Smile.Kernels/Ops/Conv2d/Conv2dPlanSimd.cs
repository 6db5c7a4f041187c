namespace Smile.Kernels;

/// <summary>How the SIMD backend computes a convolution.</summary>
internal enum ConvAlgorithm
{
    /// <summary>Pixels gathered tap by tap times packed weights (an implicit GEMM): any shape.</summary>
    Direct,

    /// <summary>Winograd's F(2x2,3x3): 3x3, stride 1, any dilation.</summary>
    Winograd2,

    /// <summary>Winograd's F(4x4,3x3): as <see cref="Winograd2"/>; a quarter of the products, some five times the rounding error.</summary>
    Winograd4,
}

internal static class ConvAlgorithms
{
    /// <summary>Side of the output tile; 0 where there are no tiles.</summary>
    public static int Tile(this ConvAlgorithm algorithm) => algorithm switch
    {
        ConvAlgorithm.Winograd2 => 2,
        ConvAlgorithm.Winograd4 => 4,
        _ => 0,
    };

    /// <summary>For people: "direct", "winograd 4x4".</summary>
    public static string Text(this ConvAlgorithm algorithm) => algorithm.Tile() is > 0 and var tile ? $"winograd {tile}x{tile}" : "direct";
}

/// <summary>
/// Picks the algorithm of each convolution and pass from the shape alone. The least cost wins; costs are in multiply-adds of the direct algorithm at
/// full speed, with factors fitted to what <c>bench/Smile.Bench -- conv</c> measured (docs/log/2026-11-24-cpu.md):
/// <code>
/// direct     taps inside the image * in * out
/// Winograd   tiles * products * (1.15 * in * out + 20 * (in + out)) + 20 * products * in * out
/// </code>
/// Channels that stand across the lanes count as whole panels of 32. Winograd is considered from 16 channels on either side on.
/// </summary>
internal sealed class ConvPlanner(IReadOnlyList<ConvAlgorithm> allowed, bool forced)
{
    /// <summary>Environment variable that forces an algorithm; a shape that it cannot do is done directly.</summary>
    public const string Variable = "SMILE_CONV";

    private const int Panel = 32, LeastChannels = 16;
    private const double Product = 1.15, Transform = 20, WeightTransform = 20;

    /// <summary>The planner's own choice.</summary>
    public static ConvPlanner Free => new(Enum.GetValues<ConvAlgorithm>(), forced: false);

    /// <summary>The best of these wherever one of them can.</summary>
    public static ConvPlanner Only(params ConvAlgorithm[] algorithms) => new(algorithms, forced: true);

    /// <summary>direct or gemm (this backend's direct algorithm is an implicit GEMM), winograd, or nothing.</summary>
    /// <exception cref="BackendException">Another name.</exception>
    public static ConvPlanner Named(string? name) => name switch
    {
        null or "" => Free,
        "direct" or "gemm" => Only(ConvAlgorithm.Direct),
        "winograd" => Only(ConvAlgorithm.Winograd2, ConvAlgorithm.Winograd4),
        _ => throw new BackendException($"{Variable}={name} names no convolution algorithm. Known: direct, gemm, winograd; unset, the planner chooses."),
    };

    /// <summary>The algorithm of one pass.</summary>
    public ConvAlgorithm Choose(in ConvShape shape, ConvPass pass)
    {
        ConvAlgorithm best = ConvAlgorithm.Direct;
        if (shape is not { Kernel: 3, Stride: 1 } || (!forced && Math.Min(shape.InChannels, shape.OutChannels) < LeastChannels))
            return best;
        double least = forced ? double.PositiveInfinity : DirectCost(shape, pass);
        for (int i = 0; i < allowed.Count; i++)
        {
            if (allowed[i].Tile() == 0)
                continue;
            double cost = WinogradCost(shape, pass, allowed[i].Tile());
            if (cost < least)
                (best, least) = (allowed[i], cost);
        }

        return best;
    }

    private static double DirectCost(in ConvShape s, ConvPass pass) =>
        (double)s.Batch * Inside(s, s.Height, s.OutHeight) * Inside(s, s.Width, s.OutWidth) * Channels(s, pass);

    private static double WinogradCost(in ConvShape s, ConvPass pass, int tile)
    {
        (int height, int width) = pass == ConvPass.InputGradient ? (s.Height, s.Width) : (s.OutHeight, s.OutWidth);
        double tiles = (double)s.Batch * WinogradTiles.Along(height, s.Dilation, tile) * WinogradTiles.Along(width, s.Dilation, tile);
        double products = (tile + 2) * (tile + 2), channels = Channels(s, pass);
        return tiles * products * (Product * channels + Transform * (s.InChannels + s.OutChannels)) + WeightTransform * products * channels;
    }

    /// <summary>in * out, those across the lanes rounded up to panels.</summary>
    private static double Channels(in ConvShape s, ConvPass pass)
    {
        (int depth, int across) = pass == ConvPass.InputGradient ? (s.OutChannels, s.InChannels) : (s.InChannels, s.OutChannels);
        return (double)depth * ((across + Panel - 1) / Panel * Panel);
    }

    /// <summary>Taps along one axis that lie inside the image, over all outputs; stride 1.</summary>
    private static long Inside(in ConvShape s, int size, int outSize)
    {
        long inside = 0;
        for (int tap = 0; tap < s.Kernel; tap++)
        {
            int offset = tap * s.Dilation - s.Pad;
            inside += Math.Max(0, Math.Min(outSize, size - offset) - Math.Max(0, -offset));
        }

        return inside;
    }
}
