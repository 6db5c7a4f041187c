using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Commands;

/// <summary>A series of 5 slices of 16 x 24 pixels, in file names of no order, as the input of <c>smile predict</c>.</summary>
public sealed class PredictDicomTests(TrainedRun trained) : DicomFolder, IClassFixture<TrainedRun>
{
    private const int Slices = 5, Rows = 16, Columns = 24;

    [Fact]
    public void A_series_gives_the_label_map_that_its_volume_gives()
    {
        string series = Series("1.2.3"), converted = Path.Combine(Folder, "ct.nii");
        NiftiWriter.Write(converted, DicomVolumeReader.CtSeries(series).ReadVolume());
        LabelMap expected = Labels(converted), actual = Labels(series);
        // LPS -> RAS: the first pixel at (-10, -20) runs to the left and back, so x and y turn round.
        double[] affine = [0.75, 0, 0, 10 - 0.75 * (Columns - 1), 0, 0.5, 0, 20 - 0.5 * (Rows - 1), 0, 0, 5, 30];
        Assert.True(new Geometry(Slices, Rows, Columns, affine).Matches(actual.Geometry), string.Join(' ', actual.Geometry.Affine));
        Assert.Equal(expected.Voxels, actual.Voxels);
        Assert.Equal(expected.Voxels, Labels(Directory.GetFiles(series)[2]).Voxels);
        Assert.True(File.Exists(Path.Combine(Folder, "organs.labels.json")));
    }

    [Fact]
    public void Of_several_series_one_must_be_named()
    {
        string both = Path.GetDirectoryName(Series("1.2.3", "both/a"))!;
        Series("4.5.6", "both/b");
        string output = Path.Combine(Folder, "organs.nii");
        CliResult refused = Predict(both, output);
        Assert.Equal(3, refused.ExitCode);
        Assert.All(["holds 2 CT series", "1.2.3: CT, 5 files", "4.5.6: CT, 5 files"], part => Assert.Contains(part, refused.Error, StringComparison.Ordinal));
        Assert.Equal(3, Predict(both, output, "--series", "7").ExitCode);
        Assert.False(File.Exists(output));
        CliResult named = Predict(both, output, "--series", "4.5.6");
        Assert.True(named.ExitCode == 0, named.Error);
        Assert.True(File.Exists(output));
    }

    [Fact]
    public void A_series_is_named_for_DICOM_only_and_damage_exits_3()
    {
        string output = Path.Combine(Folder, "organs.nii");
        Cli.Fails(2, ["predict", "-i", trained.Data.Image("test_0"), "-o", output, "-m", trained.Run, "--series", "1"], "--series 1");
        string series = Series("1.2.3"), cut = Directory.GetFiles(series)[0];
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^2]);
        Cli.Fails(3, ["predict", "-i", series, "-o", output, "-m", trained.Run], cut, "truncated");
        Assert.False(File.Exists(output));
    }

    /// <summary>Writes a series into a folder of that name.</summary>
    private string Series(string uid, string folder = "series")
    {
        string path = Directory.CreateDirectory(Path.Combine(Folder, folder)).FullName;
        var rng = new Rng(3);
        for (int k = 0; k < Slices; k++)
        {
            int[] pixels = [.. Enumerable.Range(0, Rows * Columns).Select(_ => rng.Next(400) - 160)];
            var image = new CtImage { Series = uid, Rows = Rows, Columns = Columns, Position = [-10, -20, 30 + 5 * k], Pixels = pixels };
            Save(Path.Combine(path, $"{k * 3 % Slices}"), image.File());
        }

        return path;
    }

    private LabelMap Labels(string input)
    {
        string output = Path.Combine(Folder, "organs.nii");
        CliResult result = Predict(input, output);
        Assert.True(result.ExitCode == 0, result.Error);
        return NiftiReader.ReadLabels(output).Labels;
    }

    private CliResult Predict(string input, string output, params string[] more) =>
        Cli.Run(["predict", "-i", input, "-o", output, "-m", trained.Run, "--device", "scalar", .. more]);
}
