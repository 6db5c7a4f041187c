using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Smile.Host.Reports;

/// <summary>Writes 8-bit grey and RGB pictures as PNG (ISO/IEC 15948): signature, IHDR, one IDAT, IEND; every row unfiltered.</summary>
internal static class Png
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>
    /// Encodes rows from top to bottom, pixels from left to right, <paramref name="channels"/> (1 grey, 3 RGB) bytes each.
    /// </summary>
    public static byte[] Encode(int width, int height, int channels, ReadOnlySpan<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "1 (grey) or 3 (RGB) is expected.");
        if (pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"{pixels.Length} bytes given, {width} x {height} x {channels} expected.", nameof(pixels));

        using var file = new MemoryStream();
        file.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8; // bits a sample
        header[9] = (byte)(channels == 1 ? 0 : 2); // colour type: grey, RGB
        Chunk(file, "IHDR", header);
        Chunk(file, "IDAT", Compress(pixels, width * channels));
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    private static byte[] Compress(ReadOnlySpan<byte> pixels, int rowBytes)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int at = 0; at < pixels.Length; at += rowBytes)
            {
                zlib.WriteByte(0); // filter type: none
                zlib.Write(pixels.Slice(at, rowBytes));
            }
        }

        return data.ToArray();
    }

    private static void Chunk(MemoryStream file, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        file.Write(word);
        int start = (int)file.Length;
        file.Write(Encoding.ASCII.GetBytes(type));
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc32(file.GetBuffer().AsSpan(start, (int)file.Length - start)));
        file.Write(word);
    }

    /// <summary>CRC-32 of ISO 3309 (PNG annex D), bit by bit: pictures here are small.</summary>
    internal static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320u ^ (crc >> 1) : crc >> 1;
        }

        return ~crc;
    }
}
