namespace Smile.Net.Data;

/// <summary>A volume in slabs whose slices are brought to another spacing as they come by.</summary>
/// <param name="inner">The volume; stays the caller's.</param>
/// <param name="grid">From its slices to those wanted.</param>
public sealed class ResampledSlabs(ISlabReader inner, PlaneGrid grid) : ISlabReader
{
    private float[] _slab = [];

    /// <inheritdoc/>
    public Geometry Geometry { get; } = grid.Of(inner.Geometry);

    /// <inheritdoc/>
    public int SliceAt(int n) => inner.SliceAt(n);

    /// <inheritdoc/>
    public void Read(int n, int count, float[] slab)
    {
        int from = inner.Geometry.Height * inner.Geometry.Width, to = grid.Height * grid.Width;
        if (_slab.Length < count * from)
            _slab = new float[count * from];
        inner.Read(n, count, _slab);
        Parallel.For(0, count, k => grid.Numbers(_slab.AsSpan(k * from, from), slab.AsSpan(k * to, to)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
