using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Dicom.Codecs;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Files of scanners and of other people's tools (the README of the shared data says where they come from).</summary>
public sealed class DicomRealDataTests : DicomFolder
{
    private const string Slice = "cornerstone3d/CTImage.dcm_";

    [Theory]
    [InlineData("BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm")]
    [InlineData("DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99.dcm")]
    [InlineData("RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm")]
    [InlineData("JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm")]
    [InlineData("JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm")]
    [InlineData("JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm")]
    public void One_CT_slice_in_every_lossless_syntax_has_the_same_HU(string name)
    {
        RequireCodec(name);
        int[] stored = Pixels(DicomFile.Open(TestData.Require(Slice + "LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm")));
        Assert.Equal((-2000, 2402), (stored.Min(), stored.Max()));
        DicomFile packed = DicomFile.Open(TestData.Require(Slice + name));
        Assert.Equal(stored, Pixels(packed));
        Assert.Equal(Path.GetFileNameWithoutExtension(name)[(name.IndexOf('_', StringComparison.Ordinal) + 1)..],
            packed.TransferSyntax.Uid);
        Assert.DoesNotContain(CtSlice.Of(packed, []).Single().File.Warnings, warning => warning.Contains("loss", StringComparison.Ordinal));
    }

    [Fact]
    public void Lossy_JPEG_is_refused_by_name() => Refused(
        () => DicomFile.Open(TestData.Require(Slice + "JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm")).ReadFormat(),
        "JPEG Extended");

    [Fact]
    public void A_series_equals_its_NIfTI_voxel_for_voxel()
    {
        Volume nifti = NiftiReader.ReadVolume(TestData.Require("ibsi/ibsi_validation/nifti/STS_002/CT_image.nii.gz")).Volume;
        Volume dicom = Read("ibsi/ibsi_validation/dicom/STS_002/CT/image");
        Assert.True(nifti.Geometry.Matches(dicom.Geometry, 1e-4), string.Join(' ', dicom.Geometry.Affine));
        Assert.Equal(nifti.Voxels, dicom.Voxels);
    }

    /// <summary>JPEG 2000, no SOP class, slices 3 mm thick and 2 mm apart.</summary>
    [Fact]
    public void A_series_lies_on_its_label_map()
    {
        string folder = TestData.Require("totalsegmentator/example_ct_dicom");
        Geometry labels = NiftiReader.ReadHeader(TestData.Require("totalsegmentator/example_seg_dicom.nii.gz")).Geometry;
        Geometry geometry = DicomVolumeReader.CtSeries(folder).ReadStack().Geometry;
        Assert.True(labels.Matches(geometry, 1e-3), string.Join(' ', geometry.Affine));
        RequireCodec("4.90");
        Volume volume = Read("totalsegmentator/example_ct_dicom");
        Assert.Equal((-1024, 1839), (volume.Voxels.Min(), volume.Voxels.Max()));
        byte[] organs = NiftiReader.ReadLabels(TestData.Require("totalsegmentator/example_seg_dicom.nii.gz")).Labels.Voxels;
        // The label map's liver (5), 366708 voxels, has a mean of 89 HU: the voxels lie where they should.
        float[] liver = [.. volume.Voxels.Where((_, i) => organs[i] == 5)];
        Assert.Equal(366708, liver.Length);
        Assert.Equal(89, liver.Average(), 0.5);
    }

    /// <summary>Its file names run from top to bottom; z must rise all the same, and padding (-3024) be air.</summary>
    [Fact]
    public void A_series_named_from_top_to_bottom_is_not_flipped()
    {
        Volume volume = Read("crlm/CRLM-CT-1004/image");
        Geometry geometry = volume.Geometry;
        Assert.Equal((20, 512, 512), (geometry.Depth, geometry.Height, geometry.Width));
        Assert.Equal(5, geometry.Affine[10], 1e-6);
        Assert.True(geometry.Affine[0] > 0 && geometry.Affine[5] > 0);
        Assert.Equal(-1024, volume.Voxels.Min());
        DicomFile top = DicomFile.Open(TestData.Require("crlm/CRLM-CT-1004/image/1-12.dcm"));
        double z = top.Dataset.Vector(DicomTags.ImagePositionPatient, 3)[2];
        Assert.Equal(z, geometry.Affine[11] + 19 * geometry.Affine[10], 1e-3);
        // The top slice's first pixel row is the front of the patient: the last row in RAS.
        CtSlice slice = CtSlice.Of(top, []).Single();
        var hounsfield = new float[512];
        slice.ToHounsfield(Pixels(top).AsSpan(200 * 512, 512), hounsfield);
        Assert.Equal(hounsfield.Reverse(), volume.Slice(19).Slice((511 - 200) * 512, 512).ToArray());
    }

