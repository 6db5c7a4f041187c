using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MeanPool;

/// <summary><see cref="IMeanPool"/> on vectors and all cores.</summary>
internal sealed unsafe class MeanPoolSimd(SimdContext context) : IDisposable
{
    private readonly NativeScratch<float> _sums = new();

    public void Forward(in MeanShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        int parts = Rows.Chunks(shape.Pixels, shape.Channels);
        float* from = context.Memory.Pointer(x), to = context.Memory.Pointer(y);
        float* sums = _sums.Allocate((long)shape.Batch * parts * Lanes.Padded(shape.Channels));
        context.Pool.Run(shape.Batch * parts, new MeanPoolJob(shape, from, sums));
        for (int n = 0; n < shape.Batch; n++)
            for (int c = 0; c < shape.Channels; c++)
                to[n * shape.Channels + c] = (float)(ColumnSumJob.Total(sums, n * parts, parts, shape.Channels, c) / shape.Pixels);
    }

    public void Backward(in MeanShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        int chunks = shape.Batch * Rows.Chunks(shape.Pixels, shape.Channels);
        float* from = context.Memory.Pointer(dy), to = context.Memory.Pointer(dx);
        if (into == Into.Add)
            context.Pool.Run(chunks, new MeanPoolBackJob<Accumulate>(shape, from, to));
        else if (context.Streams(dx.Length, to, shape.Channels))
            context.Pool.Run(chunks, new MeanPoolBackJob<NonTemporal>(shape, from, to));
        else
            context.Pool.Run(chunks, new MeanPoolBackJob<Overwrite>(shape, from, to));
    }

    public void Dispose() => _sums.Dispose();

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
                for (int c = 0; c < block; c += Lanes256.Count)
                    TStore.Store(Lanes256.Load(share + c), to + c, block - c);
        }
    }
}
