namespace Smile.Net.Data;

/// <summary>An axial slice in 16-bit integers or in float32.</summary>
internal readonly ref struct ImagePlane
{
    private readonly ReadOnlySpan<short> _whole;
    private readonly ReadOnlySpan<float> _real;

    public ImagePlane(ReadOnlySpan<short> whole) => _whole = whole;

    public ImagePlane(ReadOnlySpan<float> real) => _real = real;

    /// <summary>Voxels.</summary>
    public int Length => _whole.Length + _real.Length;

    /// <summary>Reads a stretch of it.</summary>
    /// <param name="start">The first voxel, y * width + x.</param>
    /// <param name="hu">As many as it has, overwritten.</param>
    public void Read(int start, Span<float> hu)
    {
        if (_real.IsEmpty)
            WholeNumbers.Widen(_whole.Slice(start, hu.Length), hu);
        else
            _real.Slice(start, hu.Length).CopyTo(hu);
    }

    /// <summary>Reads a stretch of it, changed and windowed.</summary>
    /// <param name="start">The first voxel, y * width + x.</param>
    /// <param name="windowed">As many as it has, overwritten.</param>
    /// <param name="change">What becomes of HU.</param>
    public void Read(int start, Span<float> windowed, in HounsfieldChange change)
    {
        if (_real.IsEmpty)
            change.Apply(_whole.Slice(start, windowed.Length), windowed);
        else
            change.Apply(_real.Slice(start, windowed.Length), windowed);
    }
}
