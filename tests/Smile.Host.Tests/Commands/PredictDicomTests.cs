using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Phantom;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Commands;

/// <summary>A phantom as a series of 12 slices, in file names of no order, segmented with the shipped model.</summary>
public sealed class PredictDicomTests : DicomFolder
{
    private const int Slices = 12, Rows = 64, Columns = 96;

    [Fact]
    public void A_series_gives_the_label_map_that_its_volume_gives()
    {
        string series = Series("1.2.3"), converted = Path.Combine(Folder, "ct.nii");
        NiftiWriter.Write(converted, DicomVolumeReader.CtSeries(series).ReadVolume());
        LabelMap expected = Labels(converted), actual = Labels(series);
        // LPS -> RAS: the first pixel at (-10, -20) runs to the left and back, so x and y turn round.
        double[] affine = [4, 0, 0, 10 - 4 * (Columns - 1), 0, 4.5, 0, 20 - 4.5 * (Rows - 1), 0, 0, 5, 30];
        Assert.True(new Geometry(Slices, Rows, Columns, affine).Matches(actual.Geometry), string.Join(' ', actual.Geometry.Affine));
        Assert.Contains((byte)1, expected.Voxels);
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
        Assert.All(["holds 2 CT series", "1.2.3: CT, 12 files", "4.5.6: CT, 12 files"],
            part => Assert.Contains(part, refused.Error, StringComparison.Ordinal));
        Assert.Equal(3, Predict(both, output, "--series", "7").ExitCode);
        Assert.False(File.Exists(output));
        CliResult named = Predict(both, output, "--series", "4.5.6");
        Assert.True(named.ExitCode == 0, named.Error);
        Assert.True(File.Exists(output));
    }

    [Fact]
    public void A_series_is_named_for_DICOM_only_and_damage_exits_3()
    {
        string output = Path.Combine(Folder, "organs.nii"), nifti = Save("ct.nii", []);
        SmileCli.Fails(2, ["predict", "-i", nifti, "-o", output, "--series", "1"], "--series 1");
        string series = Series("1.2.3"), cut = Directory.GetFiles(series)[0];
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^2]);
        SmileCli.Fails(3, ["predict", "-i", series, "-o", output], cut, "truncated");
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void NIfTI_at_the_top_of_a_folder_does_not_hide_the_series_below()
    {
        string series = Series("1.2.3"), output = Path.Combine(Folder, "organs.nii");
        Assert.Equal(0, Predict(series, Path.Combine(series, "organs.nii.gz")).ExitCode);
        CliResult refused = Predict(series, output);
        Assert.Equal(3, refused.ExitCode);
        Assert.All(["holds NIfTI volumes and a DICOM series (1.2.3)", "--series UID"], part => Assert.Contains(part, refused.Error,
            StringComparison.Ordinal));
        Assert.False(File.Exists(output));
        Assert.Equal(0, Predict(series, output, "--series", "1.2.3").ExitCode);
        Assert.Equal(0, Predict(Path.Combine(series, "3"), output).ExitCode);
    }

    [Fact]
    public void A_file_stands_for_its_own_series_even_without_a_UID()
    {
        Series("", "both/a");
        string other = Series("", "both/b");
        CliResult result = Predict(Path.Combine(other, "0"), Path.Combine(Folder, "organs.nii"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("no Series Instance UID: put together by folder", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seg")]
    [InlineData("rtstruct")]
    public void SEG_and_RTSTRUCT_hold_the_label_map(string format)
    {
        string series = Series("1.2.3"), output = Path.Combine(Folder, "organs.dcm"), nifti = Save("ct.nii", []);
        LabelMap expected = Labels(series);
        Assert.Contains((byte)1, expected.Voxels);
        CliResult result = Predict(series, output, "--format", format);
        Assert.True(result.ExitCode == 0, result.Error);
        DicomFile file = DicomFile.Open(output);
        IDicomRegions written = format == "seg" ? new DicomSegmentation(file) : new DicomStructureSet(file);
        Assert.Equal(["liver", "pancreas", "stomach"], written.Regions.Select(region => region.Name));
        CtStack stack = DicomVolumeReader.CtSeries(series).ReadStack();
        foreach (DicomRegion region in written.Regions)
        {
            byte[] mask = written.ReadMask(region, stack, []).Voxels;
            Assert.Equal(expected.Voxels.Select(label => (byte)(label == region.Number ? 1 : 0)), mask);
        }

        SmileCli.Fails(2, ["predict", "-i", nifti, "-o", output, "--format", format], "no DICOM series");
        Assert.Contains(".dcm", Predict(series, Path.Combine(Folder, "o.nii"), "--format", format).Error, StringComparison.Ordinal);
    }

    /// <summary>Writes a series into a folder of that name.</summary>
    private string Series(string uid, string folder = "series")
    {
        string path = Directory.CreateDirectory(Path.Combine(Folder, folder)).FullName;
        float[] voxels = PhantomCase.Generate(new PhantomOptions { Depth = Slices, Height = Rows, Width = Columns }, 0).Image.Voxels;
        for (int k = 0; k < Slices; k++)
        {
            int[] pixels = [.. voxels.Skip(k * Rows * Columns).Take(Rows * Columns).Reverse().Select(v => (int)MathF.Round(v))];
            var image = new CtImage
            {
                Series = uid,
                Rows = Rows,
                Columns = Columns,
                Spacing = [4.5, 4],
                Position = [-10, -20, 30 + 5 * k],
                Pixels = pixels,
                Identified = true
            };
            Save(Path.Combine(path, $"{k * 5 % Slices}"), image.File());
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

    private static CliResult Predict(string input, string output, params string[] more) =>
        SmileCli.Run(["predict", "-i", input, "-o", output, .. more]);
}
