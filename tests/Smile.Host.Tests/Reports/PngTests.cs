using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Smile.Host.Reports;

namespace Smile.Host.Tests.Reports;

public sealed class PngTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 3, 1)]
    [InlineData(5, 9, 3)]
    [InlineData(300, 2, 3)]
    public void What_is_encoded_is_decoded_again(int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        new Random(5).NextBytes(pixels);
        var decoded = Decode(Png.Encode(width, height, channels, pixels));
        Assert.Equal((width, height, channels), (decoded.Width, decoded.Height, decoded.Channels));
        Assert.Equal(pixels, decoded.Pixels);
    }

    [Fact]
    public void The_checksum_is_the_published_check_value() => Assert.Equal(0xCBF43926u, Png.Crc32("123456789"u8));

    [Fact]
    public void A_wrong_number_of_bytes_is_refused() => Assert.Throws<ArgumentException>(() => Png.Encode(2, 2, 3, new byte[11]));

    /// <summary>Reads what <see cref="Png"/> writes, checking every length and checksum.</summary>
    internal static (int Width, int Height, int Channels, byte[] Pixels) Decode(byte[] file)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8]);
        var chunks = new Dictionary<string, byte[]>();
        int at = 8;
        while (at < file.Length)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            Assert.Equal(Png.Crc32(file.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)));
            chunks.Add(Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]);
            at += 12 + length;
        }

        Assert.Equal(["IHDR", "IDAT", "IEND"], chunks.Keys);
        byte[] header = chunks["IHDR"];
        int width = BinaryPrimitives.ReadInt32BigEndian(header), height = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4));
        int channels = header[9] == 0 ? 1 : 3;
        using var zlib = new ZLibStream(new MemoryStream(chunks["IDAT"]), CompressionMode.Decompress);
        var pixels = new byte[width * height * channels];
        for (int y = 0; y < height; y++)
        {
            Assert.Equal(0, zlib.ReadByte());
            zlib.ReadExactly(pixels, y * width * channels, width * channels);
        }

        Assert.Equal(-1, zlib.ReadByte());
        return (width, height, channels, pixels);
    }
}
