using System.Globalization;
using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>What a SEG and an RTSTRUCT made of a CT series have in common.</summary>
internal static class DerivedObject
{
    private const string CtImageStorage = "1.2.840.10008.5.1.4.1.1.2";

    public static readonly string Version = typeof(DerivedObject).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Patient, study and frame of reference of the series; a series and an instance of its own, made now by Smile.</summary>
    /// <exception cref="DataException">The series lacks a UID that it must refer to.</exception>
    public static DicomDatasetWriter Of(IDicomDataset source, string modality, string sopClass, string instance)
    {
        (string date, string time) = Now();
        return new DicomDatasetWriter()
            .Text(DicomTags.SpecificCharacterSet, "ISO_IR 192")
            .Copy(source, DicomTags.PatientName, DicomTags.PatientID, DicomTags.PatientBirthDate, DicomTags.PatientSex, DicomTags.StudyDate,
                DicomTags.StudyTime, DicomTags.AccessionNumber, DicomTags.ReferringPhysicianName, DicomTags.StudyDescription,
                DicomTags.StudyID,
                DicomTags.PositionReferenceIndicator)
            .Text(DicomTags.StudyInstanceUID, Uid(source, DicomTags.StudyInstanceUID))
            .Text(DicomTags.FrameOfReferenceUID, Uid(source, DicomTags.FrameOfReferenceUID))
            .Text(DicomTags.SOPClassUID, sopClass)
            .Text(DicomTags.SOPInstanceUID, instance)
            .Text(DicomTags.SeriesInstanceUID, DicomDatasetWriter.NewUid())
            .Text(DicomTags.Modality, modality)
            .Text(DicomTags.SeriesDescription, "Smile organ segmentation")
            .Number(DicomTags.SeriesNumber, 9000)
            .Number(DicomTags.InstanceNumber, 1)
            .Text(DicomTags.SeriesDate, date).Text(DicomTags.SeriesTime, time)
            .Text(DicomTags.Manufacturer, "Smile")
            .Text(DicomTags.ManufacturerModelName, "Smile")
            .Text(DicomTags.DeviceSerialNumber, "0")
            .Text(DicomTags.SoftwareVersions, Version);
    }

    /// <summary>Date and time as DICOM writes them.</summary>
    public static (string Date, string Time) Now()
    {
        DateTime now = DateTime.Now;
        return (now.ToString("yyyyMMdd", CultureInfo.InvariantCulture), now.ToString("HHmmss", CultureInfo.InvariantCulture));
    }

    /// <summary>Says which program made it.</summary>
    public static DicomDatasetWriter Algorithm() => new DicomDatasetWriter()
        .Code(DicomTags.AlgorithmFamilyCodeSequence, DicomCode.ArtificialIntelligence)
        .Text(DicomTags.AlgorithmName, "Smile")
        .Text(DicomTags.AlgorithmVersion, Version);

    /// <summary>Refers to a file of the series.</summary>
    /// <exception cref="DataException">It has no UID.</exception>
    public static DicomDatasetWriter Reference(IDicomFile file) => new DicomDatasetWriter()
        .Text(DicomTags.ReferencedSOPClassUID, file.Dataset.Text(DicomTags.SOPClassUID) is { Length: > 0 } given ? given : CtImageStorage)
        .Text(DicomTags.ReferencedSOPInstanceUID, Uid(file.Dataset, DicomTags.SOPInstanceUID));

    /// <summary>Refers to a slice: its file and, where that holds several, its frame.</summary>
    /// <exception cref="DataException">It has no UID.</exception>
    public static DicomDatasetWriter Reference(CtSlice slice) => slice.Format.Frames > 1
        ? Reference(slice.File).Number(DicomTags.ReferencedFrameNumber, slice.Frame + 1)
        : Reference(slice.File);

    /// <summary>A UID of the series.</summary>
    /// <exception cref="DataException">It is missing.</exception>
    public static string Uid(IDicomDataset set, DicomTag tag) => set.Text(tag) is { Length: > 0 } uid ? uid
        : throw set.Bad(tag, "is missing; a segmentation must refer to it. Write NIfTI, or give a series as the scanner exports it.");
}
