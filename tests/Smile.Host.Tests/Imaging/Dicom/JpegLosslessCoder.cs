namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>JPEG Lossless (T.81, annex H), coded.</summary>
internal static class JpegLosslessCoder
{
    /// <summary>A plain coder: every category 0 .. 16 has a code of five bits, its own number.</summary>
    public static byte[] Encode(int[] pixels, int predictor, int precision, int transform, int restartRows, int rows, int columns)
    {
        var file =
            new List<byte>([0xFF, 0xD8, 0xFF, 0xC3, 0, 11, (byte)precision, (byte)(rows >> 8), (byte)rows, (byte)(columns >> 8),
                (byte)columns, 1, 1, 0x11, 0]);
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
