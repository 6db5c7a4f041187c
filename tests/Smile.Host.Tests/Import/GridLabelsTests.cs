using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

/// <summary>DICOM with NIfTI beside it: what lies on a series' grid is its label map, and hides nothing.</summary>
public sealed class GridLabelsTests : DicomFolder
{
    [Fact]
    public void A_label_map_on_the_grid_of_a_series_is_its_own()
    {
        var clinic = new Clinic(At("clinic"));
        clinic.Series(1);
        CtStack second = clinic.Series(2, [.. Enumerable.Range(0, 5).Select(k => new double[] { 0, 0, 5 * k })]);
        byte[] labels = Labels(second, 1);
        NiftiWriter.Write(At("clinic/whatever.nii.gz"), new LabelMap(second.Geometry, labels));
        File.WriteAllText(At("clinic/labels.json"), """{ "labels": { "background": 0, "liver": 1, "spleen": 2 } }""");
        NiftiWriter.WriteInt16(At("clinic/converted.nii.gz"), DicomSeries.Read(second));
        NiftiWriter.Write(At("clinic/elsewhere.nii.gz"), new LabelMap(Geometry.Regular(2, 3, 4, 1, 1, 1), new byte[24]));

        File.Delete(At("clinic/converted.nii.gz")); // named by labels.json it would be a damaged label map
        CliResult result = Import();
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("elsewhere.nii.gz: left out: no CT series here has its grid.", result.Error, StringComparison.Ordinal);
        Dataset dataset = Dataset.Open([At("out")], new NiftiVolumeReader());
        Case training = Assert.Single(dataset.Training);
        Assert.Equal("case_0002", training.Id);
        Assert.Equal(["liver", "spleen"], dataset.Organs.NamesOf(training.Annotated)); // the spleen was looked for, and is not there
        CaseData data = dataset.Load(training);
        Assert.Equal(labels, data.Labels.ToArray());
        Assert.Equal(DicomSeries.Read(second).Voxels, data.Image.ToVolume().Voxels);
        Assert.Equal("case_0001", Assert.Single(dataset.Test).Id);
    }

    [Fact]
    public void A_map_that_fits_two_series_or_is_none_is_left_out_and_told()
    {
        var clinic = new Clinic(At("clinic"));
        CtStack first = clinic.Series(1);
        clinic.Series(2);
        CtStack third = clinic.Series(3, [.. Enumerable.Range(0, 5).Select(k => new double[] { 0, 0, 5 * k })]);
        clinic.Segmentation(first, "seg", Clinic.Halves(first), "Liver");
        NiftiWriter.Write(At("clinic/both.nii.gz"), new LabelMap(first.Geometry, Labels(first, 1)));
        Volume ct = new(third.Geometry, [.. DicomSeries.Read(third).Voxels.Select(hu => hu - 100)]);
        NiftiWriter.WriteInt16(At("clinic/converted.nii.gz"), ct); // HU below 0, and no names
        CliResult result = Import();
        Assert.True(result.ExitCode == 5, result.Error);
        Assert.All(["both.nii.gz: lies on the grid of 2 CT series", "left out, no label map: "], part => Assert.Contains(part,
            result.Error, StringComparison.Ordinal));
    }

