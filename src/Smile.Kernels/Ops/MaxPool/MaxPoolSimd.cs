using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MaxPool;

/// <summary><see cref="IMaxPool"/> on vectors and all cores.</summary>
internal sealed unsafe class MaxPoolSimd(SimdContext context)
{
    public void Forward(in PoolShape shape, Place x, Place index, Place y)
    {
        shape.Validate(x, index, y);
        float* from = context.Memory.Pointer(x), winners = context.Memory.Pointer(index), to = context.Memory.Pointer(y);
        if (context.Kernels.Bits == 512)
            context.Pool.Run(shape.Batch * shape.OutHeight, new MaxPoolJob<Lanes512>(shape, from, winners, to));
        else
            context.Pool.Run(shape.Batch * shape.OutHeight, new MaxPoolJob<Lanes256>(shape, from, winners, to));
    }

    public void Backward(in PoolShape shape, Place dy, Place index, Place dx, Into into)
    {
        shape.Validate(dx, index, dy);
        if (context.Kernels.Bits == 512)
            MaxPoolBackward<Lanes512>(shape, context.Memory.Pointer(dy), context.Memory.Pointer(index), context.Memory.Pointer(dx), into);
        else
            MaxPoolBackward<Lanes256>(shape, context.Memory.Pointer(dy), context.Memory.Pointer(index), context.Memory.Pointer(dx), into);
    }

    private void MaxPoolBackward<T>(in PoolShape shape, float* dy, float* index, float* dx, Into into)
        where T : unmanaged, ILanes<T>
    {
        int chunks = MaxPoolBackJob<T, Overwrite>.Chunks(shape);
        if (into == Into.Add)
            context.Pool.Run(chunks, new MaxPoolBackJob<T, Accumulate>(shape, dy, index, dx));
        else if (context.Streams(shape.InputCount, dx, shape.Channels))
            context.Pool.Run(chunks, new MaxPoolBackJob<T, NonTemporal>(shape, dy, index, dx));
        else
            context.Pool.Run(chunks, new MaxPoolBackJob<T, Overwrite>(shape, dy, index, dx));
    }
}

/// <summary>One pixel of a window: where it lies, and its number in the window.</summary>
internal readonly record struct PoolTap(nint Offset, int Number);

