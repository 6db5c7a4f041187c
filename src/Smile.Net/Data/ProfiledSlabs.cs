namespace Smile.Net.Data;

/// <summary>A volume in slabs whose numbers are looked at as they come by.</summary>
/// <param name="inner">The volume; disposed with this.</param>
public sealed class ProfiledSlabs(ISlabReader inner) : ISlabReader
{
    /// <inheritdoc/>
    public Geometry Geometry => inner.Geometry;

    /// <summary>Of the slices that were read so far.</summary>
    public HounsfieldProfile Profile { get; } = new(inner.Geometry.Depth);

    /// <inheritdoc/>
    public int SliceAt(int n) => inner.SliceAt(n);

    /// <inheritdoc/>
    public void Read(int n, int count, float[] slab)
    {
        inner.Read(n, count, slab);
        int pixels = Geometry.Height * Geometry.Width;
        for (int k = 0; k < count; k++)
            Profile.Add(SliceAt(n + k), slab.AsSpan(k * pixels, pixels));
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
