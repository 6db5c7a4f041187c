using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu;

/// <summary>The gradient of a convolution's bias: dy summed over its pixels.</summary>
internal sealed class ConvBiasGpu(GpuQueue queue)
{
    private readonly GpuWorkspace _partials = Columns.Workspace(queue, "the bias gradient", 2);

    public void Backward(in ConvShape shape, Place dy, Place dbias, Into into)
    {
        shape.Validate();
        Check.Length(dy, shape.OutputCount);
        Check.Length(dbias, shape.OutChannels);
        Check.Apart(dbias, dy);
        int pixels = shape.Batch * shape.OutHeight * shape.OutWidth;
        var columns = new Columns(pixels, shape.OutChannels, queue.GroupSize, _partials, 2);
        var args = new ConvBiasArgs(columns, queue.Span(dy), queue.Span(dbias), into);
        queue.Launch(ConvBiasKernels.Partials, columns.Tiles, columns.Chunks, args);
        queue.Launch(ConvBiasKernels.Totals, columns.Tiles, 1, args);
    }
}

internal readonly struct ConvBiasArgs(Columns columns, GpuSpan dy, GpuSpan dbias, Into into)
{
    public readonly Columns Columns = columns;
    public readonly GpuSpan Dy = dy, Dbias = dbias;
    public readonly Into Into = into;
}

internal static class ConvBiasKernels
{
    public static readonly GpuKernel<ConvBiasArgs> Partials = new(ConvBiasPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ConvBiasArgs> Totals = new(ConvBias, GpuKernel.AnyGroup);

    private static void ConvBiasPartials(ArrayView<float> memory, ConvBiasArgs args)
    {
        float sum = 0;
        for (int row = args.Columns.FirstRow; row < args.Columns.EndRow; row += args.Columns.RowStep)
            sum += args.Dy.Load(memory, row * args.Columns.Count + args.Columns.Column);
        args.Columns.StorePartial(memory, new Sums(sum, 0));
    }

    private static void ConvBias(ArrayView<float> memory, ConvBiasArgs args)
    {
        Sums total = args.Columns.Total<Sums>(memory);
        if (args.Columns.IsFirst)
            args.Dbias.Store(memory, args.Columns.Column, total.First, args.Into);
    }
}
