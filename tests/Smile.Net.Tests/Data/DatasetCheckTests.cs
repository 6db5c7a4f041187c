using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class DatasetCheckTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sound_folder_has_no_fault_and_no_note()
    {
        DatasetReport report = Check(_folder.Json().Add("a", 1, 2, 3).Root);
        Assert.Empty(report.Faults);
        Assert.Empty(report.Notes);
        Assert.Single(report.Dataset!.Training);
    }

    [Fact]
    public void Images_are_described_and_mixed_spacings_are_noted_or_with_native_faults()
    {
        _folder.Json().Add("a", 1, 2, 3).Add("b", 1);
        var coarse = new Volume(Geometry.Regular(2, 3, 4, 5, 1.2, 1), [.. TestFolder.Image().Voxels.Select(hu => hu + 1)]);
        _folder.Reader.Add(_folder.At("imagesTr", "b_0000.nii.gz"), coarse);
        _folder.Reader.Add(_folder.At("labelsTr", "b.nii.gz"), new LabelMap(coarse.Geometry, new byte[24]));
        _folder.Add("t", new Volume(Geometry.Regular(2, 3, 4, 3, 4, 4), TestFolder.Image().Voxels), [], "Ts");
        _folder.Reader.Add(_folder.At("labelsTs", "t.nii.gz"), new LabelMap(Geometry.Regular(2, 3, 4, 3, 4, 4), new byte[24]));

        DatasetReport report = Check(_folder.Root);
        Assert.Empty(report.Faults);
        string note = Assert.Single(report.Notes, each => each.StartsWith("training cases: slices", StringComparison.Ordinal));
        Assert.Contains("slices of 1 to 1.2 x 1 mm", note, StringComparison.Ordinal);
        Assert.Contains("auto", note, StringComparison.Ordinal);
        Assert.Equal(["training cases", "test cases"], report.Groups.Select(group => group.Name));
        Assert.Equal(["a", "b"], report.Groups[0].Cases.Select(each => each.Id));
        Assert.Equal((-1000, 23), (report.Groups[0].Hounsfield.Minimum, report.Groups[0].Hounsfield.Maximum));
        // 48 voxels: -1000, -999, 0, 1, 1, 2, 2, ...
        Assert.Equal(11, report.Groups[0].Hounsfield.Percentile(0.5));

        DatasetReport native = DatasetCheck.Run([_folder.Root], _folder.Reader, native: true,
            cancel: TestContext.Current.CancellationToken);
        Assert.Equal(2, native.Faults.Count);
        Assert.StartsWith("training cases: slices of 1 to 1.2 x 1 mm", native.Faults[0], StringComparison.Ordinal);
        Assert.StartsWith("t: its slices have 4 x 4 mm", native.Faults[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_planted_fault_is_found_in_one_run()
    {
        _folder.Json(more: """, "numTraining": 9""").Add("sound", 1, 2, 3);
        _folder.Add("grid", new Volume(Geometry.Regular(2, 3, 5, 3, 1, 1), new float[30]), [], "Tr");
        _folder.Add("values", 1, 77, 88, 77);
        Volume holed = TestFolder.Image();
        holed.Voxels[5] = float.NaN;
        _folder.Add("nan", holed, [66], "Tr");
        _folder.Add("nolabel").Add("noimage");
        File.Delete(_folder.At("labelsTr", "nolabel.nii.gz"));
        File.Delete(_folder.At("imagesTr", "noimage_0000.nii.gz"));
        Directory.CreateDirectory(_folder.At("labelsTr"));
        File.WriteAllText(_folder.At("imagesTr", "damaged_0000.nii.gz"), "");
        File.WriteAllText(_folder.At("labelsTr", "damaged.nii.gz"), "");
        _folder.Write("annotations.json", """{ "nobody": ["liver"], "sound": ["spleen", "liver"], "values": [] }""");

        DatasetReport report = Check(_folder.Root);

        string[] expected =
        [
            "labelsTr/noimage.nii.gz: a label map without an image",
            "labelsTr/nolabel.nii.gz: the label map of case nolabel is missing",
            "annotations.json: nobody: the data set has no such case",
            "annotations.json: sound: the data set has no organ 'spleen'",
            "imagesTr/damaged_0000.nii.gz: damaged",
            "labelsTr/damaged.nii.gz: damaged",
            "labelsTr/grid.nii.gz: 2 x 3 x 4 voxels",
            "imagesTr/nan_0000.nii.gz: voxel (z 0, y 1, x 1) is NaN",
            "labelsTr/nan.nii.gz: value 66 at voxel (z 0, y 0, x 0)",
            "labelsTr/values.nii.gz: value 77 at voxel (z 0, y 0, x 1) (and 1 more)",
            "labelsTr/values.nii.gz: value 88 at voxel (z 0, y 0, x 2)",
        ];
        Assert.Equal(expected.Length, report.Faults.Count);
        for (int i = 0; i < expected.Length; i++)
            Assert.StartsWith(_folder.At(expected[i]), report.Faults[i], StringComparison.Ordinal);
        Assert.Contains(report.Notes, note => note.Contains("numTraining is 9, 5 training cases are usable", StringComparison.Ordinal));
    }

    [Fact]
    public void Images_that_cannot_be_HU_are_noted()
    {
        _folder.Json().Add("sound", 1, 2, 3);
        _folder.Add("scaled", new Volume(TestFolder.Grid, [.. Enumerable.Range(0, 24).Select(i => i / 23f)]), [], "Tr");
        DatasetReport report = Check(_folder.Root);
        Assert.Empty(report.Faults);
        Assert.Contains(report.Notes, note => note.StartsWith(_folder.At("imagesTr", "scaled_0000.nii.gz") + ": numbers from 0 to 1: an "
            + "image scaled to", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Notes, note => note.Contains("sound_0000", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "0": "MRI" }""", "MRI")]
    [InlineData("""{ "0": "T2" }""", "T2")]
    [InlineData("""["FLAIR"]""", "FLAIR")]
    [InlineData("\"PET\"", "PET")]
    [InlineData("""{ "0": "T1-weighted MR" }""", "T1")]
    public void Images_declared_to_be_no_CT_are_refused(string channels, string modality)
    {
        foreach (string field in (string[])["channel_names", "modality"])
        {
            Declare(field, channels);
            string fault = Assert.Single(Check(_folder.Root).Faults);
            Assert.Contains($"dataset.json: {field}: '", fault, StringComparison.Ordinal);
            Assert.Contains($"{modality} is not CT", fault, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{ "0": "CT" }""", "")]
    [InlineData("""{ "0": "CT (portal venous)" }""", "")]
    [InlineData("""{ "0": "CT of PET/CT" }""", "")]
    [InlineData("""{ "0": "ct" }""", "")]
    [InlineData("""{ "0": "noNorm" }""", "'noNorm'; CT in HU is assumed")]
    public void Channels_that_may_be_CT_are_read_and_other_names_are_noted(string channels, string note)
    {
        Declare("channel_names", channels);
        DatasetReport report = Check(_folder.Root);
        Assert.Empty(report.Faults);
        Assert.Equal(note.Length > 0 ? 1 : 0, report.Notes.Count);
        Assert.All(report.Notes, each => Assert.Contains(note, each, StringComparison.Ordinal));
    }

    [Fact]
    public void An_annotated_organ_without_a_voxel_is_a_note_not_a_fault()
    {
        _folder.Json().Add("a", 1, 2).Add("b", 1, 2, 3).Write("annotations.json", """{ "b": ["liver", "stomach"] }""");
        DatasetReport report = Check(_folder.Root);
        Assert.Empty(report.Faults);
        Assert.Contains("labelsTr/a.nii.gz: annotated, yet without a voxel: pancreas", report.Notes[0], StringComparison.Ordinal);
        Assert.Contains("pancreas: no annotated voxel in any training case", report.Notes[1], StringComparison.Ordinal);
        Assert.Equal(2, report.Notes.Count);
    }

    [Fact]
    public void A_case_listed_twice_and_a_path_that_leaves_are_both_found()
    {
        _folder.Add("a", 1, 2, 3).Json(more: """
            , "training": [ {"image": "imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz"},
            {"image": "../b.nii.gz", "label": "labelsTr/a.nii.gz"},
                            {"image": "imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz"}, {"label": "labelsTr/a.nii.gz"} ]
            """);
        DatasetReport report = Check(_folder.Root);
        Assert.Collection(report.Faults,
            fault => Assert.Contains("training[1]: '../b.nii.gz' leaves", fault, StringComparison.Ordinal),
            fault => Assert.Contains("training[3]: image: missing", fault, StringComparison.Ordinal),
            fault => Assert.Contains("the case a is there twice", fault, StringComparison.Ordinal));
        Assert.Single(report.Dataset!.Training);
    }

    [Fact]
    public void A_folder_that_cannot_be_opened_does_not_hide_the_faults_of_another()
    {
        _folder.Json().Add("a", 99);
        using var second = new TestFolder("second", _folder.Reader);
        second.Write("dataset.json", "{");
        DatasetReport report = Check(second.Root, _folder.Root);
        Assert.Contains("not valid JSON", report.Faults[0], StringComparison.Ordinal);
        Assert.Contains("value 99", report.Faults[1], StringComparison.Ordinal);
        Assert.Null(Check(second.Root).Dataset);
    }

    [Fact]
    public void A_listed_test_set_that_was_not_downloaded_is_a_note()
    {
        _folder.Add("a", 1, 2, 3).Json(more: """, "test": ["imagesTs/t.nii.gz"]""");
        DatasetReport report = Check(_folder.Root);
        Assert.Empty(report.Faults);
        Assert.Contains("test: 1 case is listed but there is no imagesTs", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    /// <summary>A case of a data set that says so of its channels.</summary>
    private void Declare(string field, string channels) => _folder
        .Write("dataset.json", $$"""{ "{{field}}": {{channels}}, "labels": { {{TestFolder.Organs}} }, "file_ending": ".nii.gz" }""")
        .Add("a", 1, 2, 3);

    private DatasetReport Check(params string[] folders) =>
        DatasetCheck.Run(folders, _folder.Reader, cancel: TestContext.Current.CancellationToken);
}
