namespace Smile.Host.Imaging.Dicom;

/// <summary>A coded concept: its value in a coding scheme, and what it means in English.</summary>
internal sealed record DicomCode(string Scheme, string Value, string Meaning)
{
    /// <summary>Of PS3.16, CID 7150.</summary>
    public static readonly DicomCode AnatomicalStructure = new("SCT", "123037004", "Anatomical Structure");

    /// <summary>Of PS3.16, CID 7162.</summary>
    public static readonly DicomCode ArtificialIntelligence = new("DCM", "123110", "Artificial Intelligence");

    /// <summary>Of PS3.16, CID 7203: how the frames were derived.</summary>
    public static readonly DicomCode Segmentation = new("DCM", "113076", "Segmentation");

    /// <summary>Of PS3.16, CID 7202: what the source images were for.</summary>
    public static readonly DicomCode SourceImage = new("DCM", "121322", "Source image for image processing operation");

    /// <summary>SNOMED CT, as in PS3.16, CID 7154 and others.</summary>
    private static readonly Dictionary<string, DicomCode> Organs = new DicomCode[]
    {
        new("SCT", "10200004", "Liver"), new("SCT", "15776009", "Pancreas"), new("SCT", "69695003", "Stomach"), new("SCT", "78961009", "Spleen"),
        new("SCT", "28231008", "Gallbladder"), new("SCT", "64033007", "Kidney"), new("SCT", "9846003", "Right kidney"),
        new("SCT", "18639004", "Left kidney"), new("SCT", "23451007", "Adrenal gland"), new("SCT", "29392005", "Right adrenal gland"),
        new("SCT", "32849002", "Esophagus"), new("SCT", "38848004", "Duodenum"), new("SCT", "71854001", "Colon"),
        new("SCT", "15825003", "Aorta"), new("SCT", "64131007", "Inferior vena cava"),
    }.ToDictionary(code => Key(code.Meaning));

    /// <summary>
    /// The concept of an organ's name, in whatever case and order of words ("kidney_right"); for a name that is not listed, just
    /// that it is an anatomical structure.
    /// </summary>
    public static DicomCode OfOrgan(string name) => Organs.GetValueOrDefault(Key(name), AnatomicalStructure);

    private static string Key(string name) =>
        string.Join(' ', name.ToLowerInvariant().Split([' ', '_', '-'], StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
}
