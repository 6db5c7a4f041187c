using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.PerPixel;
using Smile.Kernels.Ops.Conv2d.Cpu.PerTap;
using Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>
/// Picks the algorithm of each convolution and pass from the shape alone. What there is, where it stands, and which of MicroKernels does
/// the work:
/// <code>
/// shape                                       algorithm  pass             file                                          micro-kernel
/// any                                         gemm       forward, input   ImplicitGemm/ImplicitGemmProduct.cs           Wide, Narrow
///                                                        weight gradient  ImplicitGemm/WeightGradientProduct.cs         Outer...
/// dense, a row of taps reads 256 numbers      padded     forward, input   Padded/PaddedProduct.cs                       Neighbours...
///   at most; input gradient: stride 1                    weight gradient  ImplicitGemm/WeightGradientProduct.cs         Outer...
///                                                                         with Padded/PaddedInput.cs
/// taps * (few channels) at most 64            per tap    forward, input   PerTap/PerTapProduct.cs                       Wide, Narrow
///   or 1x1 to twice the channels                         weight gradient  PerTap/PerTapWeightGradient.cs                Outer...
/// 1x1 to at most 4 channels                   per pixel  forward, input   PerPixel/PerPixelProduct.cs                   none
///                                                        weight gradient  PerPixel/PerPixelWeightGradient.cs            none
/// 3x3, stride 1, any dilation                 winograd   forward, input   Winograd/WinogradProduct.cs                   Wide16 to Narrow
///                                                        weight gradient  Winograd/WinogradWeightGradient.cs            Outer...
/// any                                                    bias gradient    Conv2dSimd.cs                                 none
/// </code>
/// The least cost wins; costs are in multiply-adds of the implicit GEMM at full speed, with factors fitted to what
/// <c>bench/Smile.Bench -- conv</c> measured (docs/log/2026-11-24-cpu.md, 2026-12-01-cpu.md):
/// <code>
/// gemm       taps inside the image * in * out
/// padded     0.85 * all taps * in * out
/// per tap    source pixels * (taps * few) * many + 64 * taps inside the image * few; 1x1: 0.9 of the gemm
/// per pixel  pixels * out * (in + 32) / 4
/// winograd   tiles * products * (1.15 * in * out + 16 * (in + out)) + 20 * products * in * out; 0.9 of it for the weight gradient
/// </code>
/// Channels that stand across the lanes count as whole panels of 32, a last one of up to 16 as 20. Winograd is considered from 16 channels
/// on either side on.
/// </summary>
internal sealed class ConvPlanner(IReadOnlyList<ConvAlgorithm> allowed, bool forced, ConvTable? table = null, int threads = 0)
{
    /// <summary>Environment variable that forces an algorithm; a shape that it cannot do is done by an implicit GEMM.</summary>
    public const string Variable = "SMILE_CONV";

    private const int PanelLanes = 32, NarrowPanel = 20, LeastChannels = 16;
    private const double Padding = 0.85, Sum = 64, Swapped = 0.9, PixelSum = 32;
    private const double Product = 1.15, Transform = 16, WeightTransform = 20, WinogradWeight = 0.9;

    /// <summary>The planner's own choice.</summary>
    public static ConvPlanner Free => new(Enum.GetValues<ConvAlgorithm>(), forced: false);

    /// <summary>What was measured on this machine, and of the rest the planner's own choice.</summary>
    /// <param name="table">Of this machine.</param>
    /// <param name="threads">Of the backend.</param>
    public static ConvPlanner Measured(ConvTable table, int threads) =>
        new(Enum.GetValues<ConvAlgorithm>(), forced: false, table, threads);

    /// <summary>The best of these wherever one of them can.</summary>
    public static ConvPlanner Only(params ConvAlgorithm[] algorithms) => new(algorithms, forced: true);

    /// <summary>
    /// gemm: the implicit GEMM everywhere; direct: plain sums, by the quickest algorithm that has no transform; winograd: Winograd's
    /// wherever it can; or nothing.
    /// </summary>
    /// <exception cref="BackendException">Another name.</exception>
    public static ConvPlanner Named(string? name) => name switch
    {
        null or "" => Free,
        "direct" => Only(ConvAlgorithm.Gemm, ConvAlgorithm.Padded, ConvAlgorithm.PerTap, ConvAlgorithm.PerPixel),
        "gemm" => Only(ConvAlgorithm.Gemm),
        "winograd" => Only(ConvAlgorithm.Winograd2, ConvAlgorithm.Winograd4),
        _ => throw new BackendException(
            $"{Variable}={name} names no convolution algorithm. Known: direct, gemm, winograd; unset, the planner chooses."),
    };

    /// <summary>The algorithm of one pass.</summary>
    public ConvAlgorithm Choose(in ConvShape shape, ConvPass pass)
    {
        if (table?.Find(shape, pass, threads) is { } measured)
            return measured;
        var best = ConvAlgorithm.Gemm;
        double least = double.PositiveInfinity;
        for (int i = 0; i < allowed.Count; i++)
        {
            ConvAlgorithm algorithm = allowed[i];
            bool tooFew = !forced && algorithm.Tile() > 0 && Math.Min(shape.InChannels, shape.OutChannels) < LeastChannels;
            if (tooFew || !algorithm.Supports(shape, pass))
                continue;
            double cost = Cost(algorithm, shape, pass);
            if (cost < least)
                (best, least) = (algorithm, cost);
        }

        return best;
    }

    /// <summary>For people: the algorithm of one pass, and that it was measured where it was.</summary>
    public string Text(in ConvShape shape, ConvPass pass) =>
        Choose(shape, pass).Text() + (table?.Find(shape, pass, threads) is null ? "" : ", measured");

    private static double Cost(ConvAlgorithm algorithm, in ConvShape s, ConvPass pass)
    {
        double inside = (double)s.Batch * Inside(s, s.Height, s.OutHeight) * Inside(s, s.Width, s.OutWidth);
        return algorithm switch
        {
            ConvAlgorithm.Gemm => inside * Channels(s, pass),
            ConvAlgorithm.Padded => PaddedCost(s, pass),
            ConvAlgorithm.PerTap => PerTapCost(s, pass, inside),
            ConvAlgorithm.PerPixel => inside * s.OutChannels * (s.InChannels + PixelSum) / PerPixelSums.Most,
            _ => WinogradCost(s, pass, algorithm.Tile()) * (pass == ConvPass.WeightGradient ? WinogradWeight : 1),
        };
    }

    private static double PaddedCost(in ConvShape s, ConvPass pass)
    {
        int pixels = pass == ConvPass.InputGradient ? s.Height * s.Width : s.OutHeight * s.OutWidth;
        return Padding * s.Batch * s.Kernel * s.Kernel * pixels * Channels(s, pass);
    }

    private static double PerTapCost(in ConvShape s, ConvPass pass, double inside)
    {
        (int few, int many, int pixels) = pass == ConvPass.InputGradient
            ? (s.InChannels, s.OutChannels, s.OutHeight * s.OutWidth) : (s.OutChannels, s.InChannels, s.Height * s.Width);
        return s.Kernel == 1 ? Swapped * inside * s.OutChannels * Whole(s.InChannels)
            : (double)s.Batch * pixels * many * Whole(PerTapSums.Count(s.Kernel, few)) + Sum * inside * few;
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
    private static int Whole(int across)
    {
        int rest = across % PanelLanes;
        return across - rest + (rest == 0 ? 0 : rest <= PanelLanes / 2 ? NarrowPanel : PanelLanes);
    }

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
