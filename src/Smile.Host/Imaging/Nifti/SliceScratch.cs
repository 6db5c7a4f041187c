using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// Volumes that come in axial slices and leave in planes of another direction. Until they are whole they lie in a file, which goes when
/// this is disposed: float32 of several organs is more than memory should hold.
/// </summary>
internal sealed class SliceScratch : IDisposable
{
    private readonly string _path;
    private readonly Geometry _geometry;
    private readonly AxisOrder _order;
    private readonly bool _alongX;
    private readonly SafeFileHandle _file;
    private float[] _block = [], _slice = [];

    /// <param name="beside">A path in the folder that takes the file, and of which errors speak.</param>
    /// <param name="volumes">How many.</param>
    /// <param name="geometry">Of all.</param>
    /// <param name="order">Of the planes, which are not axial.</param>
    /// <exception cref="DataException">The file cannot be made, or there is no room for it.</exception>
    public SliceScratch(string beside, int volumes, Geometry geometry, AxisOrder order)
    {
        (_path, _geometry, _order, _alongX) = (beside, geometry, order, order.PlanesRunAlong(0));
        _file = Guard(() =>
            File.OpenHandle($"{beside}.{Environment.ProcessId}-{Path.GetRandomFileName()}.tmp", FileMode.CreateNew, FileAccess.ReadWrite,
                FileShare.None,
            FileOptions.DeleteOnClose, volumes * geometry.Voxels * sizeof(float)));
    }

    /// <summary>Planes of a volume.</summary>
    public int Planes => _alongX ? _geometry.Width : _geometry.Height;

    private int Pixels => _geometry.Height * _geometry.Width;

    /// <summary>Keeps an axial slice of a volume.</summary>
    /// <exception cref="DataException">There is no room.</exception>
    public void Write(int z, int volume, ReadOnlySpan<float> slice)
    {
        // A span cannot enter a lambda, so this guards for itself.
        try
        {
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(slice), At(volume, z));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    /// <summary>Reads planes in their order in the file that is to be written.</summary>
    /// <param name="volume">Of which.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <returns>Their voxels, and the walk over them that meets the voxels in that file's order. They stay until the next call.</returns>
    public (float[] Voxels, AxisWalk Walk) Read(int volume, int first, int count)
    {
        Geometry part = _alongX ? _geometry with { Width = count } : _geometry with { Height = count };
        AxisWalk walk = _order.Walk(part);
        // Where the file runs against the axis, its first planes are the axis's last.
        int from = _order.Walk(_geometry).Step.K > 0 ? first : Planes - first - count;
        if (_block.Length < part.Voxels)
            _block = GC.AllocateUninitializedArray<float>((int)part.Voxels);
        int pixels = part.Height * part.Width;
        for (int z = 0; z < _geometry.Depth; z++)
        {
            Span<float> to = _block.AsSpan(z * pixels, pixels);
            if (!_alongX)
            {
                ReadExactly(to, At(volume, z) + (long)from * _geometry.Width * sizeof(float));
                continue;
            }

            if (_slice.Length == 0)
                _slice = new float[Pixels];
            ReadExactly(_slice, At(volume, z));
            for (int y = 0; y < _geometry.Height; y++)
                _slice.AsSpan(y * _geometry.Width + from, count).CopyTo(to[(y * count)..]);
        }

        return (_block, walk);
    }

    public void Dispose() => _file.Dispose();

    private long At(int volume, int z) => (volume * (long)_geometry.Depth + z) * Pixels * sizeof(float);

    private void ReadExactly(Span<float> voxels, long at)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(voxels);
        try
        {
            for (int read; bytes.Length > 0; bytes = bytes[read..], at += read)
            {
                read = RandomAccess.Read(_file, bytes, at);
                if (read == 0)
                    throw new EndOfStreamException("it became shorter while it was read.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    private T Guard<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    private DataException Failed(Exception e) =>
        new($"{_path}: a temporary file beside it cannot be written or read: {e.Message} Free some space or name another folder; "
            + "no partial file was left.", e);
}
