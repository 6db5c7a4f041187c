using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.AtrousSum;

/// <summary>
/// The branches as one matrix product: what it has of columns, and where operands lie. A column is a branch, a tap of it and an output
/// channel, channels fastest; after the last come columns of zeros.
/// </summary>
internal struct AtrousArgs
{
    /// <summary>Branches that one product takes.</summary>
    public const int MostBranches = 4;

    /// <summary>Words for columns and wide weights (32 MiB): a batch whose columns take more runs in lots of images.</summary>
    public const int WorkspaceWords = 8 << 20;

    private GpuSpan _weight0, _weight1, _weight2, _weight3, _bias0, _bias1, _bias2, _bias3;
    private int _rate0, _rate1, _rate2, _rate3;

    /// <summary>Weights (InChannels, Wide), columns (Pixels, Wide), and the pixels (Pixels, Channels) that they are gathered to.</summary>
    public GpuSpan WideWeights, Columns, Pixels;

    public int Branches, InChannels, Channels, Kernel, Height, Width, Wide, Lanes;

    public readonly int Taps => Kernel * Kernel;

    /// <summary>Words of a branch's weights.</summary>
    public readonly int BranchWords => Taps * InChannels * Channels;

    public void Set(int branch, int rate, GpuSpan weight, GpuSpan bias)
    {
        switch (branch)
        {
            case 0: (_rate0, _weight0, _bias0) = (rate, weight, bias); break;
            case 1: (_rate1, _weight1, _bias1) = (rate, weight, bias); break;
            case 2: (_rate2, _weight2, _bias2) = (rate, weight, bias); break;
            default: (_rate3, _weight3, _bias3) = (rate, weight, bias); break;
        }
    }

    public readonly int Rate(int branch) => branch == 0 ? _rate0 : branch == 1 ? _rate1 : branch == 2 ? _rate2 : _rate3;

    public readonly GpuSpan Weight(int branch) => branch == 0 ? _weight0 : branch == 1 ? _weight1 : branch == 2 ? _weight2 : _weight3;

    public readonly GpuSpan Bias(int branch) => branch == 0 ? _bias0 : branch == 1 ? _bias1 : branch == 2 ? _bias2 : _bias3;
}

/// <summary>A pixel of an image, and where taps meet others from it.</summary>
internal readonly struct AtrousPixel(in AtrousArgs args, int pixel)
{
    private readonly int _column = pixel % args.Width, _row = pixel / args.Width % args.Height, _first = pixel / args.Width / args.Height
        * args.Height;

    /// <summary>The pixel that lies so many rows and columns away; negative outside the image.</summary>
    public int Away(in AtrousArgs args, int rows, int columns)
    {
        int row = _row + rows, column = _column + columns;
        return row >= 0 && row < args.Height && column >= 0 && column < args.Width ? (_first + row) * args.Width + column : -1;
    }
}

internal static class AtrousKernels
{
    public static readonly GpuKernel<AtrousArgs> WidenWeights = new(AtrousWidenWeights, GpuKernel.AnyGroup);
    public static readonly GpuKernel<AtrousArgs> Gather = new(AtrousGather, GpuKernel.AnyGroup);
    public static readonly GpuKernel<AtrousArgs> Spread = new(AtrousSpread, GpuKernel.AnyGroup);
    public static readonly GpuKernel<AtrousArgs> NarrowGradients = new(AtrousNarrowGradients, GpuKernel.AnyGroup);

    /// <summary>All branches' weights as one matrix; a thread writes a word of it.</summary>
    private static void AtrousWidenWeights(ArrayView<float> memory, AtrousArgs args)
    {
        int at = Element.Single;
        if (!Element.IsInside(at, args.WideWeights.Length))
            return;
        int channel = at / args.Wide, column = at % args.Wide, tap = column / args.Channels, branch = tap / args.Taps;
        float value = branch < args.Branches
            ? args.Weight(branch).Load(memory, (tap % args.Taps * args.InChannels + channel) * args.Channels + column % args.Channels)
            : 0;
        args.WideWeights.Store(memory, at, value, Into.Set);
    }

