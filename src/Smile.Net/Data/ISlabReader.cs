namespace Smile.Net.Data;

/// <summary>A CT volume that is read a few axial slices at a time, so that it need not be in memory as a whole.</summary>
public interface ISlabReader : IDisposable
{
    Geometry Geometry { get; }

    /// <summary>The slice z that comes n-th: the order in which the file is read best, each slice once.</summary>
    int SliceAt(int n);

    /// <summary>
    /// Reads the slices n .. n + count - 1 of that order into <paramref name="slab"/>, (count, y, x), in HU. Every slice is asked for
    /// once, in order.
    /// </summary>
    /// <exception cref="DataException">The file is damaged there.</exception>
    void Read(int n, int count, float[] slab);
}

/// <summary>A volume that is in memory, in slabs.</summary>
/// <param name="volume">In HU.</param>
public sealed class VolumeSlabs(Volume volume) : ISlabReader
{
    /// <inheritdoc/>
    public Geometry Geometry => volume.Geometry;

    /// <inheritdoc/>
    public int SliceAt(int n) => n;

    /// <inheritdoc/>
    public void Read(int n, int count, float[] slab)
    {
        int pixels = Geometry.Height * Geometry.Width;
        volume.Voxels.AsSpan(n * pixels, count * pixels).CopyTo(slab);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
