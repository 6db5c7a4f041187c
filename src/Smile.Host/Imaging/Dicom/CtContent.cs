using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>Why a file holds no slices of a CT volume.</summary>
/// <param name="Tag">The element that says so.</param>
/// <param name="Kind">What it is, in a word or two.</param>
/// <param name="Problem">The same for a message about the file.</param>
/// <param name="IsExtra">True for what a scanner puts beside the slices of a series: it is left out there.</param>
internal sealed record NoSlices(DicomTag Tag, string Kind, string Problem, bool IsExtra = false);

/// <summary>
/// Tells the images that are slices in HU from others that call themselves CT: localisers, pictures of the console, parameter maps,
/// projections,
/// masks. Image Type by PS3.3, C.8.2.1.1.1 and C.8.16.1; Rescale Type by C.11.1.1.2.
/// </summary>
internal static class CtContent
{
    private const string EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1", LegacyConvertedCt = "1.2.840.10008.5.1.4.1.1.2.2",
        SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7", Segmentation = "1.2.840.10008.5.1.4.1.1.66.4",
            LabelMap = "1.2.840.10008.5.1.4.1.1.66.7",
        StructureSet = "1.2.840.10008.5.1.4.1.1.481.3";

    private static readonly string[] CtClasses = ["1.2.840.10008.5.1.4.1.1.2", EnhancedCt, LegacyConvertedCt];

    /// <summary>
    /// Of a derived image: quantities that are no HU, and projections, in which HU of different places stand for one another.
    /// </summary>
    private static readonly HashSet<string> Maps =
    [
        "CBF", "CBV", "MTT", "TTP", "TMAX", "TTD", "TTS", "PBV", "PMB", "FLOW", "PERMEABILITY", "PERFUSION", "IODINE", "ZEFF", "RHO",
        "ELECTRON", "DENSITY",
        "SUBTRACTION", "DIVISION", "MULTIPLICATION", "MIP", "MINIP", "MAXIMUM", "MINIMUM", "PROJECTION", "DRR", "VRT", "SSD", "MASK",
        "SEGMENTATION", "COLOR", "RGB",
    ];

    /// <summary>Words that say so in a description too, where the others may stand for the examination.</summary>
    private static readonly HashSet<string> DescribedMaps = ["CBF", "CBV", "MTT", "TTP", "TMAX", "PBV", "IODINE", "ZEFF", "MIP", "MINIP"];

    /// <summary>The modality of a file; where it does not say, that of its SOP class; empty where neither is known.</summary>
    public static string ModalityOf(IDicomDataset set)
    {
        string sop = set.Text(DicomTags.SOPClassUID);
        return set.Text(DicomTags.Modality) is { Length: > 0 } modality ? modality
            : CtClasses.Contains(sop) ? "CT"
            : sop is Segmentation or LabelMap ? "SEG"
            : sop == StructureSet ? "RTSTRUCT"
            : sop;
    }

    /// <summary>Null where the file may hold slices in HU; its frames may yet say otherwise.</summary>
    public static NoSlices? WhyNone(IDicomFile file)
    {
        IDicomDataset set = file.Dataset;
        string modality = ModalityOf(set), sop = set.Text(DicomTags.SOPClassUID);
        if (modality is not ("CT" or ""))
        {
            string named = set.Text(DicomTags.Modality);
            return new NoSlices(DicomTags.Modality, named is "" ? "no modality" : named, $"'{named}' (SOP class {sop}); only CT is "
                + "read. Give a folder with the CT series.");
        }

        IReadOnlyList<string> type = set.Texts(DicomTags.ImageType);
        if (type.Contains("LOCALIZER"))
            return new NoSlices(DicomTags.ImageType, "localiser", "a localiser (scout), no slice of the volume. Take it out of the "
                + "series.", IsExtra: true);
        if (sop.StartsWith(SecondaryCapture, StringComparison.Ordinal))
        {
            return set.Texts(DicomTags.ImagePositionPatient).Count == 0
                ? new NoSlices(DicomTags.SOPClassUID, "picture of the console", "a picture of the console (secondary capture), no slice "
                    + "of the volume. Take it out of the series.", IsExtra: true)
                : new NoSlices(DicomTags.SOPClassUID, "secondary capture", "a secondary capture: nothing says that its numbers are HU. "
                    + "Give the scanner's own images, "
                    + "or convert it to NIfTI where you know them to be HU.");
        }

        return WhyNoHounsfield(set, type);
    }

    /// <summary>What a Rescale Type says against HU; null where nothing.</summary>
    /// <param name="unit">Rescale Type.</param>
    /// <param name="type">Image Type, or a frame's.</param>
    public static string? WhyNoHounsfield(string unit, IReadOnlyList<string> type) => unit switch
    {
        "" or "HU" or "HU_MOD" => null,
        // Unspecified: of a scanner's original and of what 3D Slicer and dcmqi export ("DERIVED\SECONDARY" and no more) HU may be meant, of
        // a scanner's map not.
        "US" => type is ["DERIVED", _, _, ..] or ["DERIVED", "PRIMARY"] or ["DERIVED"] ? "'US' (unspecified) of a derived image: a "
            + "parameter map, no HU" : null,
        _ => $"'{unit}', no HU: a parameter map",
    };

    private static NoSlices? WhyNoHounsfield(IDicomDataset set, IReadOnlyList<string> type)
    {
        const string Remedy = " Give the series that it was computed from.";
        if (type is ["DERIVED", ..])
        {
            if (Words(type.Skip(1)).FirstOrDefault(Maps.Contains) is { } word)
                return new NoSlices(DicomTags.ImageType, $"map ({word})", $"'{string.Join('\\', type)}': a map or projection, no slice "
                    + $"in HU.{Remedy}");
            if (Words([set.Text(DicomTags.SeriesDescription)]).FirstOrDefault(DescribedMaps.Contains) is { } described)
                return new NoSlices(DicomTags.SeriesDescription, $"map ({described})", $"'{described}' of a derived image: a map or "
                    + $"projection, no slice in HU.{Remedy}");
        }

        if (WhyNoHounsfield(set.Text(DicomTags.RescaleType), type) is { } unit)
            return new NoSlices(DicomTags.RescaleType, $"map (Rescale Type {set.Text(DicomTags.RescaleType)})", unit + "." + Remedy);
        // CT has 12 bits and more (PS3.3, C.8.2.1): masks are kept so, and pictures through a window.
        return Bits(set) is <= 8 and var bits
            ? new NoSlices(DicomTags.BitsStored, "8 bits a pixel", $"{bits}: CT has 12 or more. This is a mask, or a picture through a "
                + "window; give the images in HU.") : null;
    }

    /// <summary>Bits Stored; null where it is missing or no number, which is told when the pixels are read.</summary>
    private static double? Bits(IDicomDataset set)
    {
        try
        {
            return set.Number(DicomTags.BitsStored);
        }
        catch (DataException)
        {
            return null;
        }
    }

    /// <summary>The words of some values, in capitals.</summary>
    private static IEnumerable<string> Words(IEnumerable<string> values) => values
        .SelectMany(value => value.ToUpperInvariant().Split([' ', '_', '-', '/', '.', ',', '(', ')', '^'],
            StringSplitOptions.RemoveEmptyEntries));
}
