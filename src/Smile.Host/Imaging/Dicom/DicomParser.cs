using System.Buffers.Binary;
using System.Text;
using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>How elements are encoded: with or without their VR, and in which byte order.</summary>
internal readonly record struct DicomEncoding(bool IsExplicit, bool BigEndian);

/// <summary>
/// Reads data sets (PS3.5, section 7) up to the pixels. Every length is held against what is left of the bytes before memory
/// is taken for it, and elements that nobody reads are passed over.
/// </summary>
internal sealed class DicomParser(DicomBytes bytes, string path, List<string> warnings)
{
    private const uint Undefined = uint.MaxValue;

    /// <summary>Real files nest less than ten deep; a damaged one must not exhaust the stack.</summary>
    private const int MaxDepth = 32;

    /// <summary>
    /// What an item and an element take in memory, about, beside the value. Of a file that is nothing but these they are many times its
    /// bytes: no more than four times the file is taken, and what some ten thousand frames of a few pixels need.
    /// </summary>
    private const int ItemBytes = 256, ElementBytes = 96, MostSmall = 64 << 20;

    private long _taken;

    public long Position { get; set; }

    /// <summary>The pixels, once the top level's Pixel Data was met.</summary>
    public DicomPixelData? Pixels { get; private set; }

    /// <summary>Reads the file meta information: group 2, always explicit little endian. Its group length is not trusted.</summary>
    public DicomDataset ReadMeta()
    {
        var meta = new DicomDataset(path, Encoding.Latin1);
        var encoding = new DicomEncoding(IsExplicit: true, BigEndian: false);
        while (Peek(2) is [2, 0])
            ReadElement(meta, encoding, bytes.Length, depth: 0);
        return meta;
    }

    /// <summary>
    /// How the data set here is encoded, told by its first element: its group, below 0x0100 in the right byte order, and the
    /// letters of a VR. Null where it is no data set.
    /// </summary>
    public DicomEncoding? Sniff()
    {
        ReadOnlySpan<byte> head = Peek(8);
        if (head.Length < 8)
            return null;
        ushort little = BinaryPrimitives.ReadUInt16LittleEndian(head), big = BinaryPrimitives.ReadUInt16BigEndian(head);
        bool isBig = little > 0xFF;
        int group = isBig ? big : little;
        return group is >= 2 and <= 0x50 && group % 2 == 0 ? new DicomEncoding(IsVr(head[4], head[5]), isBig) : null;
    }

    /// <summary>Reads the data set of the file, up to its pixels.</summary>
    public DicomDataset ReadDataset(DicomEncoding encoding)
    {
        var set = new DicomDataset(path, Encoding.Latin1);
        // Fewer than eight bytes are padding.
        while (Pixels is null && Position + 8 <= bytes.Length)
            ReadElement(set, encoding, bytes.Length, depth: 0);
        return set;
    }

    private void ReadElement(DicomDataset set, DicomEncoding encoding, long end, int depth)
    {
        long offset = Position;
        (DicomTag tag, string vr, uint length) = ReadHead(encoding, end);
        (string Name, string Vr)? known = DicomTags.Find(tag);
        if (tag == DicomTags.PixelData)
        {
            DicomPixelData pixels = ReadPixels(vr, length, encoding, end);
            // Those further in are an icon's.
            Pixels = depth == 0 ? pixels : Pixels;
            return;
        }

        // PS3.5, 6.2.2: what a writer did not know is in implicit little endian, whatever surrounds it.
        DicomEncoding inner = vr == "UN" && encoding.IsExplicit ? default : encoding;
        string meaning = known is { } k && vr is "UN" or "OB" or "OW" ? known!.Value.Vr : vr;
        if (length != Undefined && length > end - Position)
            throw Bad(offset, $"{tag}: {length} bytes long, {end - Position} are left: truncated, or damaged. "
                + "Copy or export the file again.");
        if (length == Undefined || (meaning == "SQ" && known is not null))
        {
            long itemsEnd = length == Undefined ? end : Position + length;
            IReadOnlyList<DicomDataset> items = ReadItems(tag, inner, set.Encoding, itemsEnd, length == Undefined, depth + 1);
            if (known is not null)
                set.Add(tag, new DicomElement("SQ", offset, [], inner.BigEndian, items));
            return;
        }

        if (known is null)
        {
            Position += length;
            return;
        }

        Take(offset, tag, ElementBytes + length);
        var value = new byte[length];
        bytes.ReadExactly(Position, value);
        Position += length;
        set.Add(tag, new DicomElement(meaning, offset, value, inner.BigEndian, []));
    }

    /// <summary>Tag, VR and length; the position is then at the value.</summary>
    private (DicomTag Tag, string Vr, uint Length) ReadHead(DicomEncoding encoding, long end)
    {
        long offset = Position;
        ReadOnlySpan<byte> head = Peek(12);
        if (head.Length < 8 || end - offset < 8)
            throw Bad(offset, "ends inside an element: truncated, or damaged. Copy or export the file again.");
        var tag = new DicomTag(UInt16(head, encoding), UInt16(head[2..], encoding));
        if (tag.Group == 0xFFFE)
            throw Bad(offset, $"{tag}: an item or delimiter where an element should be: damaged. Copy or export the file again.");
        if (!encoding.IsExplicit || !IsVr(head[4], head[5]))
        {
            // In an explicit data set some writers leave single elements implicit.
            Position += 8;
            return (tag, DicomTags.Find(tag)?.Vr ?? "UN", UInt32(head[4..], encoding));
        }

        string vr = Encoding.ASCII.GetString(head[4..6]);
        if (!IsLong(vr, head))
        {
            Position += 8;
            return (tag, vr, UInt16(head[6..], encoding));
        }

        if (head.Length < 12)
            throw Bad(offset, $"{tag}: ends inside the element: truncated, or damaged. Copy or export the file again.");
        Position += 12;
        return (tag, vr, UInt32(head[8..], encoding));
    }

