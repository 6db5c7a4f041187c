using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>A small CT image to build files from: 3 rows of 4 columns, unless told otherwise.</summary>
internal sealed record CtImage
{
    public string Series { get; init; } = "1.2.3";

    /// <summary>
    /// True for the patient, study, frame of reference and instance that a whole image has; its own SOP Instance UID is the
    /// series' and the slice position.
    /// </summary>
    public bool Identified { get; init; }

    /// <summary>
    /// Of an identified image: Patient ID, its issuer, and Study Instance UID; without an issuer there is no such element.
    /// </summary>
    public (string Id, string Issuer, string Study) Patient { get; init; } = ("P-17", "", "1.2.826.0.1");

    public string Modality { get; init; } = "CT";

    public string ImageType { get; init; } = @"ORIGINAL\PRIMARY\AXIAL";

    public int Rows { get; init; } = 3;

    public int Columns { get; init; } = 4;

    public int Bits { get; init; } = 16;

    public int BitsStored { get; init; } = 16;

    public int? HighBit { get; init; }

    public bool Signed { get; init; } = true;

    public double[] Position { get; init; } = [-10, -20, 30];

    public double[] Orientation { get; init; } = [1, 0, 0, 0, 1, 0];

    public double[] Spacing { get; init; } = [0.5, 0.75];

    public double Slope { get; init; } = 1;

    public double Intercept { get; init; }

    public int? Padding { get; init; }

    /// <summary>Says that the image was once compressed with loss.</summary>
    public bool Lossy { get; init; }

    public string SopClass { get; init; } = "1.2.840.10008.5.1.4.1.1.2";

    /// <summary>Without them there is no rescale.</summary>
    public bool Rescaled { get; init; } = true;

    /// <summary>Further elements of text.</summary>
    public (DicomTag Tag, string Value)[] Extra { get; init; } = [];

    /// <summary>Stored values, row by row; a ramp where none are given.</summary>
    public int[]? Pixels { get; init; }

    public int[] Stored => Pixels ?? [.. Enumerable.Range(0, Rows * Columns).Select(i => 10 * i - 50)];

    /// <summary>The data set without its pixels.</summary>
    public DicomBuilder Header(string syntax)
    {
        DicomBuilder b = DicomBuilder.For(syntax)
            .Text(DicomTags.ImageType, "CS", ImageType)
            .Text(DicomTags.SOPClassUID, "UI", SopClass);
        if (Identified)
        {
            b.Text(DicomTags.SpecificCharacterSet, "CS", "ISO_IR 100")
                .Text(DicomTags.SOPInstanceUID, "UI", $"{Series}.{Math.Round(Position[2])}")
                .Text(DicomTags.StudyDate, "DA", "20200131")
                .Text(DicomTags.PatientName, "PN", "M\u00fcller^Zo\u00eb")
                .Text(DicomTags.PatientID, "LO", Patient.Id)
                .Text(DicomTags.PatientBirthDate, "DA", "19500101")
                .Text(DicomTags.PatientSex, "CS", "F")
                .Text(DicomTags.StudyInstanceUID, "UI", Patient.Study)
                .Text(DicomTags.FrameOfReferenceUID, "UI", "1.2.826.0.2");
            if (Patient.Issuer.Length > 0)
                b.Text(DicomTags.IssuerOfPatientID, "LO", Patient.Issuer);
        }

        foreach ((DicomTag tag, string value) in Extra)
            b.Text(tag, DicomTags.Find(tag)!.Value.Vr, value);
        if (Series.Length > 0)
            b.Text(DicomTags.SeriesInstanceUID, "UI", Series);
        b.Text(DicomTags.Modality, "CS", Modality)
            .Text(DicomTags.SeriesDescription, "LO", "Abdomen")
            .Text(DicomTags.SliceThickness, "DS", "7")
            .Numbers(DicomTags.ImagePositionPatient, "DS", Position)
            .Numbers(DicomTags.ImageOrientationPatient, "DS", Orientation)
            .Word(DicomTags.SamplesPerPixel, "US", 1)
            .Text(DicomTags.PhotometricInterpretation, "CS", "MONOCHROME2")
            .Word(DicomTags.Rows, "US", Rows)
            .Word(DicomTags.Columns, "US", Columns)
            .Numbers(DicomTags.PixelSpacing, "DS", Spacing)
            .Word(DicomTags.BitsAllocated, "US", Bits)
            .Word(DicomTags.BitsStored, "US", BitsStored)
            .Word(DicomTags.HighBit, "US", HighBit ?? BitsStored - 1)
            .Word(DicomTags.PixelRepresentation, "US", Signed ? 1 : 0);
        if (Padding is { } padding)
            b.Word(DicomTags.PixelPaddingValue, "US", padding);
        if (Rescaled)
            b.Numbers(DicomTags.RescaleIntercept, "DS", Intercept).Numbers(DicomTags.RescaleSlope, "DS", Slope);
        return Lossy ? b.Text(DicomTags.LossyImageCompression, "CS", "01") : b;
    }

    public byte[] File(string syntax = DicomBuilder.Explicit)
    {
        DicomBuilder b = Header(syntax);
        byte[] pixels = Bits == 16 ? b.Words(Stored) : [.. Stored.Select(v => (byte)v)];
        return b.Raw(DicomTags.PixelData, "OW", pixels).File(syntax);
    }

    /// <summary>The file of a compressed syntax, the one frame in one fragment.</summary>
    public byte[] Packed(string syntax, byte[] frame) => Header(syntax).Fragments(ended: true, [], frame).File(syntax);
}
