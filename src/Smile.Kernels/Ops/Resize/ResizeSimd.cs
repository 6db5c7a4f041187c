using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Backend;

internal sealed unsafe partial class SimdBackend
{
    public override void ResizeForward(in ResizeShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        ResizeTable rows = default, columns = default;
        LayTables(shape, ref rows, ref columns);
        float* from = Memory.Pointer(x), to = Memory.Pointer(y);
        int lineWords = Lanes.Padded(shape.OutWidth * shape.Channels) + Lanes.Padded(1), chunks = ResizeRows.Chunks(shape);
        float* lines = _lines.Floats(2L * _pool.Threads * lineWords);
        bool stream = Streams(shape.OutputCount, to, (long)shape.OutWidth * shape.Channels);
        switch (_kernels.Bits == 512, stream)
        {
            case (true, true):
                _pool.Run(chunks, new ResizeJob<Lanes512, NonTemporal>(shape, from, to, rows, columns, lines, lineWords));
                break;
            case (true, false):
                _pool.Run(chunks, new ResizeJob<Lanes512, Overwrite>(shape, from, to, rows, columns, lines, lineWords));
                break;
            case (false, true):
                _pool.Run(chunks, new ResizeJob<Lanes256, NonTemporal>(shape, from, to, rows, columns, lines, lineWords));
                break;
            default:
                _pool.Run(chunks, new ResizeJob<Lanes256, Overwrite>(shape, from, to, rows, columns, lines, lineWords));
                break;
        }
    }

    public override void ResizeBackward(in ResizeShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        ResizeTable rows = default, columns = default;
        LayTables(shape, ref rows, ref columns);
        float* from = Memory.Pointer(dy), to = Memory.Pointer(dx);
        int lineWords = Lanes.Padded(shape.OutWidth * shape.Channels) + Lanes.Padded(1), chunks = shape.Batch * shape.Height;
        float* lines = _lines.Floats((long)_pool.Threads * lineWords);
        if (_kernels.Bits == 512)
            _pool.Run(chunks, new ResizeBackJob<Lanes512>(shape, from, to, rows, columns, lines, lineWords, into == Into.Add));
        else
            _pool.Run(chunks, new ResizeBackJob<Lanes256>(shape, from, to, rows, columns, lines, lineWords, into == Into.Add));
    }

    private void LayTables(in ResizeShape shape, ref ResizeTable rows, ref ResizeTable columns)
    {
        long rowBytes = ResizeTable.Bytes(shape.Height, shape.OutHeight), columnBytes = ResizeTable.Bytes(shape.Width, shape.OutWidth);
        byte* at = _tables.Bytes(rowBytes + columnBytes + ResizePicks.Bytes(shape.OutWidth, shape.Channels));
        rows = new ResizeTable(at, shape.Height, shape.OutHeight);
        columns = new ResizeTable(at + rowBytes, shape.Width, shape.OutWidth);
        if (_kernels.Bits == 512)
            columns.Picks = ResizePicks.Of(columns, shape.OutWidth, shape.Channels, at + rowBytes + columnBytes);
    }
}

/// <summary>The taps of one axis, both ways: what each output reads, and which outputs read each input (they are neighbours).</summary>
internal unsafe struct ResizeTable
{
    private readonly int* _low, _high, _first, _end, _shareStart;
    private readonly float* _weight, _share;
    private readonly int _outSize;

    /// <summary>How vectors of a resampled line of pixels are picked; none where they do not fit.</summary>
    public ResizePicks Picks { get; set; }

    public ResizeTable(byte* at, int inSize, int outSize)
    {
        _outSize = outSize;
        _low = (int*)at;
        _high = _low + outSize;
        _weight = (float*)(_high + outSize);
        _first = (int*)(_weight + outSize);
        _end = _first + inSize;
        for (int i = 0; i < inSize; i++)
            (_first[i], _end[i]) = (outSize, 0);
        for (int o = 0; o < outSize; o++)
        {
            (_low[o], _high[o], _weight[o]) = ResizeShape.Tap(o, inSize, outSize);
            Reads(_low[o], o);
            Reads(_high[o], o);
        }

        _shareStart = _end + inSize;
        _share = (float*)(_shareStart + inSize);
        for (int i = 0, next = 0; i < inSize; i++)
        {
            _shareStart[i] = next - _first[i];
            for (int o = _first[i]; o < _end[i]; o++)
                _share[next++] = (_low[o] == i ? 1 - _weight[o] : 0) + (_high[o] == i ? _weight[o] : 0);
        }
    }

    /// <summary>The outputs that read one input are neighbours, and each output reads two at most: so many shares there are.</summary>
    public static long Bytes(int inSize, int outSize) => (5L * outSize + 3L * inSize) * sizeof(int);

    /// <summary>First input that output <paramref name="o"/> reads.</summary>
    public int Low(int o) => _low[o];

    /// <summary>Second input that output <paramref name="o"/> reads.</summary>
    public int High(int o) => _high[o];

    /// <summary>Weight of the second input.</summary>
    public float Weight(int o) => _weight[o];

    /// <summary>First output that reads input <paramref name="i"/>.</summary>
    public int First(int i) => _first[i];

    /// <summary>Past the last output that reads input <paramref name="i"/>.</summary>
    public int End(int i) => _end[i];

    /// <summary>The first output whose first input is <paramref name="i"/> or a later one; the number of outputs where there is none.</summary>
    public int FirstFrom(int i)
    {
        int from = 0, end = _outSize;
        while (from < end)
        {
            int middle = (from + end) / 2;
            (from, end) = _low[middle] < i ? (middle + 1, end) : (from, middle);
        }

        return from;
    }

    /// <summary>Weight of input <paramref name="i"/> in output <paramref name="o"/>, which reads it.</summary>
    public float Weight(int i, int o) => _share[_shareStart[i] + o];

    private void Reads(int i, int o)
    {
        _first[i] = Math.Min(_first[i], o);
        _end[i] = Math.Max(_end[i], o + 1);
    }
}