    [Theory]
    [InlineData("dicom2nifti/gantrytilting/001", "gantry tilt", "14.0 degrees", "IM-0001-0004.dcm")]
    [InlineData("dicom2nifti/sliceincrement/001", "5.00 mm apart", "10.00 mm from IM-0001-0009-0001.dcm")]
    [InlineData("pydicom/dicomdirtests/77654033/CT2", "gaps", "17106")]
    [InlineData("pydicom/dicomdirtests/98892001/CT2N", "no CT series that makes a volume")]
    [InlineData("pydicom/dicomdirtests/98892003/MR1", "no CT series that makes a volume", "MR")]
    public void Series_that_are_no_volume_are_refused_for_the_right_reason(string folder, params string[] parts) =>
        Refused(() => Read(folder), parts);

    [Theory]
    [InlineData("24x38x3", 24)]
    [InlineData("23x38x3", 23)]
    public void Multi_frame_CT_equals_the_single_images_it_was_made_of(string folder, int rows)
    {
        Volume single = Read($"dcmqi/{folder}/image"), multi = Read($"dcmqi/{folder}/multiframe");
        Assert.Equal(rows, Math.Min(single.Geometry.Height, single.Geometry.Width));
        Assert.True(single.Geometry.Matches(multi.Geometry, 1e-6));
        Assert.Equal(single.Voxels, multi.Voxels);
    }

    [Fact]
    public void An_oblique_series_of_decimal_slope()
    {
        Volume volume = Read("rt_misc/rt-utils/tests/oriented_data");
        Assert.Equal(3, Math.Min(volume.Geometry.Depth, Math.Min(volume.Geometry.Height, volume.Geometry.Width)));
        Assert.InRange(Affine(volume), 0, 1e-4);
    }

    [Fact]
    public void Odd_bits_of_the_SEG_files_are_read()
    {
        int[] liver = Pixels(DicomFile.Open(TestData.Require("pydicom_data/liver.dcm")));
        Assert.Equal(36233, liver.Sum());
        foreach (string other in (string[])["liver_expb.dcm", "liver_rle.dcm", "liver_deflate.dcm"])
        {
            DicomFile file = DicomFile.Open(TestData.Require("pydicom_data/" + other));
            for (int frame = 0; frame < 3; frame++)
                Assert.Equal(Pixels(DicomFile.Open(TestData.Require("pydicom_data/liver.dcm")), frame), Pixels(file, frame));
        }
    }

    /// <summary>Frames of 510 x 510 bits start inside bytes; they are the upper left of the 512 x 512 ones.</summary>
    [Fact]
    public void Frames_of_bits_that_fill_no_whole_bytes()
    {
        DicomFile whole = DicomFile.Open(TestData.Require("pydicom_data/liver.dcm"));
        DicomFile cut = DicomFile.Open(TestData.Require("pydicom_data/liver_nonbyte_aligned.dcm"));
        for (int frame = 0; frame < 3; frame++)
        {
            int[] pixels = Pixels(whole, frame);
            Assert.Equal(Enumerable.Range(0, 510 * 510).Select(i => pixels[i / 510 * 512 + i % 510]), Pixels(cut, frame));
        }
    }

