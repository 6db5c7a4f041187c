using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MeanPool;

/// <summary>The mean of an image a channel.</summary>
internal sealed class MeanPoolGpu(GpuQueue queue)
{
    public void Forward(in MeanShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        var images = new Columns(shape.Batch, shape.Pixels, shape.Channels, queue.GroupSize);
        queue.Launch(MeanPoolKernels.Forward, images.Tiles, images.Chunks, new MeanArgs(images, queue.Span(x), queue.Span(y), Into.Set));
    }

    public void Backward(in MeanShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        var images = new Columns(shape.Batch, shape.Pixels, shape.Channels, queue.GroupSize);
        queue.Launch(MeanPoolKernels.Backward, images.Tiles, images.Chunks, new MeanArgs(images, queue.Span(dx), queue.Span(dy), into));
    }
}

internal readonly struct MeanArgs(Columns images, GpuSpan wide, GpuSpan narrow, Into into)
{
    public readonly Columns Images = images;
    public readonly GpuSpan Wide = wide, Narrow = narrow;
    public readonly Into Into = into;
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
            args.Narrow.Store(memory, Grid.IdxY * args.Images.Count + args.Images.Column, total.First / args.Images.RowsPerChunk, Into.Set);
    }

    private static void MeanPoolBackward(ArrayView<float> memory, MeanArgs args)
    {
        ArrayView<float> share = SharedMemory.Allocate<float>(Columns.MaxWidth);
        int channels = args.Images.Count, column = args.Images.Column;
        if (args.Images.IsFirst)
            share[Group.IdxX] = args.Narrow.Load(memory, Grid.IdxY * channels + column) / args.Images.RowsPerChunk;
        Group.Barrier();
        for (int row = args.Images.FirstRow; row < args.Images.EndRow; row += args.Images.RowStep)
            args.Wide.Store(memory, row * channels + column, share[Group.IdxX % args.Images.Width], args.Into);
    }
}
