using System.Buffers.Binary;
using Smile.Host.Imaging.Dicom.Codecs;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class RleTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 1000)]
    [InlineData(2, 777)]
    public void Decodes_what_was_packed(int width, int count)
    {
        var rng = new Smile.Net.Rng(5);
        // Long runs and lone values, so that both kinds of packet occur, more than 128 long.
        int[] pixels = [.. Enumerable.Range(0, count).Select(i => i % 400 < 200 ? 7 : rng.Next(1 << (8 * width)))];
        var decoded = new int[count];
        Rle.Decode(Encode(pixels, width), width, decoded);
        Assert.Equal(pixels, decoded);
    }

    [Fact]
    public void Damage_is_refused()
    {
        byte[] packed = Encode([.. Enumerable.Range(0, 100)], 2);
        var pixels = new int[100];
        Assert.Contains("truncated", Fails(packed[..^3]), StringComparison.Ordinal);
        Assert.Contains("truncated", Fails(packed[..20]), StringComparison.Ordinal);
        Assert.Contains("segments", Assert.Throws<InvalidDataException>(() => Rle.Decode(packed, 1, pixels)).Message, StringComparison.Ordinal);
        packed[4] = 255;
        packed[5] = 255;
        Assert.Contains("segment 1 lies", Fails(packed), StringComparison.Ordinal);

        string Fails(byte[] bytes) => Assert.Throws<InvalidDataException>(() => Rle.Decode(bytes, 2, pixels)).Message;
    }

    /// <summary>PackBits (PS3.5, G.3.1), a plane a byte, the high one first.</summary>
    internal static byte[] Encode(int[] pixels, int width)
    {
        var file = new byte[64].ToList();
        var header = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(header, width);
        for (int plane = 0; plane < width; plane++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4 + 4 * plane), file.Count);
            byte[] bytes = [.. pixels.Select(v => (byte)(v >> (8 * (width - 1 - plane))))];
            for (int i = 0; i < bytes.Length;)
            {
                int run = 1;
                while (run < 128 && i + run < bytes.Length && bytes[i + run] == bytes[i])
                    run++;
                if (run > 2)
                {
                    file.AddRange([(byte)(1 - run), bytes[i]]);
                    i += run;
                    continue;
                }

                int count = Math.Min(128, bytes.Length - i);
                for (int n = 1; n < count; n++)
                {
                    if (i + n + 2 < bytes.Length && bytes[i + n] == bytes[i + n + 1] && bytes[i + n] == bytes[i + n + 2])
                        count = n;
                }

                file.Add((byte)(count - 1));
                file.AddRange(bytes.AsSpan(i, count));
                i += count;
            }

            if (file.Count % 2 == 1)
                file.Add(0);
        }

        return [.. header, .. file.Skip(64)];
    }
}
