namespace Smile.Net.Data;

/// <summary>
/// A volume that is read a few slices at a time, each slice with its neighbours on either side: those that a later slice still needs are
/// kept. Beyond an end of the volume the last slice stands in, so the only slice of a volume is its own neighbours.
/// </summary>
internal sealed class NeighbouringSlices
{
    private readonly ISlabReader _slabs;
    private readonly int _slices, _reach, _pixels, _depth;
    private readonly SliceDistance _distance;
    private readonly float[] _read, _kept;
    private int _first, _end; // what is held, in the order of reading

    /// <param name="slabs">The volume.</param>
    /// <param name="slices">A slice and its neighbours: an odd number.</param>
    /// <param name="distance">Of the neighbours.</param>
    /// <param name="batch">The most slices that are gone on by at a time.</param>
    public NeighbouringSlices(ISlabReader slabs, int slices, SliceDistance distance, int batch)
    {
        (_slabs, _slices, _distance) = (slabs, slices, distance);
        (_pixels, _depth) = (slabs.Geometry.Height * slabs.Geometry.Width, slabs.Geometry.Depth);
        _reach = Math.Min(distance.Steps(slices / 2, slabs.Geometry), _depth);
        _read = new float[(batch + _reach) * _pixels];
        _kept = new float[_reach == 0 ? 0 : (batch + 2 * _reach) * _pixels];
    }

    /// <summary>Reads on, so that <see cref="Slice"/> can be asked for the next ones.</summary>
    /// <param name="first">The first of them in the order of reading: the one after the last that was asked for before.</param>
    /// <param name="count">How many, at most the batch.</param>
    /// <exception cref="DataException">The file is damaged there.</exception>
    public void Advance(int first, int count)
    {
        int wanted = Math.Min(_depth, first + count + _reach), fresh = wanted - _end;
        if (_reach == 0)
        {
            _slabs.Read(first, count, _read);
            (_first, _end) = (first, wanted);
            return;
        }

        int keep = Math.Max(_first, first - _reach), held = _end - keep;
        Array.Copy(_kept, (keep - _first) * _pixels, _kept, 0, held * _pixels);
        if (fresh > 0)
        {
            _slabs.Read(_end, fresh, _read);
            Array.Copy(_read, 0, _kept, held * _pixels, fresh * _pixels);
        }

        (_first, _end) = (keep, wanted);
    }

    /// <summary>What a channel shows: the lowest z first, whatever the order of reading is.</summary>
    /// <param name="n">The slice in the middle, in the order of reading.</param>
    /// <param name="channel">0 .. slices - 1.</param>
    /// <returns>(y, x), HU.</returns>
    public ReadOnlySpan<float> Slice(int n, int channel)
    {
        int up = _depth > 1 && _slabs.SliceAt(1) < _slabs.SliceAt(0) ? -1 : 1;
        int at = Math.Clamp(n + up * _distance.Steps(channel - _slices / 2, _slabs.Geometry), 0, _depth - 1) - _first;
        return (_reach == 0 ? _read : _kept).AsSpan(at * _pixels, _pixels);
    }
}