/// <summary>
/// One output row: lanes are channels. The maximum comes first, then the tap that has it: the earliest, as the taps are met in reverse. A
/// NaN shows in the sum of the taps (as infinities of both signs do); such a vector is done again with care.
/// </summary>
internal readonly unsafe struct MaxPoolJob<T>(PoolShape shape, float* x, float* index, float* y) : IJob
    where T : unmanaged, ILanes<T>
{
    private readonly PoolShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        PoolShape s = _shape;
        int image = chunk / s.OutHeight, top = chunk % s.OutHeight * s.Stride - s.Pad, outWidth = s.OutWidth;
        int firstRow = Math.Max(0, -top), endRow = Math.Min(s.Kernel, s.Height - top);
        var taps = stackalloc PoolTap[s.Kernel * s.Kernel];
        (int count, int firstKnown, int endKnown) = (0, -1, -1);
        for (int q = 0; q < outWidth; q++)
        {
            int left = q * s.Stride - s.Pad, firstColumn = Math.Max(0, -left), endColumn = Math.Min(s.Kernel, s.Width - left);
            if ((firstColumn, endColumn) != (firstKnown, endKnown)) // at the borders
            {
                (count, firstKnown, endKnown) = (0, firstColumn, endColumn);
                for (int row = firstRow; row < endRow; row++)
                    for (int column = firstColumn; column < endColumn; column++)
                        taps[count++] = new PoolTap(((nint)row * s.Width + column) * s.Channels, row * s.Kernel + column);
            }

            nint to = ((nint)chunk * outWidth + q) * s.Channels;
            float* window = x + (((nint)image * s.Height + top) * s.Width + left) * s.Channels;
            if (s.Kernel == 3 && count == 9 && s.Channels % T.Count == 0)
                Pixel3x3(window, taps, s.Channels, (nint)s.Width * s.Channels, y + to, index + to);
            else
                Pixel(window, taps, count, s.Channels, y + to, index + to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pixel(float* window, PoolTap* taps, int count, int channels, float* y, float* index)
    {
        for (int c = 0; c < channels; c += T.Count)
        {
            float* from = window + c;
            T best = T.Load(from + taps[0].Offset), sum = best;
            for (int t = 1; t < count; t++)
            {
                T value = T.Load(from + taps[t].Offset);
                best = T.MaxNative(value, best);
                sum += value;
            }

            T winner = T.AllBits(taps[count - 1].Number);
            for (int t = count - 2; t >= 0; t--)
                winner = T.WhereEqual(T.Load(from + taps[t].Offset), best, T.AllBits(taps[t].Number), winner);
            if (T.HasNaN(sum))
                (best, winner) = WithNaN(from, taps, count);
            Lanes.Store(best, y + c, channels - c);
            Lanes.Store(winner, index + c, channels - c);
        }
    }

    /// <summary>
    /// The whole 3x3 window, the pool of a ResNet, of channels that fill their vectors; only a NaN needs the list of taps.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pixel3x3(float* window, PoolTap* taps, nint channels, nint row, float* y, float* index)
    {
        for (nint c = 0; c < channels; c += T.Count)
        {
            float* p = window + c, q = p + row, r = q + row;
            if (Sse.IsSupported)
            {
                // The two rows that the next output row will want: prefetchers do not follow three rows in steps of two pixels.
                float* next = r + row + channels;
                Sse.Prefetch1(next);
                Sse.Prefetch1(next + channels);
                Sse.Prefetch1(next + row);
                Sse.Prefetch1(next + row + channels);
            }

            T a = T.Load(p), b = T.Load(p + channels), d = T.Load(p + 2 * channels), e = T.Load(q), f = T.Load(q + channels);
            T g = T.Load(q + 2 * channels), h = T.Load(r), i = T.Load(r + channels), j = T.Load(r + 2 * channels);

            // Of equal zeros the second operand comes out: the earlier tap.
            T best = T.MaxNative(T.MaxNative(j, T.MaxNative(i, h)),
                T.MaxNative(T.MaxNative(g, T.MaxNative(f, e)), T.MaxNative(d, T.MaxNative(b, a))));
            T sum = ((a + b) + (d + e)) + ((f + g) + (h + i)) + j;
            T winner = T.WhereEqual(i, best, T.AllBits(7), T.AllBits(8));
            winner = T.WhereEqual(h, best, T.AllBits(6), winner);
            winner = T.WhereEqual(g, best, T.AllBits(5), winner);
            winner = T.WhereEqual(f, best, T.AllBits(4), winner);
            winner = T.WhereEqual(e, best, T.AllBits(3), winner);
            winner = T.WhereEqual(d, best, T.AllBits(2), winner);
            winner = T.WhereEqual(b, best, T.AllBits(1), winner);
            winner = T.WhereEqual(a, best, T.AllBits(0), winner);
            if (T.HasNaN(sum))
                (best, winner) = WithNaN(p, taps, 9);
            T.Store(best, y + c);
            T.Store(winner, index + c);
        }
    }

    private static (T Best, T Winner) WithNaN(float* from, PoolTap* taps, int count)
    {
        T best = T.Load(from + taps[0].Offset), winner = T.AllBits(taps[0].Number);
        for (int t = 1; t < count; t++)
        {
            T value = T.Load(from + taps[t].Offset);
            T wins = T.Greater(value, best) | T.AndNot(T.Equal(best, best), T.Equal(value, value)); // it is greater, or the first NaN
            winner = T.Choose(wins, T.AllBits(taps[t].Number), winner);
            best = T.Choose(wins, value, best);
        }

        return (best, winner);
    }
}
