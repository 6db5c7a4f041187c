using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MaxPool;

/// <summary>
/// Some input rows, each pixel gathered from the windows that cover it, in their order. The pool of a ResNet (3x3, stride 2, padding 1)
/// goes by blocks of 2x2 pixels: four windows cover them, and each is loaded once, where channels fill their vectors.
/// </summary>
internal readonly unsafe struct MaxPoolBackJob<T, TStore>(PoolShape shape, float* dy, float* index, float* dx) : IJob
    where T : unmanaged, ILanes<T>
    where TStore : struct, IStore
{
    private readonly PoolShape _shape = shape;

    public static int Chunks(in PoolShape shape) => shape.Batch * ChunksOfImage(shape);

    public void Run(int chunk, int worker)
    {
        PoolShape s = _shape;
        int image = chunk / ChunksOfImage(s), first = chunk % ChunksOfImage(s) * RowsOfChunk(s),
            end = Math.Min(s.Height, first + RowsOfChunk(s)), columns = 0;
        if (Halves(s) && s.Channels % T.Count == 0 && first + 1 < s.Height && first / 2 + 1 < s.OutHeight)
        {
            columns = Math.Min(2 * (s.OutWidth - 1), s.Width / 2 * 2);
            Blocks(image, first / 2, columns / 2);
        }

        for (int row = first; row < end; row++)
            Row(image, row, columns);
        TStore.End();
    }

    private static bool Halves(in PoolShape s) => (s.Kernel, s.Stride, s.Pad) == (3, 2, 1);

    private static int RowsOfChunk(in PoolShape s) => Halves(s) ? 2 : 1;

    private static int ChunksOfImage(in PoolShape s) => Integers.CeilingDivide(s.Height, RowsOfChunk(s));

    /// <summary>Input rows 2p and 2p + 1, columns 0 to 2 * count - 1: all their windows are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Blocks(int image, int p, int count)
    {
        nint channels = _shape.Channels, below = _shape.OutWidth * channels, inRow = _shape.Width * channels;
        nint window = ((nint)image * _shape.OutHeight + p) * below;
        float* gradient = dy + window, winner = index + window, to = dx + ((nint)image * _shape.Height + 2 * p) * inRow;
        for (int q = 0; q < count; q++, gradient += channels, winner += channels, to += 2 * channels)
            for (nint c = 0; c < channels; c += T.Count)
            {
                float* g = gradient + c, w = winner + c, t = to + c;
                T g0 = T.Load(g), g1 = T.Load(g + channels), g2 = T.Load(g + below), g3 = T.Load(g + below + channels);
                T w0 = T.Load(w), w1 = T.Load(w + channels), w2 = T.Load(w + below), w3 = T.Load(w + below + channels);
                TStore.Store(Won(w0, 4, g0), t, T.Count);
                TStore.Store(Won(w0, 5, g0) + Won(w1, 3, g1), t + channels, T.Count);
                TStore.Store(Won(w0, 7, g0) + Won(w2, 1, g2), t + inRow, T.Count);
                TStore.Store(Won(w0, 8, g0) + Won(w1, 6, g1) + Won(w2, 2, g2) + Won(w3, 0, g3), t + inRow + channels, T.Count);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Won(T winner, int tap, T gradient) => T.WhereSameBits(winner, T.AllBits(tap), gradient, T.All(0));

    /// <summary>An input row from a column on.</summary>
    private void Row(int image, int h, int firstPixel)
    {
        PoolShape s = _shape;
        int row = h + s.Pad, outWidth = s.OutWidth, most = Integers.CeilingDivide(s.Kernel, s.Stride);
        (int firstRow, int endRow) = Windows(row, s, s.OutHeight);
        var taps = stackalloc PoolTap[most * most];
        for (int v = firstPixel; v < s.Width; v++)
        {
            int column = v + s.Pad, count = 0;
            (int firstColumn, int endColumn) = Windows(column, s, outWidth);
            for (int p = firstRow; p < endRow; p++)
                for (int q = firstColumn; q < endColumn; q++)
                    taps[count++] = new PoolTap((((nint)image * s.OutHeight + p) * outWidth + q) * s.Channels,
                        (row - p * s.Stride) * s.Kernel + column - q * s.Stride);
            Pixel(dy, index, taps, count, s.Channels, dx + (((nint)image * s.Height + h) * s.Width + v) * s.Channels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pixel(float* dy, float* index, PoolTap* taps, int count, int channels, float* dx)
    {
        for (int c = 0; c < channels; c += T.Count)
        {
            T sum = T.All(0);
            for (int t = 0; t < count; t++)
                sum += Won(T.Load(index + taps[t].Offset + c), taps[t].Number, T.Load(dy + taps[t].Offset + c));
            TStore.Store(sum, dx + c, channels - c);
        }
    }

    /// <summary>The windows along one axis that cover a padded position.</summary>
    private static (int First, int End) Windows(int at, in PoolShape s, int outSize)
    {
        int first = at < s.Kernel ? 0 : (at - s.Kernel) / s.Stride + 1;
        return (first, Math.Min(outSize, at / s.Stride + 1));
    }
}
