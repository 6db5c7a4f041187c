using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Smile.Host.Imaging.Dicom.Codecs;

namespace Smile.Host.Imaging.Dicom;

/// <summary>Finds the bytes of one frame and turns them into stored values.</summary>
internal static class FrameDecoder
{
    /// <summary>
    /// The most pixels that this many packed bytes can stand for; more are a damaged header's claim. PackBits makes 128 bytes
    /// of two, a Huffman code has one bit or more. JPEG 2000 and JPEG-LS know no such bound: a thousand pixels a byte are more
    /// than a slice of air takes.
    /// </summary>
    public static long MostPixels(PixelCoding coding, int bitsAllocated, long packed) => coding switch
    {
        PixelCoding.Rle => packed * 512 / bitsAllocated,
        PixelCoding.JpegLossless => packed * 8,
        _ => (1 << 20) + packed * 1000,
    };

    /// <exception cref="InvalidDataException">The frame is damaged, or its codec is missing.</exception>
    public static void Decode(DicomBytes bytes, DicomPixelData pixels, PixelCoding coding, PixelFormat format, int frame, Span<int> stored)
    {
        if (pixels.Fragments is null)
        {
            ReadNative(bytes, pixels, format, frame, stored);
            return;
        }

        byte[] packed = Gather(bytes, pixels.Fragments, coding, format.Frames, frame);
        switch (coding)
        {
            case PixelCoding.Rle when format.BitsAllocated == 1:
                // Packed as the bytes of the bits.
                var packedBits = new int[Length(format)];
                Rle.Decode(packed, 1, packedBits);
                for (int i = 0; i < stored.Length; i++)
                    stored[i] = packedBits[i >> 3] >> (i & 7) & 1;
                return;
            case PixelCoding.Rle:
                Rle.Decode(packed, format.BitsAllocated / 8, stored);
                format.Extract(stored, format.HighBit, format.BitsStored);
                return;
            case PixelCoding.DeflatedFrame:
                int wanted = (int)Length(format);
                byte[] raw = DicomBytes.Inflate(packed, wanted + 1); // padded to an even length
                if (raw.Length < wanted)
                    throw new InvalidDataException($"inflates to {raw.Length} bytes, {wanted} are wanted: damaged.");
                Unpack(raw, 0, bigEndian: false, format, stored);
                return;
            case PixelCoding.JpegLossless:
                int precision = JpegLossless.Decode(packed, format.Columns, format.Rows, stored);
                format.Extract(stored, precision - 1, precision);
                return;
            case PixelCoding.Jpeg2000:
                precision = OpenJpeg.Decode(packed, format.Columns, format.Rows, stored);
                format.Extract(stored, precision - 1, precision);
                return;
            default:
                precision = CharLs.Decode(packed, format.Columns, format.Rows, stored);
                format.Extract(stored, precision - 1, precision);
                return;
        }
    }

    /// <summary>Bytes of one frame by itself, before padding.</summary>
    private static long Length(PixelFormat format) => ((long)format.Pixels * format.BitsAllocated + 7) / 8;

    private static void ReadNative(DicomBytes bytes, DicomPixelData pixels, PixelFormat format, int frame, Span<int> stored)
    {
        // Frames of single bits follow one another without padding (PS3.5, 8.1.1): a frame may start inside a byte.
        long bit = (long)frame * format.Pixels * format.BitsAllocated, first = bit / 8;
        long last = (bit + (long)format.Pixels * format.BitsAllocated + 7) / 8;
        // In big endian, bytes in words are swapped by twos: the words that hold the frame are read whole.
        bool swapped = pixels.BigEndian && format.BitsAllocated < 16 && pixels.Vr == "OW";
        if (swapped)
            (first, last) = (first & ~1L, Math.Min((last + 1) & ~1L, pixels.Length));
        int length = checked((int)(last - first));
        byte[] raw = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> span = raw.AsSpan(0, length);
            bytes.ReadExactly(pixels.Offset + first, span);
            if (swapped)
            {
                for (int i = 0; i + 1 < length; i += 2)
                    (span[i], span[i + 1]) = (span[i + 1], span[i]);
            }

            Unpack(span, (int)(bit - 8 * first), pixels.BigEndian, format, stored);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
        }
    }

    private static void Unpack(ReadOnlySpan<byte> raw, int bit, bool bigEndian, PixelFormat format, Span<int> stored)
    {
        switch (format.BitsAllocated)
        {
            case 1:
                // The least significant bit of a byte comes first.
                for (int i = 0; i < stored.Length; i++, bit++)
                    stored[i] = raw[bit >> 3] >> (bit & 7) & 1;
                return;
            case 8:
                for (int i = 0; i < stored.Length; i++)
                    stored[i] = raw[i + bit / 8];
                break;
            default:
                ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(raw);
                if (bigEndian)
                {
                    for (int i = 0; i < stored.Length; i++)
                        stored[i] = BinaryPrimitives.ReverseEndianness(words[i]);
                }
                else
                {
                    Widen(words, format, stored);
                    return;
                }

                break;
        }

        format.Extract(stored, format.HighBit, format.BitsStored);
    }

    /// <summary>Words to values, their bits taken out of them on the way: one pass, where most CT images come by.</summary>
    private static void Widen(ReadOnlySpan<ushort> words, PixelFormat format, Span<int> stored)
    {
        int left = 31 - format.HighBit, right = 32 - format.BitsStored, i = 0;
        bool signed = format.IsSigned;
        Vector<int> Value(Vector<uint> word)
        {
            Vector<int> shifted = word.As<uint, int>() << left;
            return signed ? shifted >> right : shifted >>> right;
        }

        for (; i <= stored.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(words[i..]), out Vector<uint> low, out Vector<uint> high);
            Value(low).CopyTo(stored[i..]);
            Value(high).CopyTo(stored[(i + Vector<int>.Count)..]);
        }

        for (; i < stored.Length; i++)
            stored[i] = signed ? words[i] << left >> right : words[i] << left >>> right;
    }

    /// <summary>The packed bytes of a frame.</summary>
    private static byte[] Gather(DicomBytes bytes, IReadOnlyList<(long Offset, int Length)> items, PixelCoding coding, int frames,
        int frame)
    {
        (int first, int end) = FrameFragments.Of(bytes, items, coding, frames, frame);
        long length = 0;
        for (int i = first; i < end; i++)
            length += items[i].Length;
        if (length is 0 or > int.MaxValue)
            throw new InvalidDataException($"{length} bytes in its fragments: damaged.");
        var packed = new byte[length];
        int at = 0;
        for (int i = first; i < end; at += items[i].Length, i++)
            bytes.ReadExactly(items[i].Offset, packed.AsSpan(at, items[i].Length));
        return packed;
    }
}
