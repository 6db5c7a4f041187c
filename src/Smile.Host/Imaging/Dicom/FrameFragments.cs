using System.Buffers.Binary;
using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>Which fragments of an encapsulated image hold which frame (PS3.5, A.4).</summary>
internal static class FrameFragments
{
    /// <summary>Bytes at the end of a fragment among which its end marker is sought: a marker and its padding to an even length.</summary>
    private const int Tail = 4;

    /// <summary>
    /// The fragments of a frame, from the first up to the end, of the items, whose first is the Basic Offset Table. All where there is one
    /// frame, one
    /// each where their numbers agree, else by the table; without it by the markers with which the codec begins and ends an image.
    /// </summary>
    /// <exception cref="InvalidDataException">Nothing tells the frames apart, or the table is damaged.</exception>
    public static (int First, int End) Of(DicomBytes bytes, IReadOnlyList<(long Offset, int Length)> items, PixelCoding coding,
        int frames, int frame)
    {
        if (frames == 1)
            return (1, items.Count);
        if (frames == items.Count - 1)
            return (frame + 1, frame + 2);
        return items[0].Length >= 4L * frames ? ByTable(bytes, items, frames, frame) : ByMarkers(bytes, items, coding, frames, frame);
    }

    private static (int First, int End) ByTable(DicomBytes bytes, IReadOnlyList<(long Offset, int Length)> items, int frames, int frame)
    {
        int Starting(int which)
        {
            Span<byte> entry = stackalloc byte[4];
            bytes.ReadExactly(items[0].Offset + 4L * which, entry);
            // Offsets count from the first fragment's item header, 8 bytes before its first byte.
            long start = items[1].Offset + BinaryPrimitives.ReadUInt32LittleEndian(entry);
            for (int i = 1; i < items.Count; i++)
            {
                if (items[i].Offset == start)
                    return i;
            }

            throw new InvalidDataException($"the offset table's entry for frame {which + 1} points to no fragment.");
        }

        int first = Starting(frame), end = frame + 1 < frames ? Starting(frame + 1) : items.Count;
        return first < end ? (first, end) : throw new InvalidDataException("the offset table is out of order.");
    }

    /// <summary>
    /// A frame begins with a fragment that starts an image, after one that ended the image before: either alone may stand there by chance.
    /// </summary>
    private static (int First, int End) ByMarkers(
        DicomBytes bytes, IReadOnlyList<(long Offset, int Length)> items, PixelCoding coding, int frames, int frame)
    {
        var starts = new List<int>();
        for (int i = 1; i < items.Count && coding is PixelCoding.JpegLossless or PixelCoding.JpegLs or PixelCoding.Jpeg2000; i++)
        {
            if (Begins(bytes, items[i], coding) && (i == 1 || Ends(bytes, items[i - 1])))
                starts.Add(i);
        }

        return starts.Count == frames && starts[0] == 1 ? (starts[frame], frame + 1 < frames ? starts[frame + 1] : items.Count)
            : throw new InvalidDataException($"{frames} frames in {Words.Count(items.Count - 1, "fragment", "fragments")}, "
                + "and no offset table that tells them apart.");
    }

    /// <summary>Start of image of JPEG and JPEG-LS; start of codestream of JPEG 2000 with its size marker, which must follow.</summary>
    private static bool Begins(DicomBytes bytes, (long Offset, int Length) item, PixelCoding coding)
    {
        Span<byte> head = stackalloc byte[4];
        if (item.Length < head.Length)
            return false;
        bytes.ReadExactly(item.Offset, head);
        return coding == PixelCoding.Jpeg2000 ? head.SequenceEqual((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51])
            : head[..3].SequenceEqual((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);
    }

    /// <summary>End of image, or of codestream: the same two bytes, and zeros after them.</summary>
    private static bool Ends(DicomBytes bytes, (long Offset, int Length) item)
    {
        Span<byte> tail = stackalloc byte[Math.Min(Tail, item.Length)];
        bytes.ReadExactly(item.Offset + item.Length - tail.Length, tail);
        return tail.TrimEnd((byte)0).EndsWith((ReadOnlySpan<byte>)[0xFF, 0xD9]);
    }
}
