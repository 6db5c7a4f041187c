using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MeanPool;

namespace Smile.Kernels.Backend;

internal sealed partial class GpuBackend
{
    public void MeanPoolForward(in MeanShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        var images = new Columns(shape.Batch, shape.Pixels, shape.Channels, runtime.Limits.GroupSize);
        runtime.Launch(MeanPoolKernels.Forward, images.Tiles, images.Chunks, new MeanArgs(images, Span(x), Span(y), 0));
    }

    public void MeanPoolBackward(in MeanShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        var images = new Columns(shape.Batch, shape.Pixels, shape.Channels, runtime.Limits.GroupSize);
        runtime.Launch(MeanPoolKernels.Backward, images.Tiles, images.Chunks, new MeanArgs(images, Span(dx), Span(dy), Flag(into)));
    }
}

internal readonly struct MeanArgs(Columns images, GpuSpan wide, GpuSpan narrow, int accumulate)
{
    public readonly Columns Images = images;
    public readonly GpuSpan Wide = wide, Narrow = narrow;
    public readonly int Accumulate = accumulate;
}

/// <summary>The chunks of rows are the images.</summary>
internal static class MeanPoolKernels
{
    public static readonly GpuKernel<MeanArgs> Forward = new(MeanPoolForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<MeanArgs> Backward = new(MeanPoolBackward, GpuKernel.AnyGroup);

    private static void MeanPoolForward(ArrayView<float> memory, MeanArgs args)
    {
        float sum = 0;
        for (int row = args.Images.FirstRow; row < args.Images.EndRow; row += args.Images.RowStep)
            sum += args.Wide.Load(memory, row * args.Images.Count + args.Images.Column);
        Sums total = args.Images.GroupTotal(new Sums(sum, 0));
        if (args.Images.IsFirst)
            args.Narrow.Put(memory, Grid.IdxY * args.Images.Count + args.Images.Column, total.First / args.Images.RowsPerChunk, 0);
    }

    private static void MeanPoolBackward(ArrayView<float> memory, MeanArgs args)
    {
        ArrayView<float> share = SharedMemory.Allocate<float>(Columns.MaxWidth);
        int channels = args.Images.Count, column = args.Images.Column;
        if (args.Images.IsFirst)
            share[Group.IdxX] = args.Narrow.Load(memory, Grid.IdxY * channels + column) / args.Images.RowsPerChunk;
        Group.Barrier();
        for (int row = args.Images.FirstRow; row < args.Images.EndRow; row += args.Images.RowStep)
            args.Wide.Put(memory, row * channels + column, share[Group.IdxX % args.Images.Width], args.Accumulate);
    }
}
