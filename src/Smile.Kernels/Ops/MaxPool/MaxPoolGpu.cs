using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaxPool;

/// <summary>The largest of a window, and where it stood.</summary>
internal sealed class MaxPoolGpu(GpuQueue queue)
{
    public void Forward(in PoolShape shape, Place x, Place index, Place y)
    {
        shape.Validate(x, index, y);
        queue.LaunchSingles(MaxPoolKernels.Forward, y.Length,
            new PoolArgs(shape, queue.Span(x), queue.Span(index), queue.Span(y), Into.Set));
    }

    public void Backward(in PoolShape shape, Place dy, Place index, Place dx, Into into)
    {
        shape.Validate(dx, index, dy);
        queue.LaunchSingles(MaxPoolKernels.Backward, dx.Length,
            new PoolArgs(shape, queue.Span(dx), queue.Span(index), queue.Span(dy), into));
    }
}

internal readonly struct PoolArgs(PoolShape shape, GpuSpan input, GpuSpan index, GpuSpan output, Into into)
{
    public readonly GpuSpan Input = input, Index = index, Output = output;
    public readonly int Height = shape.Height, Width = shape.Width, OutHeight = shape.OutHeight, OutWidth = shape.OutWidth,
        Channels = shape.Channels;
    public readonly int Kernel = shape.Kernel, Stride = shape.Stride, Pad = shape.Pad;
    public readonly Into Into = into;
}

internal static class MaxPoolKernels
{
    public static readonly GpuKernel<PoolArgs> Forward = new(MaxPoolForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<PoolArgs> Backward = new(MaxPoolBackward, GpuKernel.AnyGroup);

    private static void MaxPoolForward(ArrayView<float> memory, PoolArgs args)
    {
        int at = Element.Single;
        if (!Element.IsInside(at, args.Output.Length))
            return;
        int channel = at % args.Channels, pixel = at / args.Channels, line = pixel / args.OutWidth, image = line / args.OutHeight;
        int top = line % args.OutHeight * args.Stride - args.Pad, left = pixel % args.OutWidth * args.Stride - args.Pad;
        float best = 0;
        int winner = -1;
        for (int r = 0; r < args.Kernel; r++)
            for (int s = 0; s < args.Kernel; s++)
            {
                int row = top + r, column = left + s;
                if (row < 0 || row >= args.Height || column < 0 || column >= args.Width)
                    continue;
                float value = args.Input.Load(memory, ((image * args.Height + row) * args.Width + column) * args.Channels + channel);
                if (winner < 0 || value > best || (float.IsNaN(value) && !float.IsNaN(best)))
                {
                    best = value;
                    winner = r * args.Kernel + s;
                }
            }

        args.Output.Store(memory, at, best, Into.Set);
        args.Index.StoreWord(memory, at, (uint)winner);
    }

    private static void MaxPoolBackward(ArrayView<float> memory, PoolArgs args)
    {
        int at = Element.Single;
        if (!Element.IsInside(at, args.Input.Length))
            return;
        int channel = at % args.Channels, pixel = at / args.Channels, line = pixel / args.Width, image = line / args.Height;
        int bottom = line % args.Height + args.Pad, right = pixel % args.Width + args.Pad;
        float sum = 0;
        for (int r = 0; r < args.Kernel; r++)
            for (int s = 0; s < args.Kernel; s++)
            {
                int row = bottom - r, column = right - s;
                if (row < 0 || row % args.Stride != 0 || column < 0 || column % args.Stride != 0)
                    continue;
                row /= args.Stride;
                column /= args.Stride;
                if (row >= args.OutHeight || column >= args.OutWidth)
                    continue;
                int window = ((image * args.OutHeight + row) * args.OutWidth + column) * args.Channels + channel;
                if (args.Index.LoadWord(memory, window) == (uint)(r * args.Kernel + s))
                    sum += args.Output.Load(memory, window);
            }

        args.Input.Store(memory, at, sum, args.Into);
    }
}
