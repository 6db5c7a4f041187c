using System.Numerics;
using System.Runtime.CompilerServices;

namespace Smile.Kernels;

internal sealed unsafe partial class SimdBackend
{
    public override void ConcatForward(in ConcatShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        float* narrow = Memory.Pointer(x), wide = Memory.Pointer(y) + shape.FirstChannel;
        var job = new ColumnCopyJob(narrow, shape.InChannels, wide, shape.OutChannels, shape.Rows, shape.InChannels, add: false);
        _pool.Run(Rows.Chunks(shape.Rows, shape.InChannels), job);
    }

    public override void ConcatBackward(in ConcatShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        float* wide = Memory.Pointer(dy) + shape.FirstChannel, narrow = Memory.Pointer(dx);
        var job = new ColumnCopyJob(wide, shape.OutChannels, narrow, shape.InChannels, shape.Rows, shape.InChannels, into == Into.Add);
        _pool.Run(Rows.Chunks(shape.Rows, shape.InChannels), job);
    }

    /// <summary>to[r,c] = (add: to +) from[r,c] for tensors whose rows lie at different distances.</summary>
    private readonly struct ColumnCopyJob(float* from, nint fromDistance, float* to, nint toDistance, int rows, int channels,
        bool add) : IJob
    {
        public void Run(int chunk, int worker)
        {
            int first = chunk * Rows.PerChunk(channels);
            Run(from + first * fromDistance, fromDistance, to + first * toDistance, toDistance, Math.Min(rows - first, Rows.PerChunk(channels)), channels, add);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Run(float* from, nint fromDistance, float* to, nint toDistance, int rows, int channels, bool add)
        {
            for (int r = 0; r < rows; r++, from += fromDistance, to += toDistance)
                for (int c = 0; c < channels; c += Vector<float>.Count)
                    Lanes.Put(Vector.Load(from + c), to + c, channels - c, add);
        }
    }
}
