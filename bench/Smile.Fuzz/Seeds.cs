using System.IO.Compression;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Host.Tests.Imaging.Fuzz;
using Smile.Host.Tests.Imaging.Nifti;

namespace Smile.Fuzz;

/// <summary>Sound files to start from, each a different way through the readers; all of them are made here.</summary>
internal static class Seeds
{
    private const string JpegLossless70 = "1.2.840.10008.1.2.4.70", DeflatedFrame = "1.2.840.10008.1.2.8.1",
        EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1";

    /// <summary>A slice of 7 x 5 pixels as CharLS codes it, and one of 32 x 32 as OpenJPEG does (gdcmconv --jpegls, --j2k).</summary>
    private const string JpegLs =
        "/9j/9wALEAAHAAUBAREA//gADQH//wASAEMBFABA/9oACAEBAAAAAEYoJwRg+DYyQAgCAIARkgpBKEIKRkg6GQqCUYoRBoaEJghoSEg6XoSEhIYA/9k=",
        Jpeg2000 =
        "/0//UQApAAAAAAAgAAAAIAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAABjwEB/1IADAAAAAEABAQEAAH/XAAQQICIiJCIiJCIiJCIiJD/ZAAqAAFDcmVh"
        + "dGVkIGJ5IEdEQ00vT3BlbkpQRUcgdmVyc2lvbiAyLjUuMP+QAAoAAAAAAFoAAf+TwB+AMAz735Eut8AH2gkAA+QGDQCYjws9f8AD6gWAAPhDACIZ1rB/"
        + "A3+/wAHzhIAAdDA2oZrHPaYzwAD5BEAAEYBfp8eJ46TQf52sKf/ZAA==";

    public static IReadOnlyList<FuzzInput> All(FuzzSandbox sandbox)
    {
        byte[][] slices = [.. Slices()], segmentations = [.. Segmentations()], contours = [.. StructureSets()], niftis = [.. Niftis()];
        (byte[] seg, byte[] structures) = sandbox.Sound();
        return
        [
            .. Of(FuzzKind.Slice, slices),
            .. Of(FuzzKind.Segmentation, [.. segmentations, seg]),
            .. Of(FuzzKind.StructureSet, [.. contours, structures]),
            .. Of(FuzzKind.Nifti, niftis),
            .. Of(FuzzKind.NiftiHeader, [Pair(version: 1), Pair(version: 2)]),
            .. Of(FuzzKind.ImportedDicom, [slices[0], slices[1], seg, structures]),
            .. Of(FuzzKind.ImportedImage, niftis[..3]),
            .. Of(FuzzKind.ImportedLabels, niftis[..3]),
        ];
    }

    private static IEnumerable<FuzzInput> Of(FuzzKind kind, IEnumerable<byte[]> files) => files.Select(file => new FuzzInput(kind, file));

    private static IEnumerable<byte[]> Slices()
    {
        CtImage image = FuzzSandbox.Slice(1);
        int[] unsigned = [.. image.Stored.Select(value => value & 0xFFFF)];
        byte[] jpeg = JpegLosslessCoder.Encode(unsigned, 1, 16, 0, 0, image.Rows, image.Columns);
        yield return image.File();
        yield return image.File(DicomBuilder.Implicit);
        yield return image.File(DicomBuilder.BigEndian);
        yield return image.File(DicomBuilder.Deflated);
        yield return image.Packed(DicomBuilder.Rle, RleCoder.Encode(unsigned, 2));
        yield return image.Packed(DicomBuilder.JpegLossless, JpegLosslessCoder.Encode(unsigned, 5, 16, 0, 2, image.Rows, image.Columns));
        yield return image.Packed(JpegLossless70, jpeg);
        yield return image.Packed(DeflatedFrame, Deflate(image.Header(DicomBuilder.Explicit).Words(image.Stored)));
        yield return image.Packed("1.2.840.10008.1.2.4.80", Convert.FromBase64String(JpegLs));
        yield return (image with { Rows = 32, Columns = 32 }).Packed("1.2.840.10008.1.2.4.90", Convert.FromBase64String(Jpeg2000));
        yield return (image with { Bits = 8, BitsStored = 8, Signed = false, Pixels = [.. Enumerable.Range(0, 35)] }).File();
        yield return (image with { BitsStored = 12, HighBit = 13, Padding = -2000, Slope = 0.5, Intercept = -1024.25 }).File();
        yield return (image with { Orientation = [1, 0, 0, 0, 0.97, -0.242] }).File();
        // no preamble, no meta
        yield return image.Header(DicomBuilder.Explicit).Raw(DicomTags.PixelData, "OW", new DicomBuilder().Words(image.Stored)).Body;
        yield return Nested(image);
        yield return Enhanced(image, undefined: true);
        yield return Enhanced(image, undefined: false);
    }

    /// <summary>Private and unknown elements, sequences in sequences of both kinds.</summary>
    private static byte[] Nested(CtImage image)
    {
        DicomBuilder New() => new();
        DicomBuilder file = image.Header(DicomBuilder.Explicit)
            .Sequence(new DicomTag(0x0041, 0x1001), true,
                New().Sequence(new DicomTag(0x0041, 0x1001), false, New(), New().Text(new DicomTag(0x0041, 0x1002), "LO", "private")))
            .Sequence(DicomTags.SharedFunctionalGroupsSequence, "UN", true, New())
            .Sequence(DicomTags.PixelMeasuresSequence, true, New().Numbers(DicomTags.PixelSpacing, "DS", 1, 2))
            .Raw(new DicomTag(0x0043, 0x1010), "OB", [1, 2, 3, 4]);
        return file.Raw(DicomTags.PixelData, "OW", file.Words(image.Stored)).File(DicomBuilder.Explicit);
    }

