using System.Globalization;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Add;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;

namespace Smile.Kernels.Ops.AtrousSum;

/// <summary>
/// The branches as one matrix product where their columns fill tiles better together than alone. Columns are (branch, tap, output channel):
/// forward is a 1x1 convolution of x to all of them, whose results are summed over shifted places; backward spreads dy over the columns,
/// and the gradients of weights and input are those of the same 1x1 convolution. So x is read once for all branches and taps.
/// </summary>
/// <param name="queue">Where work is queued.</param>
/// <param name="conv">What computes the product.</param>
/// <param name="backend">For branches one by one.</param>
/// <param name="mostWords">Words for the columns and the wide weights.</param>
internal sealed class AtrousSumGpu<TBackend>(GpuQueue queue, Conv2dGpu conv, TBackend backend, int mostWords)
    where TBackend : IConv2d, IAdd
{
    // Columns in whole pieces of 16 bytes in every precision; columns of a tile.
    private const int Multiple = 8, Tile = 64;

    private readonly GpuWorkspace _words = queue.Workspace("columns of summed convolutions", mostWords);

    /// <summary>Columns of the product.</summary>
    private static int Wide(in AtrousSumShape shape, int branches) =>
        Integers.CeilingDivide(branches * shape.Kernel * shape.Kernel * shape.OutChannels, Multiple) * Multiple;

    /// <summary>
    /// Images that a product takes; 0 where branches one by one cost less than twice its columns, or not one image fits.
    /// </summary>
    private int Images(in AtrousSumShape shape, int branches)
    {
        int wide = Wide(shape, branches), taps = shape.Kernel * shape.Kernel;
        long together = Integers.CeilingDivide(wide, Tile), alone = (long)branches * taps * Integers.CeilingDivide(shape.OutChannels, Tile);
        if (branches > AtrousArgs.MostBranches || shape.InChannels % Multiple != 0 || 2 * together > alone)
            return 0;
        long left = mostWords - ArenaPlan.RoundUp((long)wide * shape.InChannels);
        return (int)Math.Clamp(left / ((long)shape.Height * shape.Width * wide), 0, shape.Batch);
    }

    public string AlgorithmOf(in AtrousSumShape shape, ReadOnlySpan<AtrousBranch> branches, ConvPass pass)
    {
        int images = Images(shape, branches.Length);
        if (images == 0)
            return AtrousSumByBranch.AlgorithmOf(backend, shape, branches, pass);
        ConvShape product = Product(shape, branches.Length, images);
        return string.Create(CultureInfo.InvariantCulture, $"one product of {product.OutChannels} columns: {conv.Plan(product, pass)}");
    }

    public void Forward(in AtrousSumShape shape, Place x, ReadOnlySpan<AtrousBranch> branches, Place y, Place part)
    {
        shape.ValidateForward(x, branches, y, part);
        int images = Images(shape, branches.Length);
        GpuSpan xs = queue.Span(x), ys = queue.Span(y);
        _ = queue.Span(part);
        AtrousArgs args = Args(shape, branches, images);
        if (images == 0 || xs.Aligned == 0)
        {
            AtrousSumByBranch.Forward(backend, shape, x, branches, y, part);
            return;
        }

        queue.LaunchSingles(AtrousKernels.WidenWeights, args.WideWeights.Length, args);
        for (int first = 0; first < shape.Batch; first += images)
        {
            ConvShape product = Lot(shape, branches.Length, first, images, ref args);
            conv.Forward(product, Part(xs, shape, first, product), args.WideWeights, default, args.Columns, default);
            args.Pixels = Part(ys, shape, first, product);
            queue.Launch(AtrousKernels.Gather, Integers.CeilingDivide(args.Pixels.Length, queue.GroupSize / args.Lanes), 1, args);
        }
    }

    public void Backward(in AtrousSumShape shape, Place x, Place dy, ReadOnlySpan<AtrousBranch> branches,
        ReadOnlySpan<AtrousBranch> gradients, Place dx, Into into)
    {
        shape.ValidateBackward(x, dy, branches, gradients, dx);
        int images = Images(shape, branches.Length);
        GpuSpan xs = queue.Span(x), dys = queue.Span(dy), dxs = queue.Span(dx);
        AtrousArgs weights = Args(shape, branches, images), args = Args(shape, gradients, images);
        if (images == 0 || xs.Aligned == 0 || dxs.Aligned == 0)
        {
            AtrousSumByBranch.Backward(backend, shape, x, dy, branches, gradients, dx, into);
            return;
        }

        if (!gradients[0].Bias.IsNone)
            conv.BackBias(shape.At(branches[0].Rate), dy, gradients[0].Bias, Into.Set);
        for (int first = 0; first < shape.Batch; first += images)
        {
            ConvShape product = Spread(shape, branches.Length, first, images, dys, ref args);
            conv.BackWeight(product, Part(xs, shape, first, product), args.Columns, args.WideWeights, first == 0 ? Into.Set : Into.Add,
                default, default);
        }

        queue.LaunchSingles(AtrousKernels.NarrowGradients, branches.Length * args.BranchWords + (branches.Length - 1) * shape.OutChannels,
            args);
        if (dx.IsNone)
            return;
        queue.LaunchSingles(AtrousKernels.WidenWeights, weights.WideWeights.Length, weights);
        for (int first = 0; first < shape.Batch; first += images)
        {
            // One lot's columns still lie there.
            ConvShape product = images < shape.Batch
                ? Spread(shape, branches.Length, first, images, dys, ref args)
                : Product(shape, branches.Length, images);
            conv.BackInput(product, args.Columns, args.WideWeights, Part(dxs, shape, first, product), into, default);
        }
    }

    private ConvShape Spread(in AtrousSumShape shape, int branches, int first, int images, GpuSpan dy, ref AtrousArgs args)
    {
        ConvShape product = Lot(shape, branches, first, images, ref args);
        args.Pixels = Part(dy, shape, first, product);
        queue.LaunchFloat4s(AtrousKernels.Spread, args.Columns.Length, args);
        return product;
    }

    /// <summary>The product of the lot that begins with that image: the last may have fewer.</summary>
    private ConvShape Lot(in AtrousSumShape shape, int branches, int first, int images, ref AtrousArgs args)
    {
        ConvShape product = Product(shape, branches, Math.Min(images, shape.Batch - first));
        args.Columns = _words.Part((int)ArenaPlan.RoundUp(product.WeightCount), product.OutputCount);
        return product;
    }

    private static ConvShape Product(in AtrousSumShape shape, int branches, int images) =>
        new(images, shape.Height, shape.Width, shape.InChannels, Wide(shape, branches), 1);

    /// <summary>The part of a tensor over all images that a lot has.</summary>
    private static GpuSpan Part(GpuSpan all, in AtrousSumShape shape, int first, in ConvShape lot)
    {
        int image = all.Length / shape.Batch;
        return all.Part(first * image, (long)lot.Batch * image);
    }

    /// <summary>The operands; those of more branches than a product takes, or of a product that does not pay, are only looked up.</summary>
    private AtrousArgs Args(in AtrousSumShape shape, ReadOnlySpan<AtrousBranch> branches, int images)
    {
        int lanes = branches.Length > 2 ? AtrousArgs.MostBranches : branches.Length;
        ConvShape product = Product(shape, branches.Length, images);
        var args = new AtrousArgs
        {
            WideWeights = images == 0 ? default : _words.Part(0, product.WeightCount),
            Branches = branches.Length,
            InChannels = shape.InChannels,
            Channels = shape.OutChannels,
            Kernel = shape.Kernel,
            Height = shape.Height,
            Width = shape.Width,
            Wide = product.OutChannels,
            Lanes = queue.GroupSize % lanes == 0 ? lanes : 1,
        };
        for (int i = 0; i < branches.Length; i++)
            args.Set(i, branches[i].Rate, queue.Span(branches[i].Weight), queue.Span(branches[i].Bias));
        return args;
    }
}
