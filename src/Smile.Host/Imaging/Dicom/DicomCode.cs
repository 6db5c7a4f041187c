namespace Smile.Host.Imaging.Dicom;

/// <summary>A coded concept: its value in a coding scheme, and what it means in English.</summary>
internal sealed record DicomCode(string Scheme, string Value, string Meaning)
{
    /// <summary>
    /// Of PS3.16 2026b, CID 7150. Older tools write 123037004, which SNOMED CT calls "Body structure" and which is not in
    /// the table.
    /// </summary>
    public static readonly DicomCode AnatomicalStructure = new("SCT", "91723000", "Anatomical Structure");

    /// <summary>Of PS3.16, CID 7162.</summary>
    public static readonly DicomCode ArtificialIntelligence = new("DCM", "123110", "Artificial Intelligence");

    /// <summary>Of PS3.16, CID 7203: how the frames were derived.</summary>
    public static readonly DicomCode Segmentation = new("DCM", "113076", "Segmentation");

    /// <summary>Of PS3.16, CID 7202: what the source images were for.</summary>
    public static readonly DicomCode SourceImage = new("DCM", "121322", "Source image for image processing operation");
}
