using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// One data set: a file's, or one item of a sequence. With <see cref="IDicomFile"/> this is all that series, segmentations
/// and contours know of DICOM's encoding; another toolkit (fo-dicom) takes the place of ours by implementing the two.
/// </summary>
internal interface IDicomDataset
{
    /// <summary>True where an element has a value, or a sequence an item. Text that is nothing but padding is no value.</summary>
    bool Has(DicomTag tag);

    /// <summary>The values of a text element without their padding, or numbers as text; none where it is absent or empty.</summary>
    IReadOnlyList<string> Texts(DicomTag tag);

    /// <summary>The values of a numeric element, binary or text; none where it is absent or empty.</summary>
    /// <exception cref="DataException">A value is no finite number.</exception>
    double[] Numbers(DicomTag tag);

    /// <summary>The items of a sequence; none where it is absent.</summary>
    IReadOnlyList<IDicomDataset> Items(DicomTag tag);

    /// <summary>An error that names the file, the element and, where it is present, its byte offset.</summary>
    DataException Bad(DicomTag tag, string problem);
}

/// <summary>A DICOM file: its data set, in memory, and its frames, on disk.</summary>
internal interface IDicomFile
{
    string Path { get; }

    DicomTransferSyntax TransferSyntax { get; }

    IDicomDataset Dataset { get; }

    /// <summary>What is odd in the file and did not stop the reading; a line each.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>How the pixels are stored; the sizes are known to fit the file.</summary>
    /// <exception cref="DataException">No image, or one that cannot be read here.</exception>
    PixelFormat ReadFormat();

    /// <summary>
    /// Decodes a frame into stored values (before rescale), row by row: <paramref name="stored"/> holds Rows x Columns. Safe to
    /// call from several threads.
    /// </summary>
    /// <exception cref="DataException">The frame is damaged, or its codec is missing.</exception>
    void ReadFrame(PixelFormat format, int frame, Span<int> stored);
}

internal static class DicomDatasetExtensions
{
    /// <summary>The first value of a text element; empty where there is none.</summary>
    public static string Text(this IDicomDataset set, DicomTag tag) => set.Texts(tag) is [string first, ..] ? first : "";

    /// <summary>The first value of a numeric element; null where there is none.</summary>
    public static double? Number(this IDicomDataset set, DicomTag tag) => set.Numbers(tag) is [double first, ..] ? first : null;

    /// <summary>
    /// A whole number from <paramref name="least"/> to <paramref name="most"/>; <paramref name="otherwise"/> where absent.
    /// </summary>
    /// <exception cref="DataException">It is another number, or absent with nothing in its place.</exception>
    public static int Whole(this IDicomDataset set, DicomTag tag, int least, int most, int? otherwise = null)
    {
        if ((set.Number(tag) ?? otherwise) is not { } value)
            throw set.Bad(tag, "is missing. Export the image again.");
        if (value >= least && value <= most && value == Math.Floor(value))
            return (int)value;
        string wanted = least == most ? $"{least}" : $"{least} to {most}";
        throw set.Bad(tag, $"{value}; a whole number is wanted, {wanted}. Export the image again.");
    }

    /// <summary>Exactly <paramref name="count"/> numbers.</summary>
    /// <exception cref="DataException">There are more or fewer.</exception>
    public static double[] Vector(this IDicomDataset set, DicomTag tag, int count)
    {
        double[] values = set.Numbers(tag);
        return values.Length == count
            ? values
            : throw set.Bad(tag,
                values.Length == 0 ? "is missing. Export the image again." : $"{Words.Count(values.Length, "value", "values")}; "
                    + $"{count} are wanted.");
    }
}