    private List<DicomDataset> ReadItems(DicomTag sequence, DicomEncoding encoding, Encoding text, long end, bool delimited, int depth)
    {
        if (depth > MaxDepth)
            throw Bad(Position, $"{sequence}: sequences nest more than {MaxDepth} deep: damaged. Export the file again.");
        var items = new List<DicomDataset>();
        while (delimited || Position < end)
        {
            long offset = Position;
            (DicomTag tag, uint length) = ReadDelimiter(sequence, encoding, end);
            if (tag == DicomTags.SequenceDelimitation)
                break;
            if (tag != DicomTags.Item)
                throw Bad(offset, $"{sequence}: {tag} where an item should be: damaged. Export the file again.");
            if (length != Undefined && length > end - Position)
                throw Bad(offset, $"{sequence}: an item of {length} bytes, {end - Position} are left: damaged. "
                    + "Copy or export the file again.");
            Take(offset, sequence, ItemBytes);
            items.Add(ReadItem(sequence, encoding, text, length == Undefined ? end : Position + length, length == Undefined, depth));
        }

        if (!delimited)
            Position = end;
        return items;
    }

    private void Take(long offset, DicomTag tag, long memory)
    {
        _taken += memory;
        if (_taken > 4 * bytes.Length + MostSmall)
            throw Bad(offset, $"{tag}: items and elements without end, of a few bytes each: damaged. Export the file again.");
    }

    private DicomDataset ReadItem(DicomTag sequence, DicomEncoding encoding, Encoding text, long end, bool delimited, int depth)
    {
        var item = new DicomDataset(path, text);
        while (delimited || Position < end)
        {
            if (delimited && PeekTag(encoding) == DicomTags.ItemDelimitation)
            {
                ReadDelimiter(sequence, encoding, end);
                break;
            }

            ReadElement(item, encoding, end, depth);
        }

        return item;
    }

    private DicomPixelData ReadPixels(string vr, uint length, DicomEncoding encoding, long end)
    {
        if (length != Undefined)
        {
            if (length > end - Position)
            {
                throw Bad(Position, $"{DicomTags.PixelData}: {length} bytes long, {end - Position} are left: truncated. "
                    + "Copy or export the file again.");
            }

            Position += length;
            return new DicomPixelData(vr, encoding.BigEndian, Position - length, length, null);
        }

        long start = Position;
        var fragments = new List<(long, int)>();
        while (Position + 8 <= end)
        {
            long offset = Position;
            (DicomTag tag, uint size) = ReadDelimiter(DicomTags.PixelData, encoding, end);
            if (tag == DicomTags.SequenceDelimitation)
                return new DicomPixelData(vr, encoding.BigEndian, start, 0, fragments);
            if (tag != DicomTags.Item || size > end - Position || size > int.MaxValue)
            {
                throw Bad(offset, $"{DicomTags.PixelData}: {tag} of {size} bytes in place of a fragment, {end - Position} are left: "
                    + "truncated, or damaged. Copy or export the file again.");
            }

            fragments.Add((Position, (int)size));
            Position += size;
        }

        warnings.Add($"{path}: {DicomTags.PixelData} (offset {start}) has no end mark; the file's end is taken for it.");
        return new DicomPixelData(vr, encoding.BigEndian, start, 0, fragments);
    }

    private (DicomTag Tag, uint Length) ReadDelimiter(DicomTag sequence, DicomEncoding encoding, long end)
    {
        ReadOnlySpan<byte> head = Peek(8);
        if (head.Length < 8 || end - Position < 8)
            throw Bad(Position, $"{sequence}: ends without its end mark: truncated, or damaged. Copy or export the file again.");
        Position += 8;
        return (new DicomTag(UInt16(head, encoding), UInt16(head[2..], encoding)), UInt32(head[4..], encoding));
    }

    private DicomTag? PeekTag(DicomEncoding encoding) =>
        Peek(4) is { Length: 4 } head ? new DicomTag(UInt16(head, encoding), UInt16(head[2..], encoding)) : null;

    private ReadOnlySpan<byte> Peek(int count) => bytes.Peek(Position, count);

    private DataException Bad(long offset, string problem) => new($"{path}: offset {offset}: {problem}");

    private static bool IsVr(byte first, byte second) => first is >= (byte)'A' and <= (byte)'Z' && second is >= (byte)'A' and <= (byte)'Z';

    /// <summary>
    /// True where the length has four bytes, after two that are zero. New VRs will have them too (PS3.5, 7.1.2), and unknown
    /// letters are taken for a new VR where the two are zero.
    /// </summary>
    private static bool IsLong(string vr, ReadOnlySpan<byte> head) => vr switch
    {
        "OB" or "OD" or "OF" or "OL" or "OV" or "OW" or "SQ" or "SV" or "UC" or "UN" or "UR" or "UT" or "UV" => true,
        "AE" or "AS" or "AT" or "CS" or "DA" or "DS" or "DT" or "FL" or "FD" or "IS" or "LO" or "LT" or "PN" or "SH" or "SL" or "SS"
            or "ST" or "TM" or "UI" or "UL" or "US" => false,
        _ => head[6] == 0 && head[7] == 0,
    };

    private static ushort UInt16(ReadOnlySpan<byte> at, DicomEncoding encoding) =>
        encoding.BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    private static uint UInt32(ReadOnlySpan<byte> at, DicomEncoding encoding) =>
        encoding.BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
}
