using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Writes data sets element by element, as the standard says or, on request, not.</summary>
internal sealed class DicomBuilder(bool isExplicit = true, bool bigEndian = false)
{
    public const string Implicit = "1.2.840.10008.1.2", Explicit = "1.2.840.10008.1.2.1", Deflated = "1.2.840.10008.1.2.1.99",
        BigEndian = "1.2.840.10008.1.2.2", Rle = "1.2.840.10008.1.2.5", JpegLossless = "1.2.840.10008.1.2.4.57";

    private readonly List<byte> _bytes = [];

    public byte[] Body => [.. _bytes];

    /// <summary>A builder for the encoding of a transfer syntax.</summary>
    public static DicomBuilder For(string syntax) => new(syntax != Implicit, syntax == BigEndian);

    public DicomBuilder Text(DicomTag tag, string vr, string value) =>
        Raw(tag, vr, Encoding.Latin1.GetBytes(value.Length % 2 == 0 ? value : value + ' '));

    public DicomBuilder Numbers(DicomTag tag, string vr, params double[] values) =>
        Text(tag, vr, string.Join('\\', values.Select(v => v.ToString(CultureInfo.InvariantCulture))));

    public DicomBuilder Word(DicomTag tag, string vr, int value) => Raw(tag, vr, Words([value]));

    public DicomBuilder Raw(DicomTag tag, string vr, byte[] value)
    {
        Head(tag, vr, (uint)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>A sequence; undefined lengths or defined ones.</summary>
    public DicomBuilder Sequence(DicomTag tag, bool undefined, params DicomBuilder[] items) => Sequence(tag, "SQ", undefined, items);

    public DicomBuilder Sequence(DicomTag tag, string vr, bool undefined, params DicomBuilder[] items)
    {
        var inside = new DicomBuilder(isExplicit, bigEndian);
        foreach (DicomBuilder item in items)
        {
            inside.Delimiter(DicomTags.Item, undefined ? uint.MaxValue : (uint)item._bytes.Count);
            inside._bytes.AddRange(item._bytes);
            if (undefined)
                inside.Delimiter(DicomTags.ItemDelimitation, 0);
        }

        if (undefined)
            inside.Delimiter(DicomTags.SequenceDelimitation, 0);
        Head(tag, vr, undefined ? uint.MaxValue : (uint)inside._bytes.Count);
        _bytes.AddRange(inside._bytes);
        return this;
    }

    /// <summary>Encapsulated pixels; the first fragment is the offset table.</summary>
    public DicomBuilder Fragments(bool ended, params byte[][] fragments)
    {
        Head(DicomTags.PixelData, "OB", uint.MaxValue);
        foreach (byte[] fragment in fragments)
        {
            Delimiter(DicomTags.Item, (uint)fragment.Length);
            _bytes.AddRange(fragment);
        }

        if (ended)
            Delimiter(DicomTags.SequenceDelimitation, 0);
        return this;
    }

    /// <summary>Numbers of 16 bits in the byte order of the data set.</summary>
    public byte[] Words(IEnumerable<int> values)
    {
        var bytes = new List<byte>();
        foreach (int value in values)
            Add(bytes, (ushort)value);
        return [.. bytes];
    }

    public DicomBuilder Delimiter(DicomTag tag, uint length)
    {
        Add(_bytes, tag.Group);
        Add(_bytes, tag.Element);
        Add(_bytes, length);
        return this;
    }

    /// <summary>The whole file: preamble, file meta information, data set.</summary>
    public byte[] File(string syntax)
    {
        byte[] body = Body;
        if (syntax == Deflated)
        {
            using var packed = new MemoryStream();
            using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal))
                deflate.Write(body);
            body = packed.ToArray();
        }

        DicomBuilder meta = new DicomBuilder().Text(DicomTags.TransferSyntaxUID, "UI", syntax.Length % 2 == 0 ? syntax : syntax + '\0');
        return [.. new byte[128], .. "DICM"u8, .. meta.Body, .. body];
    }

    private void Head(DicomTag tag, string vr, uint length)
    {
        Add(_bytes, tag.Group);
        Add(_bytes, tag.Element);
        if (!isExplicit)
        {
            Add(_bytes, length);
            return;
        }

        _bytes.AddRange(Encoding.ASCII.GetBytes(vr));
        if (vr is "OB" or "OW" or "SQ" or "UN" or "UT")
        {
            Add(_bytes, (ushort)0);
            Add(_bytes, length);
        }
        else
        {
            Add(_bytes, (ushort)length);
        }
    }

    private void Add(List<byte> to, ushort value)
    {
        Span<byte> two = stackalloc byte[2];
        if (bigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(two, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(two, value);
        to.AddRange(two);
    }

    private void Add(List<byte> to, uint value)
    {
        Span<byte> four = stackalloc byte[4];
        if (bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(four, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(four, value);
        to.AddRange(four);
    }
}
