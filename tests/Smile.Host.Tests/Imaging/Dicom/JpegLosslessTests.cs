using Smile.Host.Imaging.Dicom.Codecs;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class JpegLosslessTests
{
    private const int Rows = 6, Columns = 9;

    [Theory]
    [InlineData(1, 16, 0, 0)]
    [InlineData(1, 12, 0, 0)]
    [InlineData(2, 16, 0, 0)]
    [InlineData(3, 16, 0, 0)]
    [InlineData(4, 16, 0, 0)]
    [InlineData(5, 8, 0, 0)]
    [InlineData(6, 16, 0, 0)]
    [InlineData(7, 16, 0, 0)]
    [InlineData(1, 2, 0, 0)]
    [InlineData(4, 12, 3, 0)]
    [InlineData(7, 16, 0, 2)]
    public void Decodes_what_was_coded(int predictor, int precision, int transform, int restartRows)
    {
        var rng = new Smile.Net.Rng(11);
        int[] pixels = [.. Enumerable.Range(0, Rows * Columns).Select(_ => rng.Next(1 << precision) >> transform << transform)];
        var decoded = new int[pixels.Length];
        Assert.Equal(precision,
            JpegLossless.Decode(JpegLosslessCoder.Encode(pixels, predictor, precision, transform, restartRows, Rows, Columns), Columns,
                Rows, decoded));
        Assert.Equal(pixels, decoded);
    }

    /// <summary>A difference of 2^15 has 16 bits and none that follow (T.81, H.1.2.2).</summary>
    [Fact]
    public void The_largest_difference_has_no_bits_of_its_own()
    {
        int[] pixels = [.. Enumerable.Range(0, Rows * Columns).Select(i => i % 2 == 0 ? 0 : 1 << 15)];
        var decoded = new int[pixels.Length];
        JpegLossless.Decode(JpegLosslessCoder.Encode(pixels, 1, 16, 0, 0, Rows, Columns), Columns, Rows, decoded);
        Assert.Equal(pixels, decoded);
    }

    [Fact]
    public void Damage_is_refused()
    {
        byte[] whole = JpegLosslessCoder.Encode([.. Enumerable.Range(0, Rows * Columns)], 1, 16, 0, 0, Rows, Columns);
        Assert.Contains("truncated", Fails(whole[..^20]), StringComparison.Ordinal);
        Assert.Contains("marker", Fails([1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("ends before its scan", Fails([0xFF, 0xD8, 0xFF, 0xD9]), StringComparison.Ordinal);
        byte[] baseline = [.. whole];
        baseline[3] = 0xC0;
        Assert.Contains("SOF0", Fails(baseline), StringComparison.Ordinal);
        byte[] wider = [.. whole];
        wider[10]++;
        Assert.Contains("columns", Fails(wider), StringComparison.Ordinal);

        string Fails(byte[] bytes) =>
            Assert.Throws<InvalidDataException>(() => JpegLossless.Decode(bytes, Columns, Rows, new int[Rows * Columns])).Message;
    }
}