    /// <summary>
    /// y = bias + the products of all taps, each of the pixel that it meets. Lanes share a pixel's branches and are added by halves; a
    /// lane's taps come in order, three of a row on the way at once.
    /// </summary>
    private static void AtrousGather(ArrayView<float> memory, AtrousArgs args)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GpuKernel.LargestGroup);
        int thread = Group.IdxX, width = Group.DimX / args.Lanes, lane = thread / width, at = Grid.IdxX * width + thread % width;
        int channel = at % args.Channels, half = args.Kernel / 2;
        float sum = 0;
        if (Element.IsInside(at, args.Pixels.Length))
        {
            var pixel = new AtrousPixel(args, at / args.Channels);
            for (int branch = lane; branch < args.Branches; branch += args.Lanes)
            {
                int rate = args.Rate(branch), column = branch * args.Taps * args.Channels + channel;
                if (args.Bias(branch).Length > 0)
                    sum += args.Bias(branch).Load(memory, channel);
                for (int row = -half; row <= half; row++, column += args.Kernel * args.Channels)
                    for (int tap = 0; tap < args.Kernel; tap += 3)
                    {
                        float first = Product(memory, args, pixel, row, tap, rate, column);
                        float second = Product(memory, args, pixel, row, tap + 1, rate, column);
                        float third = Product(memory, args, pixel, row, tap + 2, rate, column);
                        sum = sum + first + second + third;
                    }
            }
        }

        shared[thread] = sum;
        for (int lanes = args.Lanes / 2; lanes > 0; lanes /= 2)
        {
            Group.Barrier();
            if (lane < lanes)
                shared[thread] += shared[thread + lanes * width];
        }

        if (lane == 0 && Element.IsInside(at, args.Pixels.Length))
            args.Pixels.Store(memory, at, shared[thread], Into.Set);
    }

    /// <summary>The adjoint: each column gets the gradient of the pixel that its tap served; a thread writes four columns.</summary>
    private static void AtrousSpread(ArrayView<float> memory, AtrousArgs args)
    {
        int at = Element.FirstOfFour;
        if (!Element.IsInside(at, args.Columns.Length))
            return;
        var pixel = new AtrousPixel(args, at / args.Wide);
        int column = at % args.Wide;
        args.Columns.StoreFloat4(memory, at, new Float4(
            Gradient(memory, args, pixel, column),
            Gradient(memory, args, pixel, column + 1),
            Gradient(memory, args, pixel, column + 2),
            Gradient(memory, args, pixel, column + 3)), Into.Set);
    }

    /// <summary>
    /// The wide weights' gradient to those of the branches, and the first bias's to the others: all are the same sum. A thread writes a
    /// word.
    /// </summary>
    private static void AtrousNarrowGradients(ArrayView<float> memory, AtrousArgs args)
    {
        int at = Element.Single, words = args.BranchWords, branch = at / words, rest = at % words;
        if (branch < args.Branches)
        {
            int tap = rest / (args.InChannels * args.Channels), channel = rest / args.Channels % args.InChannels;
            int column = (branch * args.Taps + tap) * args.Channels + rest % args.Channels;
            args.Weight(branch).Store(memory, rest, args.WideWeights.Load(memory, channel * args.Wide + column), Into.Set);
            return;
        }

        int left = at - args.Branches * words, other = 1 + left / args.Channels;
        if (other < args.Branches && args.Bias(other).Length > 0)
            args.Bias(other).Store(memory, left % args.Channels, args.Bias(0).Load(memory, left % args.Channels), Into.Set);
    }

    /// <summary>What a tap of a row contributes to a pixel; without a branch around the load, so that several are on their way.</summary>
    private static float Product(ArrayView<float> memory, in AtrousArgs args, in AtrousPixel pixel, int row, int tap, int rate, int column)
    {
        int at = pixel.Away(args, row * rate, (tap - args.Kernel / 2) * rate);
        bool exists = tap < args.Kernel && at >= 0;
        float value = args.Columns.Load(memory, exists ? at * args.Wide + column + tap * args.Channels : 0);
        return exists ? value : 0;
    }

    private static float Gradient(ArrayView<float> memory, in AtrousArgs args, in AtrousPixel pixel, int column)
    {
        int tap = column / args.Channels, branch = tap / args.Taps, half = args.Kernel / 2, rate = args.Rate(branch);
        tap %= args.Taps;
        int from = pixel.Away(args, (half - tap / args.Kernel) * rate, (half - tap % args.Kernel) * rate);
        if (branch >= args.Branches || from < 0)
            return 0;
        return args.Pixels.Load(memory, from * args.Channels + column % args.Channels);
    }
}
