using System.Buffers;
using Smile.Net;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// The voxels of a file, row by row in the file's order, put where they belong in a volume in the orientation closest to RAS+.
/// </summary>
internal sealed class NiftiRows<T> : IDisposable
    where T : unmanaged
{
    private const int ChunkBytes = 1 << 20;

    private readonly NiftiSource _source;
    private readonly RowConverter<T> _convert;
    private readonly string _badVoxel;
    private readonly AxisWalk _walk;
    private readonly int _size, _rowBytes;
    private readonly long _length;
    private readonly NiftiStream _stream;
    private readonly T[] _line;
    private int _row;

    /// <exception cref="DataException">The file cannot be read, or is too short for what its header says.</exception>
    public NiftiRows(NiftiSource source, RowConverter<T> convert, string badVoxel)
    {
        (_source, _convert, _badVoxel, _walk) = (source, convert, badVoxel, source.Order.Walk(source.Geometry));
        _size = source.Header.Datatype.Size();
        _rowBytes = _walk.Size.I * _size;
        _length = source.Header.VoxelOffset + (long)_walk.Rows * _rowBytes;
        _stream = NiftiReader.Guard(source.DataPath, () =>
        {
            NiftiStream stream = NiftiStream.Open(source.DataPath);
            try
            {
                stream.Demand(_length);
                stream.Skip(source.Header.VoxelOffset, _length);
                return stream;
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        });
        _line = new T[_walk.Size.I]; // only now it is known that the file holds a row
    }

    /// <summary>Rows in the file.</summary>
    public int Count => _walk.Rows;

    /// <summary>Reads the next rows.</summary>
    /// <param name="count">How many.</param>
    /// <param name="voxels">A part of the volume that holds them.</param>
    /// <param name="start">The voxel with which the part starts.</param>
    /// <exception cref="DataException">The file is damaged, or a voxel has no place in the result.</exception>
    public void Read(int count, Span<T> voxels, int start)
    {
        int rowsAtOnce = Math.Clamp(ChunkBytes / _rowBytes, 1, count);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(rowsAtOnce * _rowBytes);
        // A span cannot enter a lambda, so this guards for itself.
        try
        {
            for (int end = _row + count; _row < end;)
            {
                int rows = Math.Min(rowsAtOnce, end - _row);
                _stream.ReadExactly(chunk.AsSpan(0, rows * _rowBytes), Position, _length);
                for (int n = 0; n < rows; n++, _row++)
                    Put(chunk.AsSpan(n * _rowBytes, _rowBytes), voxels, start);
            }

            if (_row == Count)
                _stream.Finish();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw NiftiReader.Unreadable(_source.DataPath, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    public void Dispose() => _stream.Dispose();

    private long Position => _source.Header.VoxelOffset + (long)_row * _rowBytes;

    private void Put(Span<byte> raw, Span<T> voxels, int start)
    {
        // A row along x goes straight to its place, and is turned round there where x runs the other way.
        int at = _walk.First(_row) - start;
        Span<T> target = _walk.Step.I switch
        {
            1 => voxels.Slice(at, _walk.Size.I),
            -1 => voxels.Slice(at - _walk.Size.I + 1, _walk.Size.I),
            _ => _line,
        };
        int bad = _convert(raw, target, out double value);
        if (bad >= 0)
        {
            (int y, int z) = (_row % _walk.Size.J, _row / _walk.Size.J);
            throw new DataException($"{_source.DataPath}: voxel (z {z}, y {y}, x {bad}) in the file's axis order (offset "
                + $"{Position + bad * _size}): {value} {_badVoxel}");
        }

        if (_walk.Step.I == -1)
            target.Reverse();
        else if (_walk.Step.I != 1)
            _walk.Scatter(_row, _line, voxels, start);
    }
}
