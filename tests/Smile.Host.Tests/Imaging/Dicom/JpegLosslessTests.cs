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
        Assert.Equal(precision, JpegLossless.Decode(Encode(pixels, predictor, precision, transform, restartRows), Columns, Rows, decoded));
        Assert.Equal(pixels, decoded);
    }

    /// <summary>A difference of 2^15 has 16 bits and none that follow (T.81, H.1.2.2).</summary>
    [Fact]
    public void The_largest_difference_has_no_bits_of_its_own()
    {
        int[] pixels = [.. Enumerable.Range(0, Rows * Columns).Select(i => i % 2 == 0 ? 0 : 1 << 15)];
        var decoded = new int[pixels.Length];
        JpegLossless.Decode(Encode(pixels, 1, 16, 0, 0), Columns, Rows, decoded);
        Assert.Equal(pixels, decoded);
    }

    [Fact]
    public void Damage_is_refused()
    {
        byte[] whole = Encode([.. Enumerable.Range(0, Rows * Columns)], 1, 16, 0, 0);
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

    /// <summary>A plain coder: every category 0 .. 16 has a code of five bits, its own number.</summary>
    internal static byte[] Encode(int[] pixels, int predictor, int precision, int transform, int restartRows, int rows = Rows, int columns = Columns)
    {
        var file = new List<byte>([0xFF, 0xD8, 0xFF, 0xC3, 0, 11, (byte)precision, (byte)(rows >> 8), (byte)rows, (byte)(columns >> 8), (byte)columns, 1, 1, 0x11, 0]);
        file.AddRange([0xFF, 0xC4, 0, 19 + 17, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.AddRange(Enumerable.Range(0, 17).Select(symbol => (byte)symbol));
        if (restartRows > 0)
            file.AddRange([0xFF, 0xDD, 0, 4, (byte)(restartRows * columns >> 8), (byte)(restartRows * columns)]);
        file.AddRange([0xFF, 0xDA, 0, 8, 1, 1, 0, (byte)predictor, 0, (byte)transform]);
        (int bits, int count, int restarts, int firstRow) = (0, 0, 0, 0);
        for (int y = 0; y < rows; y++)
        {
            if (restartRows > 0 && y > 0 && y % restartRows == 0)
            {
                Flush();
                file.AddRange([0xFF, (byte)(0xD0 + restarts++ % 8)]);
                firstRow = y;
            }

            for (int x = 0; x < columns; x++)
            {
                int At(int dy, int dx) => pixels[(y - dy) * columns + x - dx] >> transform;
                int prediction = y == firstRow ? x == 0 ? 1 << (precision - transform - 1) : At(0, 1)
                    : x == 0 ? At(1, 0)
                    : predictor switch
                    {
                        1 => At(0, 1),
                        2 => At(1, 0),
                        3 => At(1, 1),
                        4 => At(0, 1) + At(1, 0) - At(1, 1),
                        5 => At(0, 1) + ((At(1, 0) - At(1, 1)) >> 1),
                        6 => At(1, 0) + ((At(0, 1) - At(1, 1)) >> 1),
                        _ => (At(0, 1) + At(1, 0)) >> 1,
                    };
                int difference = (short)(At(0, 0) - prediction), size = 0;
                while (Math.Abs(difference) >> size != 0)
                    size++;
                Put(size, 5);
                if (size < 16)
                    Put(difference < 0 ? difference + (1 << size) - 1 : difference, size);
            }
        }

        Flush();
        file.AddRange([0xFF, 0xD9]);
        return [.. file];

        void Put(int value, int width)
        {
            for (int bit = width - 1; bit >= 0; bit--)
            {
                bits = bits << 1 | (value >> bit & 1);
                if (++count == 8)
                    Emit();
            }
        }

        void Flush()
        {
            while (count > 0)
                Put(1, 1);
        }

        void Emit()
        {
            file.Add((byte)bits);
            if ((byte)bits == 0xFF)
                file.Add(0);
            (bits, count) = (0, 0);
        }
    }
}
