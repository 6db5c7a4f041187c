namespace Smile.Net.Data;

/// <summary>
/// The image of a case as training holds it: 16-bit integers where all HU are whole and fit, as those of CT scanners are; else float32.
/// What is read has the bits of the volume that it was made from.
/// </summary>
public sealed class CaseImage
{
    private readonly short[]? _whole;
    private readonly float[] _real;

    /// <summary>Takes a volume; its voxels are copied where they become integers, and else shared.</summary>
    /// <param name="volume">In HU.</param>
    public CaseImage(Volume volume)
    {
        (Geometry, _whole) = (volume.Geometry, WholeNumbers.Of(volume.Voxels));
        _real = _whole is null ? volume.Voxels : [];
    }

    public Geometry Geometry { get; }

    /// <summary>Held as 16-bit integers.</summary>
    public bool IsWhole => _whole is not null;

    /// <summary>Memory that the voxels take, in bytes.</summary>
    public long Bytes => Geometry.Voxels * (IsWhole ? sizeof(short) : sizeof(float));

    /// <summary>Reads one axial slice.</summary>
    /// <param name="z">Which.</param>
    /// <param name="slice">(y, x), HU, overwritten.</param>
    public void Read(int z, Span<float> slice) => Plane(z).Read(0, slice);

    /// <summary>All of it in float32: 4 bytes a voxel more, for as long as the caller holds it.</summary>
    public Volume ToVolume()
    {
        if (_whole is null)
            return new Volume(Geometry, _real);
        float[] voxels = GC.AllocateUninitializedArray<float>(_whole.Length);
        WholeNumbers.Widen(_whole, voxels);
        return new Volume(Geometry, voxels);
    }

    /// <summary>The image as a predictor reads it.</summary>
    public ISlabReader Slabs() => new CaseSlabs(this);

    /// <summary>One axial slice, in the numbers that it is held in.</summary>
    internal ImagePlane Plane(int z)
    {
        int pixels = Geometry.Height * Geometry.Width;
        return _whole is null ? new ImagePlane(_real.AsSpan(z * pixels, pixels)) : new ImagePlane(_whole.AsSpan(z * pixels, pixels));
    }

    private sealed class CaseSlabs(CaseImage image) : ISlabReader
    {
        public Geometry Geometry => image.Geometry;

        public int SliceAt(int n) => n;

        public void Read(int n, int count, float[] slab)
        {
            int pixels = Geometry.Height * Geometry.Width;
            for (int i = 0; i < count; i++)
                image.Read(n + i, slab.AsSpan(i * pixels, pixels));
        }

        public void Dispose()
        {
        }
    }
}
