using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Nifti;

/// <summary>
/// Files of other people's tools. The expected numbers are nibabel 5.0's: <c>as_closest_canonical(load(path))</c>, voxels as
/// float32 in (z, y, x) order, sha256 of the bytes.
/// </summary>
public sealed class NiftiRealDataTests : NiftiFolder
{
    // One head in twelve of the 48 orders; all twelve must read to this.
    private const string Head = "4cde06e7ba9654446238ded2b4457cc09d348e5f58a59a985fd6391a10e7dd6a";

    [Theory]
    // Big-endian int16, and big-endian float32.
    [InlineData("nibabel/anatomical.nii", 25, 41, 33, -32, -40, -16, "243be5a5fa01ba8d3f5144958fde2418fb65e32593bef6f42e6e124eec0108f2")]
    [InlineData("nibabel/reoriented_anat_moved.nii", 22, 26, 21, -35.29789733886719, -47.97758483886719, -27.599409103393555,
        "eb44bfa9c00d851f37b52fc4d3219776b451c2fb5e7f3139f926ddc94bc4a054")]
    [InlineData("nibabel/standard.nii.gz", 7, 5, 4, 0, 0, 0, "63c5454014c0c724e2167b9eb98d4954d322bd5fbde1412cae82e9b2a9a49199")]
    // int32 CT; its labels as float64; uint8 labels in LAS behind a 12 KiB extension; PIR; CT with qform.
    [InlineData("totalsegmentator/example_ct.nii.gz", 112, 101, 122, -177.95632934570312, 11.319000244140625, 94.3017578125,
        "3353dbcc772fc442541c9b6428897a9d2493d461ea0c52d71e8eb491e2eb3ac4")]
    [InlineData("totalsegmentator/history/example_seg_v1_104class_f64.nii.gz", 112, 101, 122, -177.95632934570312, 11.319000244140625,
        94.3017578125, "9bfcd730fff39ca6245b3cf6890ad6273354969eb1e95467d0897b9a5f41637c")]
    [InlineData("totalsegmentator/example_seg_dicom.nii.gz", 20, 512, 512, -249.51171875, -61.51171875, -804.5,
        "ef1c3099632471725b24b347c2b45b3b01750c485c3d6857af45786266b58b9d")]
    [InlineData("tptbox/sub-ct_label-22_ct.nii.gz", 47, 73, 73, -78, -243, -103.19998168945312,
        "7b18c26f1968bd498258bc0e395e815ed335129eab8b55dcc3d38d95a03a942d")]
    [InlineData("ibsi/ibsi_validation/nifti/STS_002/CT_image.nii.gz", 48, 143, 161, -158.2029197216034, -198.24195957183838,
        -629.0399780273438, "43e6581f011be65df1826c04fb522679c12647882930172256527afb5e1719f7")]
    public void Voxels_and_place_are_what_nibabel_finds(string file, int depth, int height, int width, double x, double y, double z,
        string sha256)
    {
        (Volume volume, NiftiSource source) = NiftiReader.ReadVolume(TestData.Require(file));
        Assert.Equal((depth, height, width), (volume.Geometry.Depth, volume.Geometry.Height, volume.Geometry.Width));
        double[] affine = volume.Geometry.Affine;
        Close([x, y, z], [affine[3], affine[7], affine[11]], 1e-9);
        Assert.Equal(sha256, Hash(volume));
        Assert.Empty(source.Warnings);
    }

    [Theory]
    [InlineData("AIL")]
    [InlineData("ASL")]
    [InlineData("ILP")]
    [InlineData("IRP")]
    [InlineData("LAS")]
    [InlineData("LPS")]
    [InlineData("PIR")]
    [InlineData("PSL")]
    [InlineData("RAS")]
    [InlineData("RPI")]
    [InlineData("SAL")]
    [InlineData("SRA")]
    public void Twelve_axis_orders_of_one_head_read_alike(string order)
    {
        Volume volume = NiftiReader.ReadVolume(TestData.Require($"niivue/nifti_space/{order}.nii.gz")).Volume;
        Assert.Equal(Head, Hash(volume));
        var expected = new Geometry(67, 79, 64,
            [2.3852322101593018, 0, 0, -75.76253509521484, 0, 2.389753818511963, 0, -110.76253509521484, 0, 0, 2.3664863109588623,
                -71.76253509521484]);
        Assert.True(expected.Matches(volume.Geometry, 1e-4), string.Join(' ', volume.Geometry.Affine));
    }

    [Theory]
    [InlineData("totalsegmentator/history/example_seg_v1_104class_f64.nii.gz", "totalsegmentator/example_ct.nii.gz")]
    [InlineData("tptbox/sub-ct_seg-subreg_label-22_msk.nii.gz", "tptbox/sub-ct_label-22_ct.nii.gz")]
    public void Labels_lie_on_their_image_and_come_back_through_its_header(string labelFile, string imageFile)
    {
        LabelMap labels = NiftiReader.ReadLabels(TestData.Require(labelFile)).Labels;
        (Volume image, NiftiSource source) = NiftiReader.ReadVolume(TestData.Require(imageFile));
        Assert.True(image.Geometry.Matches(labels.Geometry, 1e-6));
        Assert.True(labels.Voxels.Max() > 40);

        NiftiWriter.Write(At("out.nii.gz"), labels, source);
        (LabelMap again, NiftiSource written) = NiftiReader.ReadLabels(At("out.nii.gz"));
        Assert.Equal(labels.Voxels, again.Voxels);
        Assert.Equal(image.Geometry.Affine, again.Geometry.Affine);
        Assert.Equal(source.Header.Bytes[76..108], written.Header.Bytes[76..108]); // pixdim
        Assert.Equal(source.Header.Bytes[252..328], written.Header.Bytes[252..328]); // qform and sform
    }

    [Fact]
    public void A_CT_survives_writing_as_int16()
    {
        Volume image = NiftiReader.ReadVolume(TestData.Require("totalsegmentator/example_ct.nii.gz")).Volume;
        NiftiWriter.WriteInt16(At("out.nii.gz"), image);
        Volume again = NiftiReader.ReadVolume(At("out.nii.gz")).Volume;
        Assert.Equal(image.Voxels, again.Voxels);
        Assert.True(image.Geometry.Matches(again.Geometry, 1e-5));
    }

    [Theory]
    [InlineData("nibabel/example4d.nii.gz", "dim[4] (offset 48)", "2 volumes")]
    [InlineData("nibabel/example_nifti2.nii.gz", "dim[4] (offset 48)", "2 volumes")]
    [InlineData("nibabel/functional.nii", "dim[4] (offset 48)", "20 volumes")]
    [InlineData("niivue/ct_perfusion.nii.gz", "datatype (offset 70)", "RGB24")]
    [InlineData("nibabel/nifti1.hdr", "nifti1.img", "missing")]
    [InlineData("nibabel/nifti2.hdr", "nifti2.img", "missing")]
    [InlineData("nibabel/analyze.hdr", "magic (offset 344)", "Analyze")]
    public void Files_that_are_no_single_volume_are_refused_with_the_reason(string file, string where, string what)
    {
        string path = TestData.Require(file);
        Refused(() => NiftiReader.ReadVolume(path), path, where, what);
    }

    private static string Hash(Volume volume) =>
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(volume.Voxels.AsSpan())));
}
