using System.Buffers;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Smile.Host.Imaging.Dicom;

/// <summary>The bytes of a file, or of the deflated part of one, by position.</summary>
internal sealed class DicomBytes : IDisposable
{
    /// <summary>A deflated data set larger than this is refused: it is held in memory, and no CT image comes near.</summary>
    private const int MaxInflated = 1 << 30;

    private const int WindowBytes = 1 << 14;

    private readonly SafeFileHandle? _file;
    private readonly ReadOnlyMemory<byte> _memory;
    private byte[] _window = [];
    private long _windowStart;
    private int _windowLength;

    private DicomBytes(SafeFileHandle? file, ReadOnlyMemory<byte> memory, long length) => (_file, _memory, Length) = (file, memory, length);

    public long Length { get; }

    public static DicomBytes Open(string path)
    {
        SafeFileHandle file = File.OpenHandle(path);
        return new DicomBytes(file, default, RandomAccess.GetLength(file));
    }

    public static DicomBytes Of(ReadOnlyMemory<byte> memory) => new(null, memory, memory.Length);

    /// <summary>Fills <paramref name="target"/> from <paramref name="position"/> on, as far as the bytes go; returns how many.</summary>
    public int Read(long position, Span<byte> target)
    {
        int count = (int)Math.Clamp(Length - position, 0, target.Length);
        if (_file is null)
        {
            _memory.Span.Slice((int)Math.Min(position, Length), count).CopyTo(target);
            return count;
        }

        int done = 0;
        while (done < count)
        {
            int read = RandomAccess.Read(_file, target[done..count], position + done);
            if (read == 0)
                break;
            done += read;
        }

        return done;
    }

    /// <summary>Fills <paramref name="target"/>; the caller has checked that the bytes are there.</summary>
    public void ReadExactly(long position, Span<byte> target)
    {
        if (Read(position, target) < target.Length)
            throw new EndOfStreamException("it became shorter while it was read.");
    }

    /// <summary>
    /// The next <paramref name="count"/> bytes, a few, from <paramref name="position"/> on, or as many as there are; valid until the next
    /// call.
    /// </summary>
    public ReadOnlySpan<byte> Peek(long position, int count)
    {
        if (_file is null)
            return _memory.Span.Slice((int)Math.Min(position, Length), (int)Math.Clamp(Length - position, 0, count));
        long from = position - _windowStart;
        if (from < 0 || from + count > _windowLength)
        {
            // A series has hundreds of files: each borrows its window.
            if (_window.Length == 0)
                _window = ArrayPool<byte>.Shared.Rent(WindowBytes);
            (_windowStart, from) = (position, 0);
            _windowLength = Read(position, _window.AsSpan(0, WindowBytes));
        }

        return _window.AsSpan((int)from, (int)Math.Min(count, _windowLength - from));
    }

    /// <summary>Inflates (RFC 1951) what follows <paramref name="position"/>.</summary>
    /// <exception cref="InvalidDataException">Damaged, or far too large.</exception>
    public byte[] Inflate(long position)
    {
        var packed = new byte[Length - position];
        ReadExactly(position, packed);
        return Inflate(packed, MaxInflated);
    }

    /// <summary>Inflates <paramref name="packed"/> to at most <paramref name="most"/> bytes.</summary>
    /// <exception cref="InvalidDataException">Damaged, or larger.</exception>
    public static byte[] Inflate(byte[] packed, int most)
    {
        using var stream = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var whole = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            whole.Write(buffer, 0, read);
            if (whole.Length > most)
                throw new InvalidDataException($"inflates to more than {most} bytes.");
        }

        return whole.ToArray();
    }

    public void Dispose()
    {
        _file?.Dispose();
        if (_window.Length > 0)
            ArrayPool<byte>.Shared.Return(_window);
        (_window, _windowLength) = ([], 0);
    }
}