    /// <summary>Three frames in one file, out of order.</summary>
    private static byte[] Enhanced(CtImage image, bool undefined)
    {
        DicomBuilder New() => new();
        DicomBuilder Frame(double z) => New()
            .Sequence(DicomTags.PlanePositionSequence, undefined, New().Numbers(DicomTags.ImagePositionPatient, "DS", -10, -20, z))
            .Sequence(DicomTags.CTImageFrameTypeSequence, undefined,
                New().Text(DicomTags.FrameType, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE "))
            .Sequence(DicomTags.PixelValueTransformationSequence, undefined,
                New().Numbers(DicomTags.RescaleSlope, "DS", 2).Numbers(DicomTags.RescaleIntercept, "DS", -1024));
        DicomBuilder file = New()
            .Text(DicomTags.SOPClassUID, "UI", EnhancedCt)
            .Text(DicomTags.Modality, "CS", "CT")
            .Text(DicomTags.SeriesInstanceUID, "UI", "1.2.3")
            .Text(DicomTags.NumberOfFrames, "IS", "3 ")
            .Word(DicomTags.Rows, "US", image.Rows)
            .Word(DicomTags.Columns, "US", image.Columns)
            .Word(DicomTags.BitsAllocated, "US", 16)
            .Word(DicomTags.BitsStored, "US", 16)
            .Word(DicomTags.PixelRepresentation, "US", 1)
            .Sequence(DicomTags.SharedFunctionalGroupsSequence, undefined, New()
                .Sequence(DicomTags.PlaneOrientationSequence, undefined,
                    New().Numbers(DicomTags.ImageOrientationPatient, "DS", 1, 0, 0, 0, 1, 0))
                .Sequence(DicomTags.PixelMeasuresSequence, undefined,
                    New().Numbers(DicomTags.PixelSpacing, "DS", 0.5, 0.75).Numbers(DicomTags.SliceThickness, "DS", 5)))
            .Sequence(DicomTags.PerFrameFunctionalGroupsSequence, undefined, Frame(20), Frame(10), Frame(15));
        int[] stored = image.Stored;
        return file.Raw(DicomTags.PixelData, "OW", file.Words([.. stored, .. stored, .. stored])).File(DicomBuilder.Explicit);
    }

    private static IEnumerable<byte[]> Segmentations()
    {
        int pixels = SegmentationFile.Rows * SegmentationFile.Columns;
        int[] one = [.. Enumerable.Range(0, pixels).Select(i => i % 2)],
            fractions = [.. Enumerable.Range(0, pixels).Select(i => 7 * i % 200)];
        yield return SegmentationFile.Make([one, new int[pixels]], [(2, 15), (1, 20)], 1, "BINARY");
        yield return SegmentationFile.Make([fractions, one], [(2, 10), (1, 10)], 8, "FRACTIONAL");
        yield return SegmentationFile.Make([[.. one.Select(i => 2 * i)]], [(1, 15)], 8, "LABELMAP");
    }

    private static IEnumerable<byte[]> StructureSets()
    {
        StructureSetFile.Contour Square(double column, double row, double size, double z) => new("CLOSED_PLANAR",
            [.. new[] { (0, 0), (1, 0), (1, 1), (0, 1) }
                .SelectMany(corner => new[] { -10 + 0.75 * (column + size * corner.Item1), -20 + 0.5 * (row + size * corner.Item2), z })]);
        yield return StructureSetFile.Make(Square(0.5, 0.5, 3, 10.1), Square(1.5, 1.5, 1, 10), Square(0.5, 0.5, 2, 20));
        yield return StructureSetFile.Make(Square(0.5, 0.5, 3, 15), Square(0.5, 0.5, 1, 12) with { Type = "POINT" });
    }

    private static IEnumerable<byte[]> Niftis()
    {
        double[] voxels = FuzzSandbox.NiftiVoxels;
        yield return FuzzSandbox.Nifti().Single(voxels);
        yield return FuzzSandbox.Nifti(version: 2).Single(voxels);
        yield return NiftiBytes.Gzip(FuzzSandbox.Nifti().Single(voxels));
        yield return new NiftiBytes
        {
            Sizes = [5, 4, 3],
            Datatype = 2,
            Slope = 0.5,
            Intercept = -1,
            Sform = null,
            Qform = (0.1, 0.2, 0.3, 1, 2, 3),
            Qfac = -1,
            BigEndian = true,
        }.Single(voxels);
        foreach (int datatype in new[] { 8, 16, 64, 256, 512, 768, 1024, 1280 })
            yield return FuzzSandbox.Nifti(datatype: datatype).Single(voxels);
        yield return new NiftiBytes
        {
            Sizes = [5, 4, 3],
            Datatype = 4,
            Sform = [0, 0, 2, -10, -3, 0, 0, 20, 0, 5, 0, 30],
            Extension = new byte[16],
        }.Single(voxels);
        yield return new NiftiBytes
        {
            Version = 2,
            Sizes = [5, 4, 3, 1, 1],
            Datatype = 16,
            BigEndian = true,
            Slope = 1,
            Qform = (0, 0, 1, 1, 2, 3),
        }.Single(voxels);
    }

    private static byte[] Pair(int version)
    {
        NiftiBytes nifti = FuzzSandbox.Nifti(version);
        return new NiftiBytes { Version = version, Datatype = nifti.Datatype, Sizes = nifti.Sizes, Magic = "ni" }.Header(0);
    }

    private static byte[] Deflate(byte[] raw)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal))
            deflate.Write(raw);
        return packed.ToArray();
    }
}
