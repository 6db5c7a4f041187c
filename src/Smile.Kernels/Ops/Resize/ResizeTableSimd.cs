using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Resize;

/// <summary>The tables of both axes, for one problem at a time.</summary>
internal sealed unsafe class ResizeTables(SimdContext context) : IDisposable
{
    private readonly NativeScratch _rows = new(), _columns = new(), _picks = new();

    /// <summary>The tables of a problem, until the next is asked for.</summary>
    public (ResizeTable Rows, ResizeTable Columns) Of(in ResizeShape shape)
    {
        var rows = new ResizeTable(_rows.Bytes(ResizeTable.Bytes(shape.Height, shape.OutHeight)), shape.Height, shape.OutHeight);
        var columns = new ResizeTable(_columns.Bytes(ResizeTable.Bytes(shape.Width, shape.OutWidth)), shape.Width, shape.OutWidth);
        if (context.Kernels.Bits == 512)
            columns.Picks = ResizePicks.Of(columns, shape.OutWidth, shape.Channels,
                _picks.Bytes(ResizePicks.Bytes(shape.OutWidth, shape.Channels)));
        return (rows, columns);
    }

    public void Dispose()
    {
        _rows.Dispose();
        _columns.Dispose();
        _picks.Dispose();
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

    /// <summary>
    /// The first output whose first input is <paramref name="i"/> or a later one; the number of outputs where there is none.
    /// </summary>
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
