using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>The elements of a data set that <see cref="DicomTags"/> knows.</summary>
internal sealed class DicomDataset(string path, Encoding inherited) : IDicomDataset
{
    private readonly Dictionary<DicomTag, DicomElement> _elements = [];

    /// <summary>The encoding of its text: its own character set, else that of the data set around it.</summary>
    public Encoding Encoding => _elements.ContainsKey(DicomTags.SpecificCharacterSet)
        ? DicomCharacterSet.Find(Texts(DicomTags.SpecificCharacterSet)) : inherited;

    /// <summary>Adds an element; of two with one tag, which the standard forbids, the first counts.</summary>
    public void Add(DicomTag tag, DicomElement element) => _elements.TryAdd(tag, element);

    /// <inheritdoc/>
    public bool Has(DicomTag tag) => Items(tag).Count > 0 || Texts(tag).Count > 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> Texts(DicomTag tag)
    {
        if (!_elements.TryGetValue(tag, out DicomElement? element) || element.Value.Length == 0)
            return [];
        // The bytes of a number may be those of white space: 9 is a tab.
        if (Binary(element) is { } numbers)
            return [.. numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture))];
        // The name of the character set itself is ASCII, whatever VR a damaged file gives it.
        bool foreign = element.Vr is "LO" or "SH" or "PN" or "UC" or "ST" or "LT" or "UT" && tag != DicomTags.SpecificCharacterSet;
        string text = foreign ? DicomCharacterSet.Decode(Encoding, element.Value) : Encoding.Latin1.GetString(element.Value);
        if (element.Vr is "ST" or "LT" or "UT")
            return [text.Trim(' ', '\0')];
        string[] values = text.Trim(' ', '\0').Split('\\', StringSplitOptions.TrimEntries);
        return values is [""] ? [] : values;
    }

    /// <inheritdoc/>
    public double[] Numbers(DicomTag tag)
    {
        if (!_elements.TryGetValue(tag, out DicomElement? element))
            return [];
        return Binary(element) ?? [.. Texts(tag).Select(text => Parse(tag, text))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<IDicomDataset> Items(DicomTag tag) => _elements.TryGetValue(tag, out DicomElement? element) ? element.Items : [];

    /// <inheritdoc/>
    public DataException Bad(DicomTag tag, string problem)
    {
        string where = _elements.TryGetValue(tag, out DicomElement? element) ? $" (offset {element.Offset})" : "";
        return new DataException($"{path}: {tag}{where}: {problem}");
    }

    /// <summary>The values of a binary number; null where the element is text.</summary>
    private static double[]? Binary(DicomElement element)
    {
        (bool big, byte[] bytes) = (element.BigEndian, element.Value);
        return element.Vr switch
        {
            "US" => Binary(bytes, 2, at => big ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at)),
            "SS" => Binary(bytes, 2, at => big ? BinaryPrimitives.ReadInt16BigEndian(at) : BinaryPrimitives.ReadInt16LittleEndian(at)),
            "UL" => Binary(bytes, 4, at => big ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at)),
            "SL" => Binary(bytes, 4, at => big ? BinaryPrimitives.ReadInt32BigEndian(at) : BinaryPrimitives.ReadInt32LittleEndian(at)),
            "FL" => Binary(bytes, 4, at => big ? BinaryPrimitives.ReadSingleBigEndian(at) : BinaryPrimitives.ReadSingleLittleEndian(at)),
            "FD" => Binary(bytes, 8, at => big ? BinaryPrimitives.ReadDoubleBigEndian(at) : BinaryPrimitives.ReadDoubleLittleEndian(at)),
            _ => null,
        };
    }

    private static double[] Binary(byte[] bytes, int width, Func<byte[], double> read)
    {
        var values = new double[bytes.Length / width];
        var one = new byte[width];
        for (int i = 0; i < values.Length; i++)
        {
            Array.Copy(bytes, i * width, one, 0, width);
            values[i] = read(one);
        }

        return values;
    }

    /// <summary>A decimal or integer string. Scanners and exporters with a comma for the decimal point exist.</summary>
    private double Parse(DicomTag tag, string text) =>
        double.TryParse(text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
            ? value
            : throw Bad(tag, $"'{(text.Length > 32 ? text[..32] + "..." : text)}' is no number. Export the image again.");
}