    /// <summary>Signed pixels in an unsigned codestream of 13 bits: the numbers are those of pydicom's own test.</summary>
    [Fact]
    public void Sign_of_JPEG_2000_is_the_headers()
    {
        RequireCodec("4.90");
        int[] pixels = Pixels(DicomFile.Open(TestData.Require("pydicom/J2K_pixelrep_mismatch.dcm")));
        Assert.Equal(-2000, pixels[0]);
        Assert.Equal([621, 412, 138, -193, -520, -767, -907, -966, -988, -995],
            Enumerable.Range(47, 10).Select(row => pixels[512 * row + 279]));
        Assert.Equal([-377, -121, 141, 383, 633, 910, 1198, 1455, 1638, 1732],
            Enumerable.Range(328, 10).Select(row => pixels[512 * row + 106]));
    }

    [Fact]
    public void Lossy_images_are_read_with_a_warning()
    {
        RequireCodec("4.90");
        DicomFile file = DicomFile.Open(TestData.Require("pydicom/693_J2KI.dcm"));
        var warnings = new List<string>();
        Assert.Single(CtSlice.Of(file, warnings));
        Assert.Contains("compressed with loss", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Contains(Pixels(file), v => v != 0);
    }

    [Theory]
    [InlineData("MR_small_RLE.dcm")]
    [InlineData("MR_small_bigendian.dcm")]
    [InlineData("MR_small_expb.dcm")]
    [InlineData("MR_small_implicit.dcm")]
    [InlineData("MR_small_jp2klossless.dcm")]
    [InlineData("MR_small_jpeg_ls_lossless.dcm")]
    [InlineData("MR_small_padded.dcm")]
    public void One_MR_image_in_seven_dresses(string name)
    {
        RequireCodec(name.Replace("jp2k", "4.90", StringComparison.Ordinal).Replace("jpeg_ls", "4.80", StringComparison.Ordinal));
        Assert.Equal(Pixels(DicomFile.Open(TestData.Require("pydicom/MR_small.dcm"))),
            Pixels(DicomFile.Open(TestData.Require("pydicom/" + name))));
    }

    /// <summary>Read, or refused in a DataException that names the file; nothing else.</summary>
    [Theory]
    [InlineData("pydicom", 60)]
    [InlineData("pydicom_data", 6)]
    [InlineData("highdicom", 6)]
    [InlineData("lungmask", 1)]
    [InlineData("nibabel", 2)]
    [InlineData("rt_misc", 9)]
    [InlineData("dcmqi", 10)]
    [InlineData("cornerstone3d", 9)]
    public void Odd_files_are_read_or_refused(string folder, int leastRead)
    {
        int read = 0;
        foreach (string path in Directory.GetFiles(TestData.Require(folder), "*", SearchOption.AllDirectories))
        {
            try
            {
                DicomFile file = DicomFile.Open(path);
                read++;
                foreach (CtSlice slice in CtSlice.Of(file, []))
                    Pixels(file, slice.Frame);
            }
            catch (DataException e)
            {
                Assert.StartsWith(path + ": ", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(read, leastRead, int.MaxValue);
    }

    [Theory]
    [InlineData("pydicom/MR_truncated.dcm", "PixelData")]
    [InlineData("pydicom/rtplan_truncated.dcm", "truncated")]
    [InlineData("pydicom/zipMR.gz", "not a DICOM file")]
    [InlineData("cornerstone3d/no-pixel-data.dcm", "PixelData (7FE0,0010): is missing")]
    public void Broken_files_are_refused_with_the_reason(string name, string reason) =>
        Refused(() => DicomFile.Open(TestData.Require(name)).ReadFormat(), name.Split('/')[1], reason);

    private static double Affine(Volume volume) => Host.Imaging.Affine.Shear(Host.Imaging.Affine.Directions(volume.Geometry.Affine));

    private static Volume Read(string folder) => DicomVolumeReader.CtSeries(TestData.Require(folder)).ReadVolume();

    private static void RequireCodec(string name)
    {
        Assert.SkipUnless(OpenJpeg.IsPresent
            || !name.Contains("4.90", StringComparison.Ordinal), "libopenjp2-7 is not installed (JPEG 2000)");
        Assert.SkipUnless(CharLs.IsPresent || !name.Contains("4.80", StringComparison.Ordinal), "libcharls2 is not installed (JPEG-LS)");
    }
}
