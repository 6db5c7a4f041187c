using System.Numerics;
using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Backend;

internal sealed unsafe partial class SimdBackend
{
    public override void MeanPoolForward(in MeanShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        int parts = Rows.Chunks(shape.Pixels, shape.Channels);
        float* from = Memory.Pointer(x), to = Memory.Pointer(y);
        float* sums = _partials.Floats((long)shape.Batch * parts * Lanes.Padded(shape.Channels));
        _pool.Run(shape.Batch * parts, new MeanPoolJob(shape, from, sums));
        for (int n = 0; n < shape.Batch; n++)
            for (int c = 0; c < shape.Channels; c++)
                to[n * shape.Channels + c] = (float)(PartialSum(sums, n * parts, parts, shape.Channels, c) / shape.Pixels);
    }

    public override void MeanPoolBackward(in MeanShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        int chunks = shape.Batch * Rows.Chunks(shape.Pixels, shape.Channels);
        float* from = Memory.Pointer(dy), to = Memory.Pointer(dx);
        if (into == Into.Add)
            _pool.Run(chunks, new MeanPoolBackJob<Accumulate>(shape, from, to));
        else if (Streams(dx.Length, to, shape.Channels))
            _pool.Run(chunks, new MeanPoolBackJob<NonTemporal>(shape, from, to));
        else
            _pool.Run(chunks, new MeanPoolBackJob<Overwrite>(shape, from, to));
    }

    /// <summary>One column of the sums that <see cref="ColumnSumJob"/> leaves, in the order of the chunks.</summary>
    private static double PartialSum(float* sums, int first, int count, int channels, int channel)
    {
        double sum = 0;
        for (int chunk = first; chunk < first + count; chunk++)
            sum += sums[(nint)chunk * Lanes.Padded(channels) + channel];
        return sum;
    }

    private readonly struct MeanPoolJob(MeanShape shape, float* x, float* sums) : IJob
    {
        private readonly MeanShape _shape = shape;

        public void Run(int chunk, int worker)
        {
            int parts = Rows.Chunks(_shape.Pixels, _shape.Channels), image = chunk / parts;
            new ColumnSumJob(x + (nint)image * _shape.Pixels * _shape.Channels, _shape.Pixels, _shape.Channels,
                sums + (nint)image * parts * Lanes.Padded(_shape.Channels)).Run(chunk % parts, worker);
        }
    }

    private readonly struct MeanPoolBackJob<TStore>(MeanShape shape, float* dy, float* dx) : IJob
        where TStore : struct, IStore
    {
        private const int BlockChannels = 512;

        private readonly MeanShape _shape = shape;

        public void Run(int chunk, int worker)
        {
            int channels = _shape.Channels, parts = Rows.Chunks(_shape.Pixels, channels), image = chunk / parts;
            int per = Rows.PerChunk(_shape.Pixels, channels), first = chunk % parts * per, rows = Math.Min(_shape.Pixels - first, per);
            float* share = stackalloc float[BlockChannels], to = dx + ((nint)image * _shape.Pixels + first) * channels;
            for (int c = 0; c < channels; c += BlockChannels)
            {
                int block = Math.Min(BlockChannels, channels - c);
                for (int i = 0; i < block; i++)
                    share[i] = dy[(nint)image * channels + c + i] / _shape.Pixels;
                Spread(share, block, to + c, rows, channels);
            }

            TStore.End();
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Spread(float* share, int block, float* to, int rows, nint channels)
        {
            for (int r = 0; r < rows; r++, to += channels)
                for (int c = 0; c < block; c += Vector<float>.Count)
                    TStore.Put(Vector.Load(share + c), to + c, block - c);
        }
    }
}
