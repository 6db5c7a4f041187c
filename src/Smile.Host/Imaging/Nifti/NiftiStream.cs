using System.IO.Compression;
using Smile.Net;

namespace Smile.Host.Imaging.Nifti;

/// <summary>A file, gzipped or not (told by its first bytes, not by its name), read from front to back.</summary>
internal sealed class NiftiStream : IDisposable
{
    /// <summary>
    /// Up to this many times a gzip file's length is taken on trust; a claim beyond it is first checked by inflating the file
    /// once without keeping it. CT packs 2 to 4 times, so only what inflates fast (label maps, damaged headers) is read twice.
    /// </summary>
    private const int TrustedRatio = 8;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _bytes;

    private NiftiStream(string path, FileStream file)
    {
        (_path, _file) = (path, file);
        IsGzip = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        _bytes = IsGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    public bool IsGzip { get; }

    public static NiftiStream Open(string path) =>
        new(path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan));

    /// <summary>Refuses a file that cannot hold <paramref name="length"/> bytes, before any memory is taken for them.</summary>
    public void Demand(long length)
    {
        if (!IsGzip)
        {
            if (_file.Length < length)
                throw Truncated(_file.Length, length);
            return;
        }

        if (length <= TrustedRatio * _file.Length)
            return;
        using NiftiStream trial = Open(_path);
        trial.Skip(length, length);
    }

    /// <summary>Skips <paramref name="count"/> bytes of the <paramref name="length"/> wanted.</summary>
    public void Skip(long count, long length)
    {
        if (!IsGzip)
        {
            _file.Seek(count, SeekOrigin.Current);
            return;
        }

        var buffer = new byte[1 << 16];
        for (long done = 0; done < count;)
        {
            int read = _bytes.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, count - done)));
            if (read == 0)
                throw Truncated(done, length);
            done += read;
        }
    }

    /// <summary>Fills <paramref name="buffer"/> as far as the file goes.</summary>
    public int ReadUpTo(Span<byte> buffer) => _bytes.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);

    /// <summary>
    /// Fills <paramref name="buffer"/> with the bytes from <paramref name="position"/> on; <paramref name="length"/> are wanted in all.
    /// </summary>
    public void ReadExactly(Span<byte> buffer, long position, long length)
    {
        int read = ReadUpTo(buffer);
        if (read < buffer.Length)
            throw Truncated(position + read, length);
    }

    /// <summary>Reads past the last voxel, which makes gzip check its sum where the file ends there.</summary>
    public void Finish() => _bytes.ReadByte();

    public void Dispose()
    {
        _bytes.Dispose();
        _file.Dispose();
    }

    private DataException Truncated(long length, long wanted) =>
        new($"{_path}: holds {length} bytes{(IsGzip ? " unpacked" : "")}, the header asks for {wanted} (vox_offset, dim, datatype): "
            + "truncated, or the header is damaged. Copy or export it again.");
}
