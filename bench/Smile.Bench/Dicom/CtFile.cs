using System.Runtime.InteropServices;
using Smile.Host.Imaging.Dicom;

namespace Smile.Bench.Dicom;

/// <summary>Where the pixels of a made-up CT series lie.</summary>
/// <param name="Orientation">Direction of a row, then of a column, LPS.</param>
/// <param name="Spacing">mm from pixel to pixel.</param>
internal readonly record struct CtPlane(double[] Orientation, double Spacing);

/// <summary>Writes uncompressed CT as DICOM: int16, stored values 1024 above HU.</summary>
internal static class CtFile
{
    /// <summary>Rows and columns.</summary>
    public const int Size = 512;

    private const int Bits = 16;

    private const string CtImageStorage = "1.2.840.10008.5.1.4.1.1.2", EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1";

    /// <summary>Writes one slice.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="number">From 1; its instance UID ends in it.</param>
    /// <param name="plane">The series'.</param>
    /// <param name="position">Of the first pixel, LPS.</param>
    /// <param name="stored">Size x Size.</param>
    public static void Write(string path, int number, CtPlane plane, double[] position, short[] stored)
    {
        string instance = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"1.2.3.{number}");
        DicomDatasetWriter set = Header(CtImageStorage, instance)
            .Text(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL")
            .Number(DicomTags.ImagePositionPatient, position).Number(DicomTags.ImageOrientationPatient, plane.Orientation)
            .Number(DicomTags.PixelSpacing, plane.Spacing, plane.Spacing)
            .Number(DicomTags.RescaleSlope, 1).Number(DicomTags.RescaleIntercept, -1024).Text(DicomTags.RescaleType, "HU");
        using FileStream file = File.Create(path);
        set.WriteFile(file, CtImageStorage, instance, 2 * stored.Length, to => to.Write(MemoryMarshal.AsBytes<short>(stored)));
    }

    /// <summary>Writes a whole series as one Enhanced CT file.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="plane">The series'.</param>
    /// <param name="positions">Of the first pixels of the frames.</param>
    /// <param name="stored">Makes the pixels of a frame.</param>
    public static void WriteEnhanced(string path, CtPlane plane, double[][] positions, Func<int, short[]> stored)
    {
        const string Instance = "1.2.3.1";
        DicomDatasetWriter shared = new DicomDatasetWriter()
            .Items(DicomTags.PlaneOrientationSequence,
                new DicomDatasetWriter().Number(DicomTags.ImageOrientationPatient, plane.Orientation))
            .Items(DicomTags.PixelMeasuresSequence, new DicomDatasetWriter().Number(DicomTags.PixelSpacing, plane.Spacing, plane.Spacing))
            .Items(DicomTags.PixelValueTransformationSequence,
                new DicomDatasetWriter().Number(DicomTags.RescaleSlope, 1).Number(DicomTags.RescaleIntercept, -1024)
                .Text(DicomTags.RescaleType, "HU"));
        DicomDatasetWriter set = Header(EnhancedCt, Instance)
            .Text(DicomTags.ImageType, "ORIGINAL", "PRIMARY", "VOLUME", "NONE")
            .Number(DicomTags.NumberOfFrames, positions.Length)
            .Items(DicomTags.SharedFunctionalGroupsSequence, shared)
            .Items(DicomTags.PerFrameFunctionalGroupsSequence, [.. positions.Select(position => new DicomDatasetWriter()
                .Items(DicomTags.PlanePositionSequence, new DicomDatasetWriter().Number(DicomTags.ImagePositionPatient, position)))]);
        using FileStream file = File.Create(path);
        set.WriteFile(file, EnhancedCt, Instance, 2L * Size * Size * positions.Length, to =>
        {
            for (int frame = 0; frame < positions.Length; frame++)
                to.Write(MemoryMarshal.AsBytes<short>(stored(frame)));
        });
    }

    private static DicomDatasetWriter Header(string sopClass, string instance) => new DicomDatasetWriter()
        .Text(DicomTags.SOPClassUID, sopClass).Text(DicomTags.SOPInstanceUID, instance)
        .Text(DicomTags.StudyInstanceUID, "1.2.4").Text(DicomTags.SeriesInstanceUID, "1.2.5").Text(DicomTags.FrameOfReferenceUID, "1.2.6")
        .Text(DicomTags.Modality, "CT")
        .Number(DicomTags.SamplesPerPixel, 1).Text(DicomTags.PhotometricInterpretation, "MONOCHROME2")
        .Number(DicomTags.Rows, Size).Number(DicomTags.Columns, Size)
        .Number(DicomTags.BitsAllocated, Bits).Number(DicomTags.BitsStored, Bits).Number(DicomTags.HighBit, Bits - 1)
        .Number(DicomTags.PixelRepresentation, 1);
}
