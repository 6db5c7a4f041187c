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

    /// <summary>One output row: lanes are channels; the winner's tap travels beside the maximum as the bits of a float.</summary>
    private readonly struct MaxPoolJob(PoolShape shape, float* x, float* index, float* y) : IJob
    {
        private readonly PoolShape _shape = shape;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            PoolShape s = _shape;
            int image = chunk / s.OutHeight, top = chunk % s.OutHeight * s.Stride - s.Pad;
            int firstRow = Math.Max(0, -top), endRow = Math.Min(s.Kernel, s.Height - top), outWidth = s.OutWidth;
            for (int q = 0; q < outWidth; q++)
            {
                int left = q * s.Stride - s.Pad, firstColumn = Math.Max(0, -left), endColumn = Math.Min(s.Kernel, s.Width - left);
                float* window = x + (((nint)image * s.Height + top) * s.Width + left) * s.Channels;
                nint to = ((nint)chunk * outWidth + q) * s.Channels;
                for (int c = 0; c < s.Channels; c += Vector<float>.Count)
                {
                    Vector<float> best = Vector.Load(window + ((nint)firstRow * s.Width + firstColumn) * s.Channels + c);
                    Vector<int> winner = new(firstRow * s.Kernel + firstColumn);
                    for (int row = firstRow; row < endRow; row++)
                        for (int column = firstColumn; column < endColumn; column++)
                        {
                            Vector<float> value = Vector.Load(window + ((nint)row * s.Width + column) * s.Channels + c);

                            // Greater, or the first NaN: a comparison with NaN is false.
                            Vector<int> wins = Vector.GreaterThan(value, best) | Vector.AndNot(Vector.Equals(best, best),
                                Vector.Equals(value, value));
                            best = Vector.ConditionalSelect(wins, value, best);
                            winner = Vector.ConditionalSelect(wins, new Vector<int>(row * s.Kernel + column), winner);
                        }

                    Lanes.Store(best, y + to + c, s.Channels - c);
                    Lanes.Store(Vector.AsVectorSingle(winner), index + to + c, s.Channels - c);
                }
            }
        }
    }

    /// <summary>One input row, gathered from the windows that cover it, in their order.</summary>
    private readonly struct MaxPoolBackJob(PoolShape shape, float* dy, int* index, float* dx, bool add) : IJob
    {
        private readonly PoolShape _shape = shape;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            PoolShape s = _shape;
            int image = chunk / s.Height, row = chunk % s.Height + s.Pad, outWidth = s.OutWidth;
            (int firstRow, int endRow) = Windows(row, s, s.OutHeight);
            for (int v = 0; v < s.Width; v++)
            {
                int column = v + s.Pad;
                (int firstColumn, int endColumn) = Windows(column, s, outWidth);
                for (int c = 0; c < s.Channels; c += Vector<float>.Count)
                {
                    Vector<float> sum = Vector<float>.Zero;
                    for (int p = firstRow; p < endRow; p++)
                        for (int q = firstColumn; q < endColumn; q++)
                        {
                            nint at = (((nint)image * s.OutHeight + p) * outWidth + q) * s.Channels + c;
                            Vector<int> tap = new((row - p * s.Stride) * s.Kernel + column - q * s.Stride);
                            sum += Vector.ConditionalSelect(Vector.Equals(Vector.Load(index + at), tap), Vector.Load(dy + at),
                                Vector<float>.Zero);
                        }

                    Lanes.Put(sum, dx + ((nint)chunk * s.Width + v) * s.Channels + c, s.Channels - c, add);
                }
            }
        }

        /// <summary>The windows along one axis that cover a padded position.</summary>
        private static (int First, int End) Windows(int at, in PoolShape s, int outSize)
        {
            int first = at < s.Kernel ? 0 : (at - s.Kernel) / s.Stride + 1;
            return (first, Math.Min(outSize, at / s.Stride + 1));
        }
    }
}
