using System.ComponentModel;
using System.Diagnostics;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Dicom.Codecs;
using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>The same series through dcm2niix (Debian's package of that name), where it is installed.</summary>
public sealed class Dcm2niixTests : DicomFolder
{
    [Theory]
    [InlineData("crlm/CRLM-CT-1004/image")]
    [InlineData("dcmqi/ct-3slice")]
    [InlineData("rt_misc/rt-utils/tests/oriented_data")]
    [InlineData("totalsegmentator/example_ct_dicom")]
    [InlineData("dcmqi/24x38x3/multiframe")]
    public void A_volume_equals_dcm2niixs(string folder)
    {
        string series = TestData.Require(folder);
        Assert.SkipUnless(OpenJpeg.IsPresent
            || !folder.StartsWith("totalseg", StringComparison.Ordinal), "libopenjp2-7 is not installed (JPEG 2000)");
        Convert(series);
        string file = Assert.Single(Directory.GetFiles(Folder, "*.nii"));
        Volume expected = NiftiReader.ReadVolume(file).Volume, actual = DicomVolumeReader.CtSeries(series).ReadVolume();
        Assert.True(expected.Geometry.Matches(actual.Geometry, 1e-3),
            $"{string.Join(' ', expected.Geometry.Affine)}\n{string.Join(' ', actual.Geometry.Affine)}");
        for (int i = 0; i < expected.Voxels.Length; i++)
        {
            // NIfTI keeps the scanner's padding values, which are air to us; its slope is a float32.
            float hounsfield = Math.Max(expected.Voxels[i], -1024);
            Assert.True(Math.Abs(hounsfield - Math.Max(actual.Voxels[i], -1024)) <= 1e-3,
                $"voxel {i}: {expected.Voxels[i]} expected, {actual.Voxels[i]} found");
        }
    }

    private void Convert(string series)
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo("dcm2niix", ["-z", "n", "-b", "n", "-f", "out", "-o", Folder, series])
                {
                    RedirectStandardOutput = true,
                })!;
            string said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, said);
        }
        catch (Win32Exception)
        {
            Assert.Skip("dcm2niix is not installed");
        }
    }
}
