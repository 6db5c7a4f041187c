namespace Smile.Host.Imaging.Dicom.Codecs;

/// <summary>A Huffman table of JPEG (ITU-T T.81, annex C), looked up by the next 16 bits, as long as the longest code.</summary>
internal sealed class JpegHuffman
{
    // Code length in the high byte, symbol in the low; 0 where no code begins so.
    private readonly ushort[] _codes = new ushort[1 << 16];

    /// <param name="counts">Codes of each length, 1 to 16.</param>
    /// <param name="symbols">Their symbols, shortest code first.</param>
    /// <exception cref="InvalidDataException">More codes than their lengths have room for.</exception>
    public JpegHuffman(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        int next = 0, symbol = 0;
        for (int length = 1; length <= 16; length++)
        {
            int room = 1 << (16 - length);
            for (int n = 0; n < counts[length - 1]; n++, next += room)
            {
                if (next + room > _codes.Length)
                    throw new InvalidDataException("its Huffman table is overfull: damaged.");
                _codes.AsSpan(next, room).Fill((ushort)(length << 8 | symbols[symbol++]));
            }
        }
    }

    /// <summary>Reads one symbol.</summary>
    /// <exception cref="InvalidDataException">No code begins with these bits.</exception>
    public int Read(ref JpegBits bits)
    {
        int code = _codes[bits.Peek16()];
        if (code == 0)
            throw new InvalidDataException("bits that no Huffman code begins with: damaged.");
        bits.Drop(code >> 8);
        return code & 0xFF;
    }
}
