using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Resize;

/// <summary><see cref="IResize"/> on vectors and all cores.</summary>
internal sealed unsafe class ResizeSimd(SimdContext context) : IDisposable
{
    private readonly ResizeTables _tables = new(context);

    /// <summary>(workers, lines): resampled lines, or sums of lines.</summary>
    private readonly NativeScratch<float> _lines = new();

    public void Forward(in ResizeShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        (ResizeTable rows, ResizeTable columns) = _tables.Of(shape);
        float* from = context.Memory.Pointer(x), to = context.Memory.Pointer(y);
        int lineWords = Lanes.Padded(shape.OutWidth * shape.Channels) + Lanes.Padded(1), chunks = ResizeRows.Chunks(shape);
        float* lines = _lines.Allocate(2L * context.Pool.Threads * lineWords);
        bool stream = context.Streams(shape.OutputCount, to, (long)shape.OutWidth * shape.Channels);
        switch (context.Kernels.Bits == 512, stream)
        {
            case (true, true):
                context.Pool.Run(chunks, new ResizeJob<Lanes512, NonTemporal>(shape, from, to, rows, columns, lines, lineWords));
                break;
            case (true, false):
                context.Pool.Run(chunks, new ResizeJob<Lanes512, Overwrite>(shape, from, to, rows, columns, lines, lineWords));
                break;
            case (false, true):
                context.Pool.Run(chunks, new ResizeJob<Lanes256, NonTemporal>(shape, from, to, rows, columns, lines, lineWords));
                break;
            default:
                context.Pool.Run(chunks, new ResizeJob<Lanes256, Overwrite>(shape, from, to, rows, columns, lines, lineWords));
                break;
        }
    }

    public void Backward(in ResizeShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        (ResizeTable rows, ResizeTable columns) = _tables.Of(shape);
        float* from = context.Memory.Pointer(dy), to = context.Memory.Pointer(dx);
        int lineWords = Lanes.Padded(shape.OutWidth * shape.Channels) + Lanes.Padded(1), chunks = shape.Batch * shape.Height;
        float* lines = _lines.Allocate((long)context.Pool.Threads * lineWords);
        switch (context.Kernels.Bits == 512, into)
        {
            case (true, Into.Set):
                context.Pool.Run(chunks, new ResizeBackJob<Lanes512, Overwrite>(shape, from, to, rows, columns, lines, lineWords));
                break;
            case (true, Into.Add):
                context.Pool.Run(chunks, new ResizeBackJob<Lanes512, Accumulate>(shape, from, to, rows, columns, lines, lineWords));
                break;
            case (false, Into.Set):
                context.Pool.Run(chunks, new ResizeBackJob<Lanes256, Overwrite>(shape, from, to, rows, columns, lines, lineWords));
                break;
            default:
                context.Pool.Run(chunks, new ResizeBackJob<Lanes256, Accumulate>(shape, from, to, rows, columns, lines, lineWords));
                break;
        }
    }

    public void Dispose()
    {
        _tables.Dispose();
        _lines.Dispose();
    }
}