    /// <summary>Two files of one organ must agree, whatever their formats.</summary>
    [Fact]
    public void A_map_and_a_SEG_of_one_organ_must_agree()
    {
        var clinic = new Clinic(At("clinic"));
        CtStack stack = clinic.Series(1);
        byte[] halves = Clinic.Halves(stack), liver = [.. halves.Select(label => (byte)(label == 1 ? 1 : 0))];
        clinic.Segmentation(stack, "seg", halves, "Liver", "Spleen");
        NiftiWriter.Write(At("clinic/liver.nii.gz"), new LabelMap(stack.Geometry, liver)); // a mask, by its name
        CliResult same = Import();
        Assert.True(same.ExitCode == 0, same.Error);
        Directory.Delete(At("out"), recursive: true);
        liver[Array.IndexOf(liver, (byte)1)] = 0;
        NiftiWriter.Write(At("clinic/liver.nii.gz"), new LabelMap(stack.Geometry, liver));
        CliResult differ = Import();
        Assert.Equal(3, differ.ExitCode);
        Assert.Contains("both outline 'liver', and differ in 1 voxel", differ.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void NIfTI_at_the_top_does_not_hide_the_series_below()
    {
        var clinic = new Clinic(At("clinic"));
        CtStack stack = clinic.Series(1);
        clinic.Segmentation(stack, "seg", Clinic.Halves(stack), "Liver");
        NiftiWriter.WriteInt16(At("clinic/a_ct.nii.gz"), new Volume(Geometry.Regular(2, 3, 4, 5, 2, 2),
            [.. Enumerable.Range(0, 24).Select(i => 40f * i - 200)]));
        CliResult alone = Import();
        Assert.True(alone.ExitCode == 0, alone.Error); // an image without a label map is no fault beside a series
        Directory.Delete(At("out"), recursive: true);

        NiftiWriter.Write(At("clinic/a_seg.nii.gz"), new LabelMap(Geometry.Regular(2, 3, 4, 5, 2, 2),
            [.. Enumerable.Range(0, 24).Select(i => (byte)(i % 2))]));
        File.WriteAllText(At("clinic/a_seg.labels.json"), """{ "labels": { "background": 0, "stomach": 1 } }""");
        CliResult both = Import();
        Assert.True(both.ExitCode == 0, both.Error);
        Dataset dataset = Dataset.Open([At("out")], new NiftiVolumeReader());
        Assert.Equal(["stomach", "liver"], dataset.Training.Select(each => string.Join(' ', dataset.Organs.NamesOf(each.Annotated))));

        // A data set is one; what lies below it is told.
        File.WriteAllText(At("clinic/dataset.json"), """{ "labels": { "background": 0, "liver": 1 }, "training": [] }""");
        Directory.CreateDirectory(At("clinic/imagesTr"));
        Directory.CreateDirectory(At("clinic/labelsTr"));
        NiftiWriter.WriteInt16(At("clinic/imagesTr/x_0000.nii.gz"), new Volume(Geometry.Regular(2, 3, 4, 5, 2, 2),
            [.. Enumerable.Range(0, 24).Select(i => 40f * i - 200)]));
        NiftiWriter.Write(At("clinic/labelsTr/x.nii.gz"), new LabelMap(Geometry.Regular(2, 3, 4, 5, 2, 2),
            [.. Enumerable.Range(0, 24).Select(i => (byte)(i % 2))]));
        Directory.Delete(At("out"), recursive: true);
        Assert.Contains("a data set; the DICOM series below it is not looked at", Import().Error, StringComparison.Ordinal);
    }

    /// <summary>TotalSegmentator's example: a DICOM series and the label map that was made of it.</summary>
    [Fact]
    public void A_real_series_with_its_label_map()
    {
        string series = TestData.Require("totalsegmentator/example_ct_dicom"), map = TestData
            .Require("totalsegmentator/example_seg_dicom.nii.gz");
        Directory.CreateDirectory(At("clinic"));
        Directory.CreateSymbolicLink(At("clinic/ct"), series);
        File.CreateSymbolicLink(At("clinic/seg.nii.gz"), map);
        string names = string.Join(", ", Enumerable.Range(1, 117).Select(n => $"\"{n}\": \"{(n == 5 ? "liver" : "background")}\""));
        File.WriteAllText(At("clinic/labels.json"), $$"""{ "labels": { {{names}} } }""");
        CliResult result = Import();
        Assert.True(result.ExitCode == 0, result.Error);
        Dataset dataset = Dataset.Open([At("out")], new NiftiVolumeReader());
        Assert.Equal(366708, dataset.Load(Assert.Single(dataset.Training)).Labels.Count(1));
    }

    private string At(string name) => Path.Combine(Folder, name);

    private CliResult Import() => SmileCli.Run("dataset", "import", At("clinic"), "-o", At("out"));

    private static byte[] Labels(CtStack stack, byte label) => [.. Enumerable.Range(0, (int)stack.Geometry.Voxels).Select(i => i % 5 == 0
        ? label : (byte)0)];
}
