using System.Numerics;
using System.Runtime.CompilerServices;

namespace Smile.Kernels;

internal sealed unsafe partial class SimdBackend
{
    public override void MaxPoolForward(in PoolShape shape, Place x, Place index, Place y)
    {
        shape.Validate(x, index, y);
        var job = new MaxPoolJob(shape, Memory.Pointer(x), Memory.Pointer(index), Memory.Pointer(y));
        _pool.Run(shape.Batch * shape.OutHeight, job);
    }

    public override void MaxPoolBackward(in PoolShape shape, Place dy, Place index, Place dx, Into into)
    {
        shape.Validate(dx, index, dy);
        var job = new MaxPoolBackJob(shape, Memory.Pointer(dy), (int*)Memory.Pointer(index), Memory.Pointer(dx), into == Into.Add);
        _pool.Run(shape.Batch * shape.Height, job);
    }

    /// <summary>
    /// One output row: lanes are channels. The maximum comes first, then the tap that has it: the earliest, as the taps are met in reverse. A NaN shows in the
    /// sum of the taps (as infinities of both signs do); such a vector is done again with care.
    /// </summary>
    private readonly struct MaxPoolJob(PoolShape shape, float* x, float* index, float* y) : IJob
    {
        private readonly PoolShape _shape = shape;

        public void Run(int chunk, int worker)
        {
            PoolShape s = _shape;
            int image = chunk / s.OutHeight, top = chunk % s.OutHeight * s.Stride - s.Pad, outWidth = s.OutWidth;
            int firstRow = Math.Max(0, -top), endRow = Math.Min(s.Kernel, s.Height - top);
            var taps = stackalloc Tap[s.Kernel * s.Kernel];
            (int count, int firstKnown, int endKnown) = (0, -1, -1);
            for (int q = 0; q < outWidth; q++)
            {
                int left = q * s.Stride - s.Pad, firstColumn = Math.Max(0, -left), endColumn = Math.Min(s.Kernel, s.Width - left);
                if ((firstColumn, endColumn) != (firstKnown, endKnown)) // at the borders
                {
                    (count, firstKnown, endKnown) = (0, firstColumn, endColumn);
                    for (int row = firstRow; row < endRow; row++)
                        for (int column = firstColumn; column < endColumn; column++)
                            taps[count++] = new Tap(((nint)row * s.Width + column) * s.Channels, row * s.Kernel + column);
                }

                nint to = ((nint)chunk * outWidth + q) * s.Channels;
                float* window = x + (((nint)image * s.Height + top) * s.Width + left) * s.Channels;
                if (s.Kernel == 3 && count == 9)
                    Pixel3x3(window, taps, s.Channels, (nint)s.Width * s.Channels, y + to, index + to);
                else
                    Pixel(window, taps, count, s.Channels, y + to, index + to);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Pixel(float* window, Tap* taps, int count, int channels, float* y, float* index)
        {
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                float* from = window + c;
                Vector<float> best = Vector.Load(from + taps[0].Offset), sum = best;
                for (int t = 1; t < count; t++)
                {
                    Vector<float> value = Vector.Load(from + taps[t].Offset);
                    best = Vector.MaxNative(value, best);
                    sum += value;
                }

                Vector<int> winner = new(taps[count - 1].Number);
                for (int t = count - 2; t >= 0; t--)
                    winner = Vector.ConditionalSelect(Vector.Equals(Vector.Load(from + taps[t].Offset), best), new Vector<int>(taps[t].Number), winner);
                if (!Vector.EqualsAll(sum, sum))
                    (best, winner) = WithNaN(from, taps, count);
                Lanes.Store(best, y + c, channels - c);
                Lanes.Store(Vector.AsVectorSingle(winner), index + c, channels - c);
            }
        }

        /// <summary>The whole 3x3 window, the pool of a ResNet; only a NaN needs the list of taps.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Pixel3x3(float* window, Tap* taps, nint channels, nint row, float* y, float* index)
        {
            Vector<int> t0 = new(0), t1 = new(1), t2 = new(2), t3 = new(3), t4 = new(4), t5 = new(5), t6 = new(6), t7 = new(7), t8 = new(8);
            for (nint c = 0; c < channels; c += Vector<float>.Count)
            {
                float* p = window + c, q = p + row, r = q + row;
                Vector<float> a = Vector.Load(p), b = Vector.Load(p + channels), d = Vector.Load(p + 2 * channels), e = Vector.Load(q), f = Vector.Load(q + channels);
                Vector<float> g = Vector.Load(q + 2 * channels), h = Vector.Load(r), i = Vector.Load(r + channels), j = Vector.Load(r + 2 * channels);

                // Of equal zeros the second operand comes out: the earlier tap.
                Vector<float> best = Vector.MaxNative(Vector.MaxNative(j, Vector.MaxNative(i, h)), Vector.MaxNative(Vector.MaxNative(g, Vector.MaxNative(f, e)), Vector.MaxNative(d, Vector.MaxNative(b, a))));
                Vector<float> sum = ((a + b) + (d + e)) + ((f + g) + (h + i)) + j;
                Vector<int> winner = Vector.ConditionalSelect(Vector.Equals(i, best), t7, t8);
                winner = Vector.ConditionalSelect(Vector.Equals(h, best), t6, winner);
                winner = Vector.ConditionalSelect(Vector.Equals(g, best), t5, winner);
                winner = Vector.ConditionalSelect(Vector.Equals(f, best), t4, winner);
                winner = Vector.ConditionalSelect(Vector.Equals(e, best), t3, winner);
                winner = Vector.ConditionalSelect(Vector.Equals(d, best), t2, winner);
                winner = Vector.ConditionalSelect(Vector.Equals(b, best), t1, winner);
                winner = Vector.ConditionalSelect(Vector.Equals(a, best), t0, winner);
                if (!Vector.EqualsAll(sum, sum))
                    (best, winner) = WithNaN(p, taps, 9);
                Lanes.Store(best, y + c, (int)(channels - c));
                Lanes.Store(Vector.AsVectorSingle(winner), index + c, (int)(channels - c));
            }
        }

        private static (Vector<float> Best, Vector<int> Winner) WithNaN(float* from, Tap* taps, int count)
        {
            Vector<float> best = Vector.Load(from + taps[0].Offset);
            Vector<int> winner = new(taps[0].Number);
            for (int t = 1; t < count; t++)
            {
                Vector<float> value = Vector.Load(from + taps[t].Offset);

                // Greater, or the first NaN: a comparison with NaN is false.
                Vector<int> wins = Vector.GreaterThan(value, best) | Vector.AndNot(Vector.Equals(best, best), Vector.Equals(value, value));
                best = Vector.ConditionalSelect(wins, value, best);
                winner = Vector.ConditionalSelect(wins, new Vector<int>(taps[t].Number), winner);
            }

            return (best, winner);
        }
    }

    /// <summary>One input row, gathered from the windows that cover it, in their order.</summary>
    private readonly struct MaxPoolBackJob(PoolShape shape, float* dy, int* index, float* dx, bool add) : IJob
    {
        private readonly PoolShape _shape = shape;

        public void Run(int chunk, int worker)
        {
            PoolShape s = _shape;
            int image = chunk / s.Height, row = chunk % s.Height + s.Pad, outWidth = s.OutWidth, most = (s.Kernel + s.Stride - 1) / s.Stride;
            (int firstRow, int endRow) = Windows(row, s, s.OutHeight);
            var taps = stackalloc Tap[Math.Max(most * most, 4)]; // four are looked at, used or not
            for (int v = 0; v < s.Width; v++)
            {
                int column = v + s.Pad, count = 0;
                (int firstColumn, int endColumn) = Windows(column, s, outWidth);
                for (int p = firstRow; p < endRow; p++)
                    for (int q = firstColumn; q < endColumn; q++)
                        taps[count++] = new Tap((((nint)image * s.OutHeight + p) * outWidth + q) * s.Channels, (row - p * s.Stride) * s.Kernel + column - q * s.Stride);
                Pixel(dy, index, taps, count, s.Channels, dx + ((nint)chunk * s.Width + v) * s.Channels, add);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Pixel(float* dy, int* index, Tap* taps, int count, int channels, float* dx, bool add)
        {
            Vector<int> t0 = new(taps[0].Number), t1 = new(taps[1].Number), t2 = new(taps[2].Number), t3 = new(taps[3].Number);
            nint a = taps[0].Offset, b = taps[1].Offset, d = taps[2].Offset, e = taps[3].Offset;
            for (int c = 0; c < channels; c += Vector<float>.Count, a += Vector<float>.Count, b += Vector<float>.Count, d += Vector<float>.Count, e += Vector<float>.Count)
            {
                Vector<float> sum = Vector<float>.Zero;
                if (count >= 1)
                    sum += Won(dy + a, index + a, t0);
                if (count >= 2)
                    sum += Won(dy + b, index + b, t1);
                if (count >= 4)
                    sum = sum + Won(dy + d, index + d, t2) + Won(dy + e, index + e, t3);
                for (int t = count >= 4 ? 4 : 2; t < count; t++)
                    sum += Won(dy + taps[t].Offset + c, index + taps[t].Offset + c, new Vector<int>(taps[t].Number));
                Lanes.Put(sum, dx + c, channels - c, add);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<float> Won(float* dy, int* index, Vector<int> tap) =>
            Vector.ConditionalSelect(Vector.Equals(Vector.Load(index), tap), Vector.Load(dy), Vector<float>.Zero);

        /// <summary>The windows along one axis that cover a padded position.</summary>
        private static (int First, int End) Windows(int at, in PoolShape s, int outSize)
        {
            int first = at < s.Kernel ? 0 : (at - s.Kernel) / s.Stride + 1;
            return (first, Math.Min(outSize, at / s.Stride + 1));
        }
    }

    /// <summary>One pixel of a window: where it lies, and its number in the window.</summary>
    private readonly record struct Tap(nint Offset, int Number);
}
