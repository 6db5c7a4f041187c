using System.Buffers.Binary;

namespace Smile.Host.Imaging.Dicom.Codecs;

/// <summary>
/// JPEG lossless with Huffman coding, process 14 (ITU-T T.81, annex H): one component of 2 to 16 bits, predictors 1 to 7, point
/// transform, restart intervals of whole rows.
/// </summary>
internal ref struct JpegLossless
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly int _columns, _rows;
    private readonly JpegHuffman?[] _tables = new JpegHuffman?[4];
    private int _at, _precision, _restart;

    private JpegLossless(ReadOnlySpan<byte> data, int columns, int rows)
    {
        _data = data;
        (_columns, _rows) = (columns, rows);
    }

    /// <summary>Decodes a frame into <paramref name="pixels"/>, unsigned; returns its precision in bits.</summary>
    /// <exception cref="InvalidDataException">Damaged, of another size, or another kind of JPEG.</exception>
    public static int Decode(ReadOnlySpan<byte> data, int columns, int rows, Span<int> pixels)
    {
        var jpeg = new JpegLossless(data, columns, rows);
        jpeg.Decode(pixels);
        return jpeg._precision;
    }

    private void Decode(Span<int> pixels)
    {
        if (_data is not [0xFF, 0xD8, ..])
            throw new InvalidDataException("does not start with a JPEG marker: damaged.");
        _at = 2;
        while (true)
        {
            int marker = NextMarker();
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            if (marker == 0xD9)
                throw new InvalidDataException("ends before its scan: damaged.");
            ReadOnlySpan<byte> segment = Segment();
            switch (marker)
            {
                case 0xC3:
                    ReadFrame(segment);
                    break;
                case 0xC4:
                    ReadTables(segment);
                    break;
                case >= 0xC0 and <= 0xCF and not 0xC8 and not 0xCC:
                    throw new InvalidDataException($"holds JPEG of kind SOF{marker - 0xC0}, not lossless Huffman coding (SOF3).");
                case 0xDD:
                    _restart = segment.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(segment) : 0;
                    break;
                case 0xDA:
                    ReadScan(segment, pixels);
                    return;
            }
        }
    }

    private int NextMarker()
    {
        while (_at + 1 < _data.Length && _data[_at] == 0xFF && _data[_at + 1] == 0xFF)
            _at++;
        if (_at + 1 >= _data.Length || _data[_at] != 0xFF)
            throw new InvalidDataException($"no JPEG marker at its byte {_at}: truncated, or damaged.");
        _at += 2;
        return _data[_at - 1];
    }

    private ReadOnlySpan<byte> Segment()
    {
        int length = _at + 2 <= _data.Length ? BinaryPrimitives.ReadUInt16BigEndian(_data[_at..]) : 0;
        if (length < 2 || length > _data.Length - _at)
            throw new InvalidDataException($"a JPEG segment of {length} bytes at its byte {_at}: truncated, or damaged.");
        _at += length;
        return _data.Slice(_at - length + 2, length - 2);
    }

    private void ReadFrame(ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 6)
            throw new InvalidDataException("its frame header is too short: damaged.");
        (int rows, int columns) = (BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), BinaryPrimitives.ReadUInt16BigEndian(segment[3..]));
        if (rows != _rows || columns != _columns || segment[5] != 1)
        {
            throw new InvalidDataException($"holds {rows} rows x {columns} columns of {segment[5]} components, the header says "
                + $"{_rows} x {_columns} of 1.");
        }

        _precision = segment[0] is >= 2 and <= 16
            ? segment[0]
            : throw new InvalidDataException($"{segment[0]} bits a pixel; JPEG has 2 to 16.");
    }

    private readonly void ReadTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            int count = 0;
            if (segment.Length >= 17)
            {
                foreach (byte codes in segment[1..17])
                    count += codes;
            }

            if (segment.Length < 17 + count)
                throw new InvalidDataException("its Huffman table is too short: damaged.");
            if (segment[0] > 3)
                throw new InvalidDataException($"a Huffman table of class and place 0x{segment[0]:X2}; lossless JPEG has 0 to 3: damaged.");
            _tables[segment[0]] = new JpegHuffman(segment[1..17], segment.Slice(17, count));
            segment = segment[(17 + count)..];
        }
    }

    private readonly void ReadScan(ReadOnlySpan<byte> segment, Span<int> pixels)
    {
        if (_precision == 0 || segment.Length < 6 || segment[0] != 1)
            throw new InvalidDataException("its scan header is damaged.");
        int place = segment[2] >> 4, predictor = segment[3], transform = segment[5] & 15;
        if (place > 3 || _tables[place] is not { } table)
            throw new InvalidDataException($"Huffman table {place} is missing: damaged.");
        if (predictor is < 1 or > 7 || transform >= _precision)
            throw new InvalidDataException($"predictor {predictor}, point transform {transform} of {_precision} bits: damaged.");
        if (_restart % _columns != 0)
            throw new InvalidDataException($"restarts each {_restart} pixels; whole rows of {_columns} are wanted: damaged.");

        var bits = new JpegBits(_data, _at);
        int restartRows = _restart / _columns, firstRow = 0;
        for (int y = 0; y < _rows; y++)
        {
            if (restartRows > 0 && y > 0 && y % restartRows == 0)
            {
                if (bits.At + 1 >= _data.Length || _data[bits.At] != 0xFF || _data[bits.At + 1] is < 0xD0 or > 0xD7)
                    throw new InvalidDataException($"no restart marker before row {y}: damaged.");
                bits.Restart(bits.At + 2);
                firstRow = y;
            }

            Span<int> row = pixels.Slice(y * _columns, _columns);
            if (y == firstRow)
                ReadFirstRow(ref bits, table, row, 1 << (_precision - transform - 1));
            else
                ReadRow(ref bits, table, row, pixels.Slice((y - 1) * _columns, _columns), predictor);
            if (bits.IsOverrun)
                throw new InvalidDataException($"ends in row {y} of {_rows}: truncated, or damaged.");
        }

        if (transform > 0)
        {
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = pixels[i] << transform & 0xFFFF;
        }
    }

    private static void ReadFirstRow(ref JpegBits bits, JpegHuffman table, Span<int> row, int prediction)
    {
        for (int x = 0; x < row.Length; x++)
            row[x] = prediction = prediction + ReadDifference(ref bits, table) & 0xFFFF;
    }

    private static void ReadRow(ref JpegBits bits, JpegHuffman table, Span<int> row, ReadOnlySpan<int> above, int predictor)
    {
        // a is to the left, b above, c above to the left (T.81, figure H.1 and table H.1).
        int c = above[0];
        int a = row[0] = c + ReadDifference(ref bits, table) & 0xFFFF;
        for (int x = 1; x < row.Length; x++)
        {
            int b = above[x];
            int prediction = predictor switch
            {
                1 => a,
                2 => b,
                3 => c,
                4 => a + b - c,
                5 => a + ((b - c) >> 1),
                6 => b + ((a - c) >> 1),
                _ => (a + b) >> 1,
            };
            row[x] = a = prediction + ReadDifference(ref bits, table) & 0xFFFF;
            c = b;
        }
    }

    /// <summary>A difference modulo 2^16: its number of bits, then the bits (T.81, H.1.2.2 and F.2.2.1).</summary>
    private static int ReadDifference(ref JpegBits bits, JpegHuffman table)
    {
        int size = table.Read(ref bits);
        if (size is 0)
            return 0;
        if (size >= 16)
            return size == 16 ? 1 << 15 : throw new InvalidDataException($"a difference of {size} bits: damaged.");
        int value = bits.Peek16() >> (16 - size);
        bits.Drop(size);
        return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
    }
}
