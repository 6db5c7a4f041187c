using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Nifti;

/// <summary>Our files through the reference library of the format: nifti_tool of Debian's nifti-bin reads and writes them again.</summary>
public sealed class NiftiToolTests : NiftiFolder
{
    [Theory]
    [InlineData("ct.nii")]
    [InlineData("ct.nii.gz")]
    [InlineData("labels.nii.gz")]
    public void The_reference_library_reads_the_same_voxels_in_the_same_place(string name)
    {
        var rng = new Rng(7);
        double c = Math.Cos(0.3), s = Math.Sin(0.3);
        var geometry = new Geometry(4, 5, 6, [0.75 * c, -0.5 * s, 0, -12, 0.75 * s, 0.5 * c, 0, 34, 0, 0, 2.5, -56]);
        string ours = At(name), copy = At("copy.nii");
        if (name[0] == 'c')
            NiftiWriter.WriteInt16(ours, new Volume(geometry, [.. Enumerable.Range(0, 120).Select(_ => (float)(rng.Next(4096) - 1024))]));
        else
            NiftiWriter.Write(ours, new LabelMap(geometry, [.. Enumerable.Range(0, 120).Select(_ => (byte)rng.Next(4))]));
        string said = Tool.Run("nifti_tool", "nifti-bin", "-copy_im", "-prefix", copy, "-infiles", ours);
        Assert.True(File.Exists(copy), said);

        (Volume mine, NiftiSource from) = NiftiReader.ReadVolume(ours);
        (Volume theirs, NiftiSource to) = NiftiReader.ReadVolume(copy);
        Assert.Equal(mine.Voxels, theirs.Voxels);
        Assert.Equal(from.Header.Datatype, to.Header.Datatype);
        Close(mine.Geometry.Affine, theirs.Geometry.Affine, 1e-5);
        foreach (NiftiField field in new[] { NiftiLayout.Nifti1.QformCode, NiftiLayout.Nifti1.SformCode })
            Assert.Equal(from.Header[field], to.Header[field]);
        Close([.. Enumerable.Range(0, 3).Select(i => from.Header[NiftiLayout.Nifti1.Quaternion, i])],
            [.. Enumerable.Range(0, 3).Select(i => to.Header[NiftiLayout.Nifti1.Quaternion, i])], 1e-6);
        Assert.DoesNotContain("FAILURE", Tool.Run("nifti_tool", "nifti-bin", "-check_hdr", "-infiles", ours), StringComparison.Ordinal);
    }
}
