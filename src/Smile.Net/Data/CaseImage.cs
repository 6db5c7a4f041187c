using System.Buffers;
using System.Runtime.InteropServices;
using Smile.Kernels.Hashing;

namespace Smile.Net.Data;

/// <summary>
/// The image of a case as training holds it: 16-bit integers where all HU are whole and fit, as those of CT scanners are; else float32;
/// or slices that are read from a store each time. What is read has the bits of the volume that it was made from.
/// </summary>
public sealed class CaseImage
{
    private readonly short[]? _whole;
    private readonly float[] _real = [];
    private readonly ISliceSource? _source;
    private string? _hash;

    /// <summary>Takes a volume; its voxels are copied where they become integers, and else shared.</summary>
    /// <param name="volume">In HU.</param>
    public CaseImage(Volume volume)
    {
        (Geometry, _whole) = (volume.Geometry, WholeNumbers.Of(volume.Voxels));
        _real = _whole is null ? volume.Voxels : [];
        IsWhole = _whole is not null;
    }

    /// <summary>Takes slices that stay where they are.</summary>
    internal CaseImage(Geometry geometry, ISliceSource source) => (Geometry, _source, IsWhole) = (geometry, source, source.IsWhole);

    public Geometry Geometry { get; }

    /// <summary>Of 16-bit integers.</summary>
    public bool IsWhole { get; }

    /// <summary>Not in memory: its slices are read each time.</summary>
    public bool IsStored => _source is not null;

    /// <summary>Memory that the voxels take, in bytes.</summary>
    public long Bytes => IsStored ? 0 : Geometry.Voxels * NumberBytes;

    /// <summary>SHA-256 of its numbers as they are held, slice after slice; found once.</summary>
    internal string Hash => _hash ??= _source?.Hash ?? HashOfNumbers();

    /// <summary>Bytes of a slice in the numbers that it is held in.</summary>
    internal int SliceBytes => Geometry.Height * Geometry.Width * NumberBytes;

    /// <summary>Bytes of a number: 2 or 4.</summary>
    internal int NumberBytes => IsWhole ? sizeof(short) : sizeof(float);

    /// <summary>Reads one axial slice.</summary>
    /// <param name="z">Which.</param>
    /// <param name="slice">(y, x), HU, overwritten.</param>
    /// <exception cref="DataException">It is stored and damaged there.</exception>
    public void Read(int z, Span<float> slice)
    {
        if (_source is null)
        {
            Plane(z, []).Read(0, slice);
            return;
        }

        byte[] numbers = ArrayPool<byte>.Shared.Rent(SliceBytes);
        try
        {
            Plane(z, numbers).Read(0, slice);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(numbers);
        }
    }

    /// <summary>All of it in float32: 4 bytes a voxel more, for as long as the caller holds it.</summary>
    public Volume ToVolume()
    {
        if (_whole is null && _source is null)
            return new Volume(Geometry, _real);
        var volume = new Volume(Geometry, GC.AllocateUninitializedArray<float>(checked((int)Geometry.Voxels)));
        for (int z = 0; z < Geometry.Depth; z++)
            Read(z, volume.Slice(z));
        return volume;
    }

    /// <summary>The image as a predictor reads it.</summary>
    public ISlabReader Slabs() => new CaseSlabs(this);

    /// <summary>One axial slice, in the numbers that it is held in.</summary>
    /// <param name="z">Which.</param>
    /// <param name="numbers">Of a stored image: its bytes, overwritten; the plane lies in it.</param>
    internal ImagePlane Plane(int z, Span<byte> numbers)
    {
        int pixels = Geometry.Height * Geometry.Width;
        if (_source is null)
            return _whole is null ? new ImagePlane(_real.AsSpan(z * pixels, pixels)) : new ImagePlane(_whole.AsSpan(z * pixels, pixels));
        numbers = numbers[..SliceBytes];
        _source.Read(z, numbers);
        return PlaneOf(numbers);
    }

    /// <summary>The numbers of a slice as a plane.</summary>
    /// <param name="numbers">As <see cref="ReadNumbers"/> leaves them.</param>
    internal ImagePlane PlaneOf(ReadOnlySpan<byte> numbers) => IsWhole
        ? new ImagePlane(MemoryMarshal.Cast<byte, short>(numbers))
        : new ImagePlane(MemoryMarshal.Cast<byte, float>(numbers));

    /// <summary>Reads one axial slice in the numbers that it is held in.</summary>
    /// <param name="z">Which.</param>
    /// <param name="numbers"><see cref="SliceBytes"/>, overwritten.</param>
    internal void ReadNumbers(int z, Span<byte> numbers)
    {
        int pixels = Geometry.Height * Geometry.Width;
        if (_source is not null)
            _source.Read(z, numbers);
        else if (_whole is not null)
            MemoryMarshal.AsBytes(_whole.AsSpan(z * pixels, pixels)).CopyTo(numbers);
        else
            MemoryMarshal.AsBytes(_real.AsSpan(z * pixels, pixels)).CopyTo(numbers);
    }

    private string HashOfNumbers()
    {
        using var hash = new Sha256();
        hash.Append([(byte)NumberBytes]);
        var numbers = new byte[SliceBytes];
        for (int z = 0; z < Geometry.Depth; z++)
        {
            ReadNumbers(z, numbers);
            hash.Append(numbers);
        }

        return hash.Finish();
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
