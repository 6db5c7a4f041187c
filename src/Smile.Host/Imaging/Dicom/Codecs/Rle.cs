using System.Buffers.Binary;

namespace Smile.Host.Imaging.Dicom.Codecs;

/// <summary>RLE Lossless (PS3.5, annex G): a byte plane a segment, the most significant first, each packed by PackBits.</summary>
internal static class Rle
{
    private const int HeaderBytes = 64;

    /// <summary>Decodes a frame of <paramref name="width"/> bytes a pixel.</summary>
    /// <exception cref="InvalidDataException">Damaged.</exception>
    public static void Decode(ReadOnlySpan<byte> packed, int width, Span<int> pixels)
    {
        if (packed.Length < HeaderBytes)
            throw new InvalidDataException($"{packed.Length} bytes, the header alone has {HeaderBytes}: truncated.");
        uint segments = BinaryPrimitives.ReadUInt32LittleEndian(packed);
        if (segments != width)
            throw new InvalidDataException($"{segments} segments; pixels of {width} bytes have {width}: damaged.");
        pixels.Clear();
        for (int s = 0; s < width; s++)
        {
            uint start = BinaryPrimitives.ReadUInt32LittleEndian(packed[(4 + 4 * s)..]);
            uint end = s + 1 < width ? BinaryPrimitives.ReadUInt32LittleEndian(packed[(8 + 4 * s)..]) : (uint)packed.Length;
            if (start < HeaderBytes || start > end || end > packed.Length)
                throw new InvalidDataException($"segment {s + 1} lies from byte {start} to {end} of {packed.Length}: damaged.");
            AddPlane(packed[(int)start..(int)end], 8 * (width - 1 - s), pixels);
        }
    }

    private static void AddPlane(ReadOnlySpan<byte> packed, int shift, Span<int> pixels)
    {
        int at = 0;
        for (int i = 0; i < pixels.Length;)
        {
            if (at + 1 >= packed.Length)
                throw new InvalidDataException($"ends after {i} of {pixels.Length} pixels: truncated.");
            var control = (sbyte)packed[at++];
            if (control == -128)
                continue;
            int count = Math.Min(control >= 0 ? control + 1 : 1 - control, pixels.Length - i);
            if (control < 0)
            {
                int value = packed[at++] << shift;
                for (int end = i + count; i < end; i++)
                    pixels[i] |= value;
                continue;
            }

            if (count > packed.Length - at)
                throw new InvalidDataException($"ends after {i} of {pixels.Length} pixels: truncated.");
            for (int end = i + count; i < end; i++)
                pixels[i] |= packed[at++] << shift;
        }
    }
}
