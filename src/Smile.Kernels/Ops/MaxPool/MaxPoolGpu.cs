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
        var args = new PoolArgs(shape, queue.Span(x), queue.Span(index), queue.Span(y), Into.Set);
        queue.LaunchSingles(MaxPoolKernels.Forward, y.Length / args.Step, args);
    }

    public void Backward(in PoolShape shape, Place dy, Place index, Place dx, Into into)
    {
        shape.Validate(dx, index, dy);
        var args = new PoolArgs(shape, queue.Span(dx), queue.Span(index), queue.Span(dy), into);
        queue.LaunchSingles(MaxPoolKernels.Backward, dx.Length / args.Step, args);
    }
}

internal readonly struct PoolArgs(PoolShape shape, GpuSpan input, GpuSpan index, GpuSpan output, Into into)
{
    public readonly GpuSpan Input = input, Index = index, Output = output;
    public readonly int Height = shape.Height, Width = shape.Width, OutHeight = shape.OutHeight, OutWidth = shape.OutWidth,
        Channels = shape.Channels;
    public readonly int Kernel = shape.Kernel, Stride = shape.Stride, Pad = shape.Pad;
    public readonly Into Into = into;

    /// <summary>Channels of a thread: four, or one where four are not to be had in one access.</summary>
    public readonly int Step = shape.Channels % 4 == 0 && input.Aligned * index.Aligned * output.Aligned != 0 ? 4 : 1;

    /// <summary>A thread's channels from <paramref name="at"/> on; one that it has not is 0.</summary>
    public Float4 Load(ArrayView<float> memory, in GpuSpan from, int at)
    {
        if (Step == 4)
            return from.LoadFloat4(memory, at);
        return new Float4(from.Load(memory, at), 0, 0, 0);
    }

    /// <summary>Writes or adds a thread's channels.</summary>
    public void Store(ArrayView<float> memory, in GpuSpan to, int at, Float4 values, Into into)
    {
        if (Step == 4)
            to.StoreFloat4(memory, at, values, into);
        else
            to.Store(memory, at, values.X, into);
    }
}

internal static class MaxPoolKernels
{
    public static readonly GpuKernel<PoolArgs> Forward = new(MaxPoolForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<PoolArgs> Backward = new(MaxPoolBackward, GpuKernel.AnyGroup);

    private static void MaxPoolForward(ArrayView<float> memory, PoolArgs args)
    {
        int at = Element.Single * args.Step;
        if (!Element.IsInside(at, args.Output.Length))
            return;
        int channel = at % args.Channels, pixel = at / args.Channels, line = pixel / args.OutWidth, image = line / args.OutHeight;
        int top = line % args.OutHeight * args.Stride - args.Pad, left = pixel % args.OutWidth * args.Stride - args.Pad;
        Float4 best = default;
        int winner0 = -1, winner1 = -1, winner2 = -1, winner3 = -1;
        for (int r = 0; r < args.Kernel; r++)
            for (int s = 0; s < args.Kernel; s++)
            {
                int row = top + r, column = left + s, tap = r * args.Kernel + s;
                if (row < 0 || row >= args.Height || column < 0 || column >= args.Width)
                    continue;
                Float4 value = args.Load(memory, args.Input,
                    ((image * args.Height + row) * args.Width + column) * args.Channels + channel);
                Take(value.X, tap, ref best.X, ref winner0);
                Take(value.Y, tap, ref best.Y, ref winner1);
                Take(value.Z, tap, ref best.Z, ref winner2);
                Take(value.W, tap, ref best.W, ref winner3);
            }

        args.Store(memory, args.Output, at, best, Into.Set);
        args.Store(memory, args.Index, at, new Float4(Interop.IntAsFloat((uint)winner0), Interop.IntAsFloat((uint)winner1),
            Interop.IntAsFloat((uint)winner2), Interop.IntAsFloat((uint)winner3)), Into.Set);
    }

    private static void Take(float value, int tap, ref float best, ref int winner)
    {
        if (winner >= 0 && !(value > best) && (!float.IsNaN(value) || float.IsNaN(best)))
            return;
        best = value;
        winner = tap;
    }

    private static void MaxPoolBackward(ArrayView<float> memory, PoolArgs args)
    {
        int at = Element.Single * args.Step;
        if (!Element.IsInside(at, args.Input.Length))
            return;
        int channel = at % args.Channels, pixel = at / args.Channels, line = pixel / args.Width, image = line / args.Height;
        int bottom = line % args.Height + args.Pad, right = pixel % args.Width + args.Pad;
        Float4 sum = default;
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
                uint tap = (uint)(r * args.Kernel + s);
                Float4 winner = args.Load(memory, args.Index, window), gradient = args.Load(memory, args.Output, window);
                sum += new Float4(Won(winner.X, tap, gradient.X), Won(winner.Y, tap, gradient.Y), Won(winner.Z, tap, gradient.Z),
                    Won(winner.W, tap, gradient.W));
            }

        args.Store(memory, args.Input, at, sum, args.Into);
    }

    private static float Won(float winner, uint tap, float gradient) => Interop.FloatAsInt(winner) == tap ? gradient : 0;
}
