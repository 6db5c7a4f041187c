using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Resize;

/// <summary>Bilinear resampling and its adjoint.</summary>
internal sealed class ResizeGpu(GpuQueue queue)
{
    public void Forward(in ResizeShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        queue.LaunchSingles(ResizeKernels.Forward, y.Length, new ResizeArgs(shape, queue.Span(x), queue.Span(y), Into.Set));
    }

    public void Backward(in ResizeShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        queue.LaunchSingles(ResizeKernels.Backward, dx.Length, new ResizeArgs(shape, queue.Span(dx), queue.Span(dy), into));
    }
}

/// <summary>One axis of a resampling: <see cref="ResizeShape.Tap"/> with the quotient taken on the host.</summary>
internal readonly struct ResizeAxis(int size, int outSize)
{
    public readonly int Size = size, OutSize = outSize;
    public readonly float Ratio = (float)size / outSize;

    /// <summary>Where output position <paramref name="o"/> reads the input.</summary>
    public float Position(int o)
    {
        float at = (o + 0.5f) * Ratio - 0.5f;
        return at > 0 ? at : 0;
    }

    public int Low(float position) => IntrinsicMath.Min((int)position, Size - 1);

    public int High(int low) => IntrinsicMath.Min(low + 1, Size - 1);

    /// <summary>How much of output position <paramref name="o"/> comes from input position <paramref name="i"/>.</summary>
    public float Weight(int o, int i)
    {
        float position = Position(o);
        int low = Low(position);
        float high = position - low;
        return (low == i ? 1 - high : 0) + (High(low) == i ? high : 0);
    }

    /// <summary>The first output position whose lower input position is <paramref name="i"/> or a later one.</summary>
    public int FirstFrom(int i)
    {
        if (i <= 0)
            return 0;
        if (i >= Size)
            return OutSize;
        int o = IntrinsicMath.Max(0, (int)((i + 0.5f) / Ratio - 0.5f) - 1);
        while (o < OutSize && Low(Position(o)) < i)
            o++;
        return o;
    }

    /// <summary>The first output position that may read input position <paramref name="i"/>.</summary>
    public int FirstReader(int i) => i == 0 ? 0 : IntrinsicMath.Max(0, (int)((i - 0.5f) / Ratio - 0.5f) - 1);

    /// <summary>The end of the output positions that may read input position <paramref name="i"/>.</summary>
    public int EndOfReaders(int i) => i == Size - 1 ? OutSize : IntrinsicMath.Min(OutSize, (int)((i + 1.5f) / Ratio - 0.5f) + 3);
}

internal readonly struct ResizeArgs(ResizeShape shape, GpuSpan input, GpuSpan output, Into into)
{
    public readonly GpuSpan Input = input, Output = output;
    public readonly ResizeAxis Rows = new(shape.Height, shape.OutHeight), Columns = new(shape.Width, shape.OutWidth);
    public readonly int Channels = shape.Channels;
    public readonly Into Into = into;
}

internal static class ResizeKernels
{
    public static readonly GpuKernel<ResizeArgs> Forward = new(ResizeForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ResizeArgs> Backward = new(ResizeBackward, GpuKernel.AnyGroup);

    private static void ResizeForward(ArrayView<float> memory, ResizeArgs args)
    {
        int at = Element.Single;
        if (!Element.IsInside(at, args.Output.Length))
            return;
        int channel = at % args.Channels, pixel = at / args.Channels, line = pixel / args.Columns.OutSize;
        float row = args.Rows.Position(line % args.Rows.OutSize), column = args.Columns.Position(pixel % args.Columns.OutSize);
        int top = args.Rows.Low(row), left = args.Columns.Low(column), right = args.Columns.High(left),
            image = line / args.Rows.OutSize * args.Rows.Size;
        float upper = Between(memory, args, image + top, left, right, column - left, channel);
        float lower = Between(memory, args, image + args.Rows.High(top), left, right, column - left, channel);
        args.Output.Store(memory, at, upper + (row - top) * (lower - upper), Into.Set);
    }

    private static float Between(ArrayView<float> memory, in ResizeArgs args, int line, int left, int right, float weight, int channel)
    {
        float a = args.Input.Load(memory, (line * args.Columns.Size + left) * args.Channels + channel);
        float b = args.Input.Load(memory, (line * args.Columns.Size + right) * args.Channels + channel);
        return a + weight * (b - a);
    }

    /// <summary>Gathers: each input element asks all output elements that may have read it.</summary>
    private static void ResizeBackward(ArrayView<float> memory, ResizeArgs args)
    {
        int at = Element.Single;
        if (!Element.IsInside(at, args.Input.Length))
            return;
        int channel = at % args.Channels, pixel = at / args.Channels, line = pixel / args.Columns.Size;
        int row = line % args.Rows.Size, column = pixel % args.Columns.Size, image = line / args.Rows.Size * args.Rows.OutSize;
        int first = args.Columns.FirstReader(column), end = args.Columns.EndOfReaders(column);
        float sum = 0;
        for (int p = args.Rows.FirstReader(row); p < args.Rows.EndOfReaders(row); p++)
        {
            float down = args.Rows.Weight(p, row);
            if (down == 0)
                continue;
            for (int q = first; q < end; q++)
            {
                float across = args.Columns.Weight(q, column);
                if (across != 0)
                    sum += down * across * args.Output.Load(memory, ((image + p) * args.Columns.OutSize + q) * args.Channels + channel);
            }
        }

        args.Input.Store(memory, at, sum, args.Into);
    }
}
