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
        Rle.Decode(RleCoder.Encode(pixels, width), width, decoded);
        Assert.Equal(pixels, decoded);
    }

    [Fact]
    public void Damage_is_refused()
    {
        byte[] packed = RleCoder.Encode([.. Enumerable.Range(0, 100)], 2);
        var pixels = new int[100];
        Assert.Contains("truncated", Fails(packed[..^3]), StringComparison.Ordinal);
        Assert.Contains("truncated", Fails(packed[..20]), StringComparison.Ordinal);
        Assert.Contains("segments", Assert.Throws<InvalidDataException>(() => Rle.Decode(packed, 1, pixels)).Message,
            StringComparison.Ordinal);
        packed[4] = 255;
        packed[5] = 255;
        Assert.Contains("segment 1 lies", Fails(packed), StringComparison.Ordinal);

        string Fails(byte[] bytes) => Assert.Throws<InvalidDataException>(() => Rle.Decode(bytes, 2, pixels)).Message;
    }
}
