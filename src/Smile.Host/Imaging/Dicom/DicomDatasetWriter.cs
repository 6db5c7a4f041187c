using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// A data set to be written in Explicit or Implicit VR Little Endian (PS3.5, 7.1), text in UTF-8, in the order of the tags. Value
/// representations are those of <see cref="DicomTags"/>. Implicit is for text of 64 KiB and more, whose length explicit cannot say.
/// </summary>
internal sealed class DicomDatasetWriter
{
    /// <summary>A decimal string has at most 16 characters.</summary>
    private const int DecimalString = 16;

    /// <summary>A short string (SH) has at most 16 too.</summary>
    private const int MostShort = 16;

    /// <summary>Bytes before an item: its tag, and its length.</summary>
    private const int ItemHead = 8;

    // Told whether VRs are explicit. Lengths come before what they count, so that a file is written straight through: one of outlines has
    // some hundred MB.
    private readonly SortedDictionary<uint, (DicomTag Tag, Func<bool, long> Length, Action<Stream, bool> Write)> _elements = [];

    /// <summary>A new UID (PS3.5, B.2): 2.25 and a random UUID as one decimal number.</summary>
    public static string NewUid() =>
        "2.25." + new BigInteger(Guid.NewGuid().ToByteArray(bigEndian: true), isUnsigned: true, isBigEndian: true);

