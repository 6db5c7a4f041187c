namespace Smile.Net.Data;

/// <summary>A CT volume in Hounsfield units, stored (z, y, x), x fastest.</summary>
public sealed class Volume
{
    /// <summary>Wraps voxels; their number must be that of the geometry.</summary>
    public Volume(Geometry geometry, float[] voxels)
    {
        if (voxels.LongLength != geometry.Voxels)
            throw new ArgumentException($"{voxels.LongLength} voxels given, the geometry has {geometry.Voxels}.", nameof(voxels));
        (Geometry, Voxels) = (geometry, voxels);
    }

    public Geometry Geometry { get; }

    public float[] Voxels { get; }

    /// <summary>One axial slice, (y, x).</summary>
    public Span<float> Slice(int z) =>
        Voxels.AsSpan(z * Geometry.Height * Geometry.Width, Geometry.Height * Geometry.Width);
}

/// <summary>A label map: one small integer a voxel, 0 = background, stored (z, y, x), x fastest.</summary>
public sealed class LabelMap
{
    /// <summary>Wraps voxels; their number must be that of the geometry.</summary>
    public LabelMap(Geometry geometry, byte[] voxels)
    {
        if (voxels.LongLength != geometry.Voxels)
            throw new ArgumentException($"{voxels.LongLength} voxels given, the geometry has {geometry.Voxels}.", nameof(voxels));
        (Geometry, Voxels) = (geometry, voxels);
    }

    public Geometry Geometry { get; }

    public byte[] Voxels { get; }

    /// <summary>One axial slice, (y, x).</summary>
    public Span<byte> Slice(int z) =>
        Voxels.AsSpan(z * Geometry.Height * Geometry.Width, Geometry.Height * Geometry.Width);
}
