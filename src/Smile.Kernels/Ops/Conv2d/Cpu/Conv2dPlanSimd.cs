using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Winograd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>How the SIMD backend computes a convolution.</summary>
internal enum ConvAlgorithm
{
    /// <summary>An implicit GEMM: pixels gathered tile by tile and tap by tap, times packed weights. Any shape.</summary>
    Gemm,

    /// <summary>Few source channels, dense: the product reads a padded copy of the images where it lies (<see cref="ConvPadded"/>).</summary>
    Padded,

    /// <summary>Few target channels: the taps side by side across the lanes (<see cref="ConvTerms"/>). The weight gradient of a 1x1 convolution to more channels.</summary>
    Terms,

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

    /// <summary>For people: "gemm", "direct, padded", "winograd 4x4".</summary>
    public static string Text(this ConvAlgorithm algorithm) => algorithm switch
    {
        ConvAlgorithm.Gemm => "gemm",
        ConvAlgorithm.Padded => "direct, padded",
        ConvAlgorithm.Terms => "direct, terms",
        _ => $"winograd {algorithm.Tile()}x{algorithm.Tile()}",
    };

    /// <summary>True where the algorithm can do this pass of this convolution.</summary>
    public static bool Can(this ConvAlgorithm algorithm, in ConvShape s, ConvPass pass) => algorithm switch
    {
        ConvAlgorithm.Padded => s.Kernel > 1 && s.Dilation == 1 && (pass == ConvPass.InputGradient
            ? s.Stride == 1 && s.Kernel * s.OutChannels <= PaddedImages.MostRun : s.Kernel * s.InChannels <= PaddedImages.MostRun),
        ConvAlgorithm.Terms when s is { Kernel: 1, Stride: 1, Pad: 0 } => pass == ConvPass.WeightGradient && s.OutChannels >= 2 * s.InChannels && s.InChannels <= ConvTerms.MostTurned,
        ConvAlgorithm.Terms => s.Kernel > 1 && ConvTerms.Count(s.Kernel, pass == ConvPass.InputGradient ? s.InChannels : s.OutChannels) <= ConvTerms.Most,
        ConvAlgorithm.Winograd2 or ConvAlgorithm.Winograd4 => s is { Kernel: 3, Stride: 1 },
        _ => true,
    };
}

/// <summary>
/// Picks the algorithm of each convolution and pass from the shape alone. The least cost wins; costs are in multiply-adds of the implicit GEMM at
/// full speed, with factors fitted to what <c>bench/Smile.Bench -- conv</c> measured (docs/log/2026-11-24-cpu.md):
/// <code>
/// gemm       taps inside the image * in * out
/// padded     0.85 * all taps * in * out
/// terms      source pixels * (taps * few) * many + 64 * taps inside the image * few
/// Winograd   tiles * products * (1.15 * in * out + 24 * (in + out)) + 20 * products * in * out; 0.9 of it for the weight gradient
/// </code>
/// Channels that stand across the lanes count as whole panels of 32, a last one of up to 16 as 20. Winograd is considered from 16 channels on either side on.
/// </summary>
internal sealed class ConvPlanner(IReadOnlyList<ConvAlgorithm> allowed, bool forced)
{
    /// <summary>Environment variable that forces an algorithm; a shape that it cannot do is done by an implicit GEMM.</summary>
    public const string Variable = "SMILE_CONV";

    private const int Panel = 32, NarrowPanel = 20, LeastChannels = 16;
    private const double Product = 1.15, Transform = 24, WeightTransform = 20, Sum = 64, Padding = 0.85, WinogradWeight = 0.9, Turned = 0.9;

    /// <summary>The planner's own choice.</summary>
    public static ConvPlanner Free => new(Enum.GetValues<ConvAlgorithm>(), forced: false);

    /// <summary>The best of these wherever one of them can.</summary>
    public static ConvPlanner Only(params ConvAlgorithm[] algorithms) => new(algorithms, forced: true);

    /// <summary>
    /// gemm: the implicit GEMM everywhere; direct: plain sums, by the quickest algorithm that has no transform; winograd: Winograd's wherever it
    /// can; or nothing.
    /// </summary>
    /// <exception cref="BackendException">Another name.</exception>
    public static ConvPlanner Named(string? name) => name switch
    {
        null or "" => Free,
        "direct" => Only(ConvAlgorithm.Gemm, ConvAlgorithm.Padded, ConvAlgorithm.Terms),
        "gemm" => Only(ConvAlgorithm.Gemm),
        "winograd" => Only(ConvAlgorithm.Winograd2, ConvAlgorithm.Winograd4),
        _ => throw new BackendException($"{Variable}={name} names no convolution algorithm. Known: direct, gemm, winograd; unset, the planner chooses."),
    };

    /// <summary>The algorithm of one pass.</summary>
    public ConvAlgorithm Choose(in ConvShape shape, ConvPass pass)
    {
        var best = ConvAlgorithm.Gemm;
        double least = double.PositiveInfinity;
        for (int i = 0; i < allowed.Count; i++)
        {
            ConvAlgorithm algorithm = allowed[i];
            if (!algorithm.Can(shape, pass) || (!forced && algorithm.Tile() > 0 && Math.Min(shape.InChannels, shape.OutChannels) < LeastChannels))
                continue;
            double cost = Cost(algorithm, shape, pass);
            if (cost < least)
                (best, least) = (algorithm, cost);
        }

        return best;
    }

    private static double Cost(ConvAlgorithm algorithm, in ConvShape s, ConvPass pass)
    {
        double inside = (double)s.Batch * Inside(s, s.Height, s.OutHeight) * Inside(s, s.Width, s.OutWidth);
        return algorithm switch
        {
            ConvAlgorithm.Gemm => inside * Channels(s, pass),
            ConvAlgorithm.Padded => Padding * s.Batch * s.Kernel * s.Kernel * (pass == ConvPass.InputGradient ? s.Height * s.Width : s.OutHeight * s.OutWidth) * Channels(s, pass),
            ConvAlgorithm.Terms => TermsCost(s, pass, inside),
            _ => WinogradCost(s, pass, algorithm.Tile()) * (pass == ConvPass.WeightGradient ? WinogradWeight : 1),
        };
    }

    private static double TermsCost(in ConvShape s, ConvPass pass, double inside)
    {
        (int few, int many, int pixels) = pass == ConvPass.InputGradient
            ? (s.InChannels, s.OutChannels, s.OutHeight * s.OutWidth) : (s.OutChannels, s.InChannels, s.Height * s.Width);
        return s.Kernel == 1 ? Turned * inside * s.OutChannels * Whole(s.InChannels)
            : (double)s.Batch * pixels * many * Whole(ConvTerms.Count(s.Kernel, few)) + Sum * inside * few;
    }

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
        return (double)depth * Whole(across);
    }

    /// <summary>Lanes of the panels that hold the channels; a narrow panel takes more time a lane.</summary>
    private static int Whole(int across) => across / Panel * Panel + (across % Panel == 0 ? 0 : across % Panel <= Panel / 2 ? NarrowPanel : Panel);

    /// <summary>Taps along one axis that lie inside the image, over all outputs.</summary>
    private static long Inside(in ConvShape s, int size, int outSize)
    {
        long inside = 0;
        for (int tap = 0; tap < s.Kernel; tap++)
        {
            int offset = tap * s.Dilation - s.Pad, first = offset < 0 ? (s.Stride - 1 - offset) / s.Stride : 0;
            int end = offset < size ? Math.Min(outSize, (size - 1 - offset) / s.Stride + 1) : 0;
            inside += Math.Max(0, end - first);
        }

        return inside;
    }
}