    /// <summary>Sets a text element; no value leaves it empty, which elements of type 2 may be.</summary>
    public DicomDatasetWriter Text(DicomTag tag, params IReadOnlyList<string> values)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\\', values));
        byte pad = VrOf(tag) == "UI" ? (byte)0 : (byte)' ';
        return Raw(tag, text.Length % 2 == 0 ? text : [.. text, pad]);
    }

    /// <summary>Sets a numeric element, binary (US, UL) or text (DS, IS).</summary>
    public DicomDatasetWriter Number(DicomTag tag, params IReadOnlyList<double> values)
    {
        switch (VrOf(tag))
        {
            case "US":
                var words = new byte[2 * values.Count];
                for (int i = 0; i < values.Count; i++)
                    BinaryPrimitives.WriteUInt16LittleEndian(words.AsSpan(2 * i), checked((ushort)values[i]));
                return Raw(tag, words);
            case "UL":
                var longs = new byte[4 * values.Count];
                for (int i = 0; i < values.Count; i++)
                    BinaryPrimitives.WriteUInt32LittleEndian(longs.AsSpan(4 * i), checked((uint)values[i]));
                return Raw(tag, longs);
            default:
                return Text(tag, [.. values.Select(Decimal)]);
        }
    }

    /// <summary>Sets an element to the number of another one (AT).</summary>
    public DicomDatasetWriter Tag(DicomTag tag, DicomTag value)
    {
        using var bytes = new MemoryStream();
        WriteTag(bytes, value);
        return Raw(tag, bytes.ToArray());
    }

    /// <summary>Sets a sequence.</summary>
    public DicomDatasetWriter Items(DicomTag tag, params IReadOnlyList<DicomDatasetWriter> items) => Set(tag,
        isExplicit => items.Sum(item => ItemHead + item.Length(isExplicit)),
        (to, isExplicit) =>
        {
            foreach (DicomDatasetWriter item in items)
            {
                WriteTag(to, DicomTags.Item);
                WriteLength(to, item.Length(isExplicit));
                item.Write(to, isExplicit);
            }
        });

    /// <summary>Sets a sequence of one coded concept (PS3.3, table 8.8-1).</summary>
    public DicomDatasetWriter Code(DicomTag sequence, DicomCode code) => Items(sequence, new DicomDatasetWriter()
        .Text(DicomTags.CodeValue, code.Value).Text(DicomTags.CodingSchemeDesignator, code.Scheme)
        .Text(DicomTags.CodeMeaning, code.Meaning));

    /// <summary>
    /// Sets elements to what another data set says; empty where it says nothing, or where a short string is longer than the standard's 16
    /// characters
    /// (PS3.5, 6.2), which archives refuse: a part of an identifier would be another one.
    /// </summary>
    public DicomDatasetWriter Copy(IDicomDataset from, params IReadOnlyList<DicomTag> tags)
    {
        foreach (DicomTag tag in tags)
        {
            IReadOnlyList<string> values = from.Texts(tag);
            Text(tag, VrOf(tag) == "SH" && values.Any(value => value.Length > MostShort) ? [] : values);
        }

        return this;
    }

    /// <summary>Sets an element to bytes of even length.</summary>
    public DicomDatasetWriter Raw(DicomTag tag, byte[] value) => Set(tag, _ => value.Length, (to, _) => to.Write(value));

    private DicomDatasetWriter Set(DicomTag tag, Func<bool, long> length, Action<Stream, bool> write)
    {
        _elements[((uint)tag.Group << 16) | tag.Element] = (tag, length, write);
        return this;
    }

    private long Length(bool isExplicit) =>
        _elements.Values.Sum(element => (isExplicit && IsLong(VrOf(element.Tag)) ? 12 : 8) + element.Length(isExplicit));

    private void Write(Stream to, bool isExplicit)
    {
        foreach ((DicomTag tag, Func<bool, long> length, Action<Stream, bool> write) in _elements.Values)
        {
            WriteHead(to, tag, VrOf(tag), length(isExplicit), isExplicit);
            write(to, isExplicit);
        }
    }

    /// <summary>Writes a Part 10 file (PS3.10, 7.1), Implicit VR: preamble, file meta information, this data set.</summary>
    public void WriteFile(Stream file, string sopClass, string sopInstance) =>
        WriteFile(file, sopClass, sopInstance, DicomTransferSyntax.ImplicitLittleEndian);

    /// <summary>
    /// Writes a Part 10 file, Explicit VR, that ends in pixel data of <paramref name="pixelBytes"/> bytes, which
    /// <paramref name="pixels"/> writes; the caller pads them to even length.
    /// </summary>
    public void WriteFile(Stream file, string sopClass, string sopInstance, long pixelBytes, Action<Stream> pixels)
    {
        WriteFile(file, sopClass, sopInstance, DicomTransferSyntax.ExplicitLittleEndian);
        WriteHead(file, DicomTags.PixelData, "OB", pixelBytes, isExplicit: true);
        pixels(file);
    }

    private void WriteFile(Stream file, string sopClass, string sopInstance, DicomTransferSyntax syntax)
    {
        DicomDatasetWriter meta = new DicomDatasetWriter()
            .Raw(DicomTags.FileMetaInformationVersion, [0, 1])
            .Text(DicomTags.MediaStorageSOPClassUID, sopClass)
            .Text(DicomTags.MediaStorageSOPInstanceUID, sopInstance)
            .Text(DicomTags.TransferSyntaxUID, syntax.Uid)
            .Text(DicomTags.ImplementationClassUID, "2.25.263189377155186402170462914352847013337")
            .Text(DicomTags.ImplementationVersionName, "SMILE");
        file.Write(new byte[128]);
        file.Write("DICM"u8);
        new DicomDatasetWriter().Number(DicomTags.FileMetaInformationGroupLength, meta.Length(isExplicit: true))
            .Write(file, isExplicit: true);
        meta.Write(file, isExplicit: true);
        Write(file, syntax == DicomTransferSyntax.ExplicitLittleEndian);
    }

    /// <summary>The longest decimal of a number that fits a decimal string.</summary>
    private static string Decimal(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        for (int digits = 16; text.Length > DecimalString; digits--)
            text = value.ToString($"G{digits}", CultureInfo.InvariantCulture);
        return text;
    }

    private static string VrOf(DicomTag tag) => DicomTags.Find(tag)!.Value.Vr;

    /// <summary>True where the length has four bytes, after two that are zero.</summary>
    private static bool IsLong(string vr) => vr is "OB" or "OW" or "SQ";

    private static void WriteHead(Stream to, DicomTag tag, string vr, long length, bool isExplicit)
    {
        WriteTag(to, tag);
        if (!isExplicit)
        {
            WriteLength(to, length);
            return;
        }

        to.Write(Encoding.ASCII.GetBytes(vr));
        if (IsLong(vr))
        {
            to.Write([0, 0]);
            WriteLength(to, length);
            return;
        }

        Span<byte> two = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(two, checked((ushort)length));
        to.Write(two);
    }

    private static void WriteTag(Stream to, DicomTag tag)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(four, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(four[2..], tag.Element);
        to.Write(four);
    }

    private static void WriteLength(Stream to, long length)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(four, checked((uint)length));
        to.Write(four);
    }
}
