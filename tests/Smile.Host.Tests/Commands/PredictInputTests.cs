using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Host.Tests.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Tests.Commands;

/// <summary>What predict says of its input before anyone trusts the answer.</summary>
public sealed class PredictInputTests(TrainedRun trained) : DicomFolder, IClassFixture<TrainedRun>
{
    [Fact]
    public void A_sound_image_is_predicted_without_a_word()
    {
        CliResult result = Predict(trained.Data.Image("test_0"), "organs.nii");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("warning", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_odd_in_a_header_is_told()
    {
        double[] voxels = [.. Enumerable.Range(0, 16 * 24 * 4).Select(i => i % 5 == 0 ? -1000.0 : 40)];
        string image = Save("ct.nii", new NiftiBytes { Sizes = [24, 16, 4], Qform = (0, 0, 0, -10, -20, 30), Qfac = -1 }.Single(voxels));
        CliResult result = Predict(image, "organs.nii");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains($"{image}: srow_x (offset 280): qform and sform disagree: one is the mirror image of the other", result.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unit", "an image scaled to 0 .. 1")]
    [InlineData("bytes", "grey values of a window")]
    [InlineData("stored", "stored values without their intercept")]
    public void Numbers_that_are_no_HU_are_told(string kind, string doubt)
    {
        Volume body = NiftiReader.ReadVolume(trained.Data.Image("test_0")).Volume;
        string image = Path.Combine(Folder, $"{kind}.nii.gz");
        NiftiWriter.Write(image, new Volume(body.Geometry, [.. body.Voxels.Select(hounsfield => kind switch
        {
            "unit" => (Math.Clamp(hounsfield, -160, 240) + 160) / 400,
            "bytes" => MathF.Floor((Math.Clamp(hounsfield, -160, 240) + 160) / 400 * 255),
            _ => hounsfield + 1024,
        })]));
        CliResult result = Predict(image, "organs.nii");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains($"warning: {image}: numbers from", result.Error, StringComparison.Ordinal);
        Assert.Contains(doubt, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_numbers_of_four_digits_are_names_in_a_folder_of_several()
    {
        foreach (string name in (string[])["amos_0000", "amos_0001"])
        {
            Directory.CreateDirectory(Path.Combine(Folder, "in"));
            File.Copy(trained.Data.Image("test_0"), Path.Combine(Folder, "in", $"{name}.nii.gz"));
        }

        CliResult result = Predict(Path.Combine(Folder, "in"), "out");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["amos_0000.nii.gz", "amos_0001.nii.gz", "labels.json"], Directory.GetFiles(Path.Combine(Folder, "out"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private CliResult Predict(string input, string output) => SmileCli.Run("predict", "-i", input, "-o", Path.Combine(Folder, output),
        "-m", trained.Run);
}
