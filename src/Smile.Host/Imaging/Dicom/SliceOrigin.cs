using System.Globalization;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// What tells the acquisitions, phases and reconstructions of a series apart, of one slice: a value for each of <see cref="Keys"/>, empty
/// where the
/// file does not say, and what its place in time is told by.
/// </summary>
internal sealed class SliceOrigin
{
    /// <summary>What may differ, the most telling first, by the names of PS3.6.</summary>
    public static readonly IReadOnlyList<string> Keys =
    [
        "AcquisitionNumber", "TemporalPositionIdentifier", "NominalPercentageOfCardiacPhase", "ConvolutionKernel", "KVP",
        "SliceThickness", "StackID",
        "ImageType", "SeriesNumber", "SeriesDescription", "SeriesTime", "AcquisitionTime",
    ];

    /// <summary>Values, as <see cref="Keys"/>.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>When it was taken, in seconds of whatever day; null where the file does not say.</summary>
    public required double? Time { get; init; }

    /// <summary>Its number in the series; null where the file does not say, and of a frame.</summary>
    public required double? Instance { get; init; }

    public static SliceOrigin Read(IDicomDataset set, FunctionalGroups groups, IDicomDataset type, bool isFrame)
    {
        string Of(DicomTag sequence, DicomTag element) => Value(groups.Find(sequence, element), element);
        string Either(string nearest, DicomTag otherwise) => nearest.Length > 0 ? nearest : Value(set, otherwise);
        string frameTime = Of(DicomTags.FrameContentSequence, DicomTags.FrameAcquisitionDateTime);
        string time = frameTime.Length > 0 ? frameTime
            : Value(set, DicomTags.AcquisitionDateTime) is { Length: > 0 } at ? at
            : Value(set, DicomTags.AcquisitionTime) is { Length: > 0 } clock ? Value(set, DicomTags.AcquisitionDate) + clock : "";
        IEnumerable<string> words = isFrame && type != set ? type.Texts(DicomTags.FrameType) : set.Texts(DicomTags.ImageType);
        return new SliceOrigin
        {
            Values =
            [
                Either(Of(DicomTags.FrameContentSequence, DicomTags.FrameAcquisitionNumber), DicomTags.AcquisitionNumber),
                Either(Of(DicomTags.FrameContentSequence, DicomTags.TemporalPositionIndex), DicomTags.TemporalPositionIdentifier),
                Of(DicomTags.CardiacSynchronizationSequence, DicomTags.NominalPercentageOfCardiacPhase),
                Of(DicomTags.CTReconstructionSequence, DicomTags.ConvolutionKernel),
                Of(DicomTags.CTXRayDetailsSequence, DicomTags.KVP),
                Of(DicomTags.PixelMeasuresSequence, DicomTags.SliceThickness),
                Of(DicomTags.FrameContentSequence, DicomTags.StackID),
                string.Join('\\', words),
                Value(set, DicomTags.SeriesNumber),
                Value(set, DicomTags.SeriesDescription),
                Value(set, DicomTags.SeriesTime),
                time,
            ],
            Time = Seconds(time),
            Instance = isFrame ? null : Number(Value(set, DicomTags.InstanceNumber)),
        };
    }

    /// <summary>The values of an element as text, numbers in one way of writing: "5.0" is "5".</summary>
    private static string Value(IDicomDataset set, DicomTag tag)
    {
        if (DicomTags.Find(tag) is { Vr: "US" or "UL" or "FD" })
            return string.Join('\\', set.Numbers(tag).Select(value => value.ToString(CultureInfo.InvariantCulture)));
        IEnumerable<string> texts = set.Texts(tag);
        return string.Join('\\', DicomTags.Find(tag) is { Vr: "DS" or "IS" }
            ? texts.Select(text => Number(text) is { } value ? Math.Round(value, 3).ToString(CultureInfo.InvariantCulture) : text) : texts);
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    /// <summary>Of hhmmss.ffffff, or of yyyymmddhhmmss.ffffff and what else a DT says.</summary>
    private static double? Seconds(string time)
    {
        string digits = time.Split('+', '-', '&')[0];
        int dot = digits.IndexOf('.', StringComparison.Ordinal);
        string whole = dot < 0 ? digits : digits[..dot];
        if (whole.Length is not (6 or 14) || !whole.All(char.IsAsciiDigit))
            return null;
        int Two(int at) => int.Parse(whole.AsSpan(whole.Length - 6 + at, 2), CultureInfo.InvariantCulture);
        double fraction = dot < 0 ? 0 : Number("0" + digits[dot..]) ?? 0;
        // Days count by their number alone: months of unequal length make no difference to what comes first.
        double days = whole.Length == 14 ? double.Parse(whole.AsSpan(0, 8), CultureInfo.InvariantCulture) : 0;
        return days * 86400 + Two(0) * 3600 + Two(2) * 60 + Two(4) + fraction;
    }
}
