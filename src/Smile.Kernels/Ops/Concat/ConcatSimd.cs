using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Concat;

/// <summary><see cref="IConcat"/> on vectors and all cores.</summary>
internal sealed unsafe class ConcatSimd(SimdContext context)
{
    public void Forward(in ConcatShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        Copy(context.Memory.Pointer(x), shape.InChannels, context.Memory.Pointer(y) + shape.FirstChannel, shape.OutChannels, shape.Rows,
            shape.InChannels, Into.Set);
    }

    public void Backward(in ConcatShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        Copy(context.Memory.Pointer(dy) + shape.FirstChannel, shape.OutChannels, context.Memory.Pointer(dx), shape.InChannels, shape.Rows,
            shape.InChannels, into);
    }

    private void Copy(float* from, int fromDistance, float* to, int toDistance, int rows, int channels, Into into)
    {
        int chunks = Rows.Chunks(rows, channels);
        if (into == Into.Add)
            context.Pool.Run(chunks, new ColumnCopyJob<Accumulate>(from, fromDistance, to, toDistance, rows, channels));
        else if (channels % Streaming.LineWords == 0 && context.Streams((long)rows * toDistance, to, toDistance))
            context.Pool.Run(chunks, new ColumnCopyJob<NonTemporal>(from, fromDistance, to, toDistance, rows, channels));
        else
            context.Pool.Run(chunks, new ColumnCopyJob<Overwrite>(from, fromDistance, to, toDistance, rows, channels));
    }

    /// <summary>to[r,c] = (or +=) from[r,c] for tensors whose rows lie at different distances.</summary>
    private readonly struct ColumnCopyJob<TStore>(float* from, nint fromDistance, float* to, nint toDistance, int rows, int channels) : IJob
        where TStore : struct, IStore
    {
        public void Run(int chunk, int worker)
        {
            int per = Rows.PerChunk(rows, channels), first = chunk * per;
            Run(from + first * fromDistance, fromDistance, to + first * toDistance, toDistance, Math.Min(rows - first, per), channels);
            TStore.End();
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Run(float* from, nint fromDistance, float* to, nint toDistance, int rows, int channels)
        {
            for (int r = 0; r < rows; r++, from += fromDistance, to += toDistance)
                for (int c = 0; c < channels; c += Lanes256.Count)
                    TStore.Store(Lanes256.Load(from + c), to + c, channels - c);
        }
    }
}
