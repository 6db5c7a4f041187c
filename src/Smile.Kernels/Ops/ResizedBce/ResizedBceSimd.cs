using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.ResizedBce;

/// <summary><see cref="IResizedBce"/> on vectors and all cores.</summary>
internal sealed unsafe class ResizedBceSimd(SimdContext context) : IDisposable
{
    private readonly ResizeTables _tables = new(context);
    private readonly NativeScratch<LossPart> _parts = new();

    /// <summary>(chunks, 2 rows of logits): <see cref="ResizedBceJob{T}"/>'s gradients.</summary>
    private readonly NativeScratch<float> _edges = new();

    /// <summary>(workers, lines of labels).</summary>
    private readonly NativeScratch<float> _lines = new();

    public void Compute(in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums,
        Place knownCounts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        if (context.Kernels.Bits == 512)
            Compute<Lanes512>(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        else
            Compute<Lanes256>(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
    }

    public void Dispose()
    {
        _tables.Dispose();
        _parts.Dispose();
        _edges.Dispose();
        _lines.Dispose();
    }

    private void Compute<T>(in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits)
        where T : unmanaged, ILanes<T>
    {
        float* sums = context.Memory.Pointer(lossSums), gradient = dlogits.IsNone ? null : context.Memory.Pointer(dlogits);
        uint* counts = (uint*)context.Memory.Pointer(knownCounts);
        (ResizeTable rows, ResizeTable columns) = _tables.Of(shape.Resize);
        int chunks = shape.Batch * shape.Height;
        LossPart* parts = _parts.Allocate((long)chunks * shape.Organs);
        float* edges = gradient == null ? null : _edges.Allocate(2L * chunks * shape.Width * shape.Organs);
        float* lines = _lines.Allocate(context.Pool.Threads * ResizedBceJob<T>.LineWords(shape));
        float* z = context.Memory.Pointer(logits);
        uint* organ = (uint*)context.Memory.Pointer(isOrgan), known = (uint*)context.Memory.Pointer(isKnown);
        context.Pool.Run(chunks, new ResizedBceJob<T>(shape, z, organ, known, rows, columns, lines, parts, edges));
        LossPart.Total(parts, chunks, shape.Organs, sums, counts);
        if (gradient != null)
            context.Pool.Run(chunks, new ResizedBceEdgesJob(shape, edges, gradient));
    }
}

/// <summary>
/// The label rows between two rows of logits. Both rows are resampled along the line once; each label row is then a blend of the two lines,
/// element by element, and its gradient is summed into two lines, which are gathered at the end: edges[chunk] = gradient of the upper row,
/// then of the lower. All lines stay in the cache; labels come from memory once.
/// </summary>
internal readonly unsafe struct ResizedBceJob<T>(ResizedBceShape shape, float* logits, uint* isOrgan, uint* isKnown, ResizeTable rows,
    ResizeTable columns, float* lines, LossPart* parts, float* edges) : IJob
    where T : unmanaged, ILanes<T>
{
    private const int Lines = 6;

    private readonly ResizedBceShape _shape = shape;
    private readonly ResizeTable _rows = rows, _columns = columns;

    /// <summary>Scratch of a worker.</summary>
    public static long LineWords(in ResizedBceShape shape) => Lines * Stride(shape);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int organs = _shape.Organs, width = _shape.OutWidth, words = width * organs, image = chunk / _shape.Height,
            h = chunk % _shape.Height;
        nint row = (nint)_shape.Width * organs;
        float* room = stackalloc float[BceLanes<T>.RoomWords(organs)];
        var loss = new BceLanes<T>(organs, _shape.Scale, room);
        long stride = Stride(_shape);
        float* upper = lines + worker * LineWords(_shape), lower = upper + stride, z = lower + stride;
        float* dupper = z + stride, dlower = dupper + stride, dz = edges == null ? null : dlower + stride;
        new Span<float>(dupper, (int)(2 * stride)).Clear();
        int p = _rows.FirstFrom(h), end = h + 1 < _shape.Height ? _rows.FirstFrom(h + 1) : _shape.OutHeight;
        if (p < end)
        {
            float* plane = logits + image * _shape.Height * row;
            ResizeLine.Blend(_columns, organs, width, plane + h * row, upper);
            ResizeLine.Blend(_columns, organs, width, plane + _rows.High(p) * row, lower);
        }

        for (; p < end; p++)
        {
            Lanes256 v = Lanes256.All(_rows.Weight(p)), rest = Lanes256.All(1 - _rows.Weight(p));
            for (int i = 0; i < words; i += Lanes256.Count)
                Lanes256.Store(rest * Lanes256.Load(upper + i) + v * Lanes256.Load(lower + i), z + i);
            nint labels = ((nint)image * _shape.OutHeight + p) * width;
            loss.Add<No>(z, isOrgan + labels, isKnown + labels, width, dz);
            for (int i = 0; dz != null && i < words; i += Lanes256.Count)
            {
                Lanes256 d = Lanes256.Load(dz + i);
                Lanes256.Store(Lanes256.Load(dupper + i) + rest * d, dupper + i);
                Lanes256.Store(Lanes256.Load(dlower + i) + v * d, dlower + i);
            }
        }

        loss.End(parts + (nint)chunk * organs);
        if (edges == null)
            return;
        float* to = edges + 2 * chunk * row;
        ResizeLine.Gather<Overwrite>(_columns, organs, _shape.Width, dupper, to);
        ResizeLine.Gather<Overwrite>(_columns, organs, _shape.Width, dlower, to + row);
    }

    private static long Stride(in ResizedBceShape shape) => Lanes.Padded(shape.OutWidth * shape.Organs) + Lanes.Padded(1);
}

/// <summary>The gradient of a row of logits: what the labels below it and those above it gave.</summary>
internal readonly unsafe struct ResizedBceEdgesJob(ResizedBceShape shape, float* edges, float* dlogits) : IJob
{
    private readonly ResizedBceShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int words = _shape.Width * _shape.Organs, h = chunk % _shape.Height;
        float* below = edges + (nint)chunk * 2 * words, to = dlogits + (nint)chunk * words;
        // the last row is its own lower row
        float* above = h > 0 ? below - words : null, last = h == _shape.Height - 1 ? below + words : null;
        for (int i = 0; i < words; i++)
            to[i] = below[i] + (above == null ? 0 : above[i]) + (last == null ? 0 : last[i]);
    }
}
