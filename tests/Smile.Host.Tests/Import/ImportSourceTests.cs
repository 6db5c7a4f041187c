using System.Text.Json.Nodes;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Import;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

/// <summary>Sources that are NIfTI: every case of 2 x 3 x 4 voxels, its labels in a row along x.</summary>
public sealed class ImportSourceTests : DicomFolder
{
    private static readonly Geometry Grid = Geometry.Regular(2, 3, 4, 5, 2, 2);

    [Fact]
    public void Data_sets_of_single_organs_become_one_that_is_partly_annotated()
    {
        // MSD lists its cases, nnU-Net v2 does not, and knows an ignore label.
        Image("liver/imagesTr/a.nii.gz");
        Labels("liver/labelsTr/a.nii.gz", 0, 1, 2, 0);
        Text("liver/dataset.json", """
            { "labels": { "0": "background", "1": "Liver", "2": "cancer" }, "modality": { "0": "CT" },
              "training": [ { "image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz" } ], "test": [] }
            """);
        foreach (string id in new[] { "p", "q" })
        {
            Image($"other/imagesTr/{id}_0000.nii.gz");
            Labels($"other/labelsTr/{id}.nii.gz", 1, 2, 3, 0);
        }

        Text("other/dataset.json", """
            { "labels": { "background": 0, "pancreas": 1, "spleen": 2, "ignore": 3 }, "channel_names": { "0": "CT" },
              "numTraining": 2, "file_ending": ".nii.gz" }
            """);
        Text("other/annotations.json", """{ "q": ["spleen"] }""");

        CliResult refused = SmileCli.Run("dataset", "import", Path("liver"), Path("other"), "-o", Path("out"));
        Assert.Equal(3, refused.ExitCode);
        Assert.All(["1 name matches no known organ: 'cancer'", "--list"],
            part => Assert.Contains(part, refused.Error, StringComparison.Ordinal));

        string mapping = Path("mapping.json");
        Assert.Equal(0, SmileCli.Run("dataset", "import", Path("liver"), Path("other"), "--list", mapping).ExitCode);
        SmileCli.Fails(3, ["dataset", "import", Path("liver"), Path("other"), "-o", Path("out"), "--mapping", mapping],
            "no organ for 'cancer'");
        Fill(mapping, "cancer", "liver");
        CliResult result = SmileCli.Run("dataset", "import", Path("liver"), Path("other"), "-o", Path("out"), "--mapping", mapping);
        Assert.True(result.ExitCode == 0, result.Error);

        Dataset dataset = Open();
        Assert.Equal(["liver", "pancreas", "spleen"], dataset.Organs.Names);
        Assert.Equal(["liver", "pancreas spleen", "spleen"],
            dataset.Training.Select(c => string.Join(' ', dataset.Organs.NamesOf(c.Annotated))));
        Assert.Equal([0, 1, 1, 0], Row(dataset, 0));
        Assert.Equal([2, 3, 255, 0], Row(dataset, 1));
        // The pancreas was not looked for in q: what stands in its label map is not taken over.
        Assert.Equal([0, 3, 255, 0], Row(dataset, 2));
    }

    [Fact]
    public void Masks_of_single_organs_are_put_together_and_overlaps_ignored()
    {
        foreach (string id in new[] { "s1", "s2" })
            Image($"ts/{id}/ct.nii.gz");
        Labels("ts/s1/segmentations/liver.nii.gz", 1, 1, 0, 0);
        Labels("ts/s1/segmentations/stomach.nii.gz", 0, 1, 1, 0);
        Labels("ts/s1/segmentations/spleen.nii.gz", 0, 0, 0, 0);
        Labels("ts/s2/segmentations/liver.nii.gz", 0, 0, 0, 1);
        CliResult result = SmileCli.Run("dataset", "import", Path("ts"), "-o", Path("out"), "--jobs", "2");
        Assert.True(result.ExitCode == 0, result.Error);
        Dataset dataset = Open();
        Assert.Equal(["liver stomach spleen", "liver"],
            dataset.Training.Select(c => string.Join(' ', dataset.Organs.NamesOf(c.Annotated))));
        Assert.Equal([1, 255, 2, 0], Row(dataset, 0));
        Assert.Equal([0, 0, 0, 1], Row(dataset, 1));
        string manifest = File.ReadAllText(Path("out/manifest.json"));
        Assert.Contains("stomach: 6 voxels that another organ claims too", manifest, StringComparison.Ordinal);
        Assert.Contains("the image is that of case_0002 too", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_of_several_values_and_numbers_that_are_no_HU_are_told()
    {
        Image("ts/s1/ct.nii.gz"); // 0 .. 30
        Labels("ts/s1/segmentations/liver.nii.gz", 1, 2, 0, 0);
        Labels("ts/s1/segmentations/stomach.nii.gz", 0, 0, 255, 0);
        CliResult result = SmileCli.Run("dataset", "import", Path("ts"), "-o", Path("out"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([1, 1, 2, 0], Row(Open(), 0));
        string manifest = File.ReadAllText(Path("out/manifest.json"));
        Assert.Contains("liver: its mask holds 2 values (1, 2); all of them are taken for the organ. Is it a label map of several?",
            manifest, StringComparison.Ordinal);
        Assert.DoesNotContain("stomach: its mask", manifest, StringComparison.Ordinal);
        Assert.Contains("numbers from 0 to 30: a normalised image, no HU", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_and_label_maps_of_one_name_may_end_in_four_digits()
    {
        foreach (string name in new[] { "amos_0000", "amos_0001" })
        {
            Image($"pairs/images/{name}.nii.gz");
            Labels($"pairs/labels/{name}.nii.gz", 0, 1, 0, 0);
        }

        Text("pairs/labels/labels.json", """{ "labels": { "background": 0, "liver": 1 } }""");
        CliResult result = SmileCli.Run("dataset", "import", Path("pairs"), "-o", Path("out"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(2, Open().Training.Count);
    }

    [Fact]
    public void Pairs_are_found_by_name_and_unnamed_labels_are_listed()
    {
        Image("pairs/a_ct.nii.gz");
        Labels("pairs/a_seg.nii.gz", 0, 5, 0, 7);
        Image("named/images/b.nii");
        Labels("named/labels/b.nii", 0, 5, 0, 7);
        Text("named/labels/labels.json", """{ "labels": { "background": 0, "spleen": 5, "liver": 7 } }""");
        string mapping = Path("mapping.json");
        CliResult list = SmileCli.Run("dataset", "import", Path("pairs"), Path("named"), "--list", mapping);
        Assert.Contains("4 names in 2 images; 2 have an organ, 2 wait", list.Out, StringComparison.Ordinal);
        SmileCli.Fails(2, ["dataset", "import", Path("pairs"), "--list", mapping], "exists");
        Fill(mapping, "label 5", "ignore");
        Fill(mapping, "label 7", "my organ");
        CliResult result = SmileCli.Run("dataset", "import", Path("pairs"), Path("named"), "-o", Path("out"), "--mapping", mapping);
        Assert.True(result.ExitCode == 0, result.Error);
        Dataset dataset = Open();
        Assert.Equal(["my organ", "liver", "spleen"], dataset.Organs.Names);
        Assert.Equal([0, 0, 0, 1], Row(dataset, 0));
        Assert.Equal([0, 3, 0, 2], Row(dataset, 1));
        Assert.Equal("my organ", Assert.Single(dataset.Organs.NamesOf(dataset.Training[0].Annotated)));
    }

    [Fact]
    public void Integers_that_are_named_background_are_background()
    {
        Image("pairs/images/a.nii");
        Labels("pairs/labels/a.nii", 0, 5, 6, 7);
        Text("pairs/labels/labels.json", """{ "labels": { "0": "background", "5": "background", "6": "liver", "7": "ignore" } }""");
        CliResult result = SmileCli.Run("dataset", "import", Path("pairs"), "-o", Path("out"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["liver"], Open().Organs.Names);
        Assert.Equal([0, 0, 1, Smile.Net.Data.Labels.Ignore], Row(Open(), 0));
    }

    [Fact]
    public void What_has_no_organ_is_left_out_only_where_the_mapping_says_so()
    {
        Image("pairs/a.nii.gz");
        Labels("pairs/a_seg.nii.gz", 0, 1, 2, 3);
        Image("pairs/b.nii.gz");
        Labels("pairs/b_seg.nii.gz", 0, 3, 3, 3);
        Text("pairs/labels.json", """{ "labels": { "background": 0, "liver": 1, "x": 2, "y": 3 } }""");
        Text("pairs/b_seg.labels.json", """{ "labels": { "background": 0, "y": 3 } }""");
        string mapping = Path("mapping.json");
        CliResult list = SmileCli.Run("dataset", "import", Path("pairs"), "--list", mapping);
        Assert.Contains("3 names in 2 images; 1 has an organ, 2 wait for one", list.Out, StringComparison.Ordinal);
        Assert.Contains("found 2 images: image and label map: 2", list.Error, StringComparison.Ordinal);
        string[] import = ["dataset", "import", Path("pairs"), "-o", Path("out"), "--mapping", mapping];
        SmileCli.Fails(3, import, "no organ for 'x', 'y'", "\"rest\": \"ignore\"");
        string text = File.ReadAllText(mapping);
        File.WriteAllText(mapping, text.Replace("\"rest\": \"\"", "\"rest\": \"forget\"", StringComparison.Ordinal));
        SmileCli.Fails(3, import, "rest is 'forget'");
        File.WriteAllText(mapping,
            text.Replace("\"rest\": \"\"", "\"rest\": null", StringComparison.Ordinal)
            .Replace("\"organ\": \"\"", "\"organ\": null", StringComparison.Ordinal));
        SmileCli.Fails(3, import, "no organ for 'x', 'y'");
        Fill(mapping, "x", "Background");
        Fill(mapping, "y", "Ignore");
        SmileCli.Fails(3, import, "'x': 'background' is no organ");
        Fill(mapping, "x", "Liver");
        SmileCli.Fails(3, import, $"{mapping}: The organs 'Liver' and 'liver' have one name");
        File.WriteAllText(mapping, text.Replace("\"rest\": \"\"", "\"rest\": \"ignore\"", StringComparison.Ordinal));
        CliResult result = SmileCli.Run(import);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("1 training case (0 partly annotated), 1 test case (1 without labels), 2 with warnings", result.Out,
            StringComparison.Ordinal);
        Assert.Equal([0, 1, 0, 0], Row(Open(), 0));

        Directory.Delete(Path("out"), recursive: true);
        CliResult only = SmileCli.Run([.. import, "--annotated-only"]);
        Assert.True(only.ExitCode == 0, only.Error);
        Assert.Contains("left out: 1 image on which no organ was looked for", only.Error, StringComparison.Ordinal);
        Assert.Empty(Open().Test);
        Assert.Equal("case_0001", Assert.Single(Open().Training).Id);
    }

    [Fact]
    public void One_bad_case_of_NIfTI_is_named_and_the_others_are_imported()
    {
        for (int i = 0; i < 4; i++)
        {
            Image($"ts/s{i}/ct.nii.gz");
            Labels($"ts/s{i}/segmentations/liver.nii.gz", 1, 0, 0, (byte)(i % 2));
        }

        float[] voxels = [.. Enumerable.Range(0, 24).Select(i => i == 7 ? float.NaN : i)];
        NiftiWriter.Write(Path("ts/s1/ct.nii.gz"), new Volume(Grid, voxels));
        Directory.Delete(Path("ts/s2/segmentations"), recursive: true);
        Image("pairs/a.nii.gz");
        Labels("pairs/a_seg.nii.gz", 0, 5, 0, 0);
        Image("pairs/b.nii.gz");
        Text("pairs/b_seg.nii.gz", "no label map");
        string mapping = Path("mapping.json");
        Assert.Equal(5, SmileCli.Run("dataset", "import", Path("ts"), Path("pairs"), "--list", mapping).ExitCode);
        Fill(mapping, "label 5", "spleen");
        CliResult result = SmileCli.Run("dataset", "import", Path("ts"), Path("pairs"), "-o", Path("out"), "--mapping", mapping);
        Assert.Equal(5, result.ExitCode);
        Assert.All(
            [$"{Path("ts/s2")}: left out: no mask in segmentations", $"{Path("ts/s1/ct.nii.gz")}: voxel (", "1 of 4 cases failed",
                "1 file was left out", Path("pairs/b_seg.nii.gz")],
            part => Assert.Contains(part, result.Error, StringComparison.Ordinal));
        Assert.Equal(["case_0001", "case_0003", "case_0004"], Open().Training.Select(each => each.Id));
    }

    [Fact]
    public void Label_maps_that_nothing_explains_are_read_by_the_table_of_their_data_set()
    {
        Image("flare/a.nii.gz");
        Labels("flare/a_seg.nii.gz", 0, 13, 4, 1);
        CliResult result = SmileCli.Run("dataset", "import", Path("flare"), "-o", Path("out"), "--label-table", "flare22");
        Assert.True(result.ExitCode == 0, result.Error);
        Dataset dataset = Open();
        Assert.Equal(13, dataset.Organs.Count);
        CaseData data = CaseData.Load(dataset.Training.Single(), new NiftiVolumeReader(), dataset.Organs.Count);
        string[] seen = [.. data.Labels.ToArray().Take(4).Select(label => label == 0 ? "" : dataset.Organs.Names[label - 1])];
        Assert.Equal(["", "kidney_left", "pancreas", "liver"], seen);
        SmileCli.Fails(2, ["dataset", "import", Path("flare"), "-o", Path("other"), "--label-table", "acdc"], "btcv", "totalsegmentator");
    }

    [Theory]
    [InlineData("amos", 15, 13, "duodenum")]
    [InlineData("btcv", 13, 11, "pancreas")]
    [InlineData("totalsegmentator", 117, 5, "liver")]
    [InlineData("totalsegmentator-v1", 104, 5, "liver")]
    public void A_label_table_has_as_many_names_as_its_data_set_has_classes(string table, int classes, byte value, string name)
    {
        LabelMeaning meaning = LabelTables.Of(table);
        Assert.Equal(classes, meaning.Values.Count);
        Assert.Equal(classes, meaning.Organs.Count);
        Assert.Contains((value, name), meaning.Values);
    }

    [Fact]
    public void What_cannot_be_followed_is_refused()
    {
        string output = Path("out");
        SmileCli.Fails(3, ["dataset", "import", Path("nowhere"), "-o", output], "no such folder");
        Text("notes/readme.txt", "nothing");
        SmileCli.Fails(3, ["dataset", "import", Path("notes"), "-o", output], "of no known kind", "DICOM");
        Image("alone/a.nii.gz");
        SmileCli.Fails(3, ["dataset", "import", Path("alone"), "-o", output], "an image without a label map");
        SmileCli.Fails(2, ["dataset", "import", Path("alone")], "--output");
        SmileCli.Fails(2, ["dataset", "import", Path("alone"), Path("alone") + "/", "-o", output], "given twice");
        SmileCli.Fails(2, ["dataset", "import", Path("alone"), "-o", output, "--spacing", "3,3"], "--spacing 3,3");
        SmileCli.Fails(2, ["dataset", "import", Path("alone"), "-o", output, "--jobs", "-1"], "--jobs -1");
        SmileCli.Fails(2, ["dataset", "import", Path("alone"), "-o", Path("notes/readme.txt")], "is a file");
        SmileCli.Fails(3, ["dataset", "import", Path("notes/readme.txt"), "-o", output], "is a file");

        Image("pairs/a.nii.gz");
        Labels("pairs/a_seg.nii.gz", 0, 1, 0, 0);
        Text("pairs/labels.json", """{ "labels": { "background": 0, "liver": 1 } }""");
        Assert.Equal(0, SmileCli.Run("dataset", "import", Path("pairs"), "-o", output).ExitCode);
        SmileCli.Fails(2, ["dataset", "import", Path("pairs"), "-o", output], "the folder holds a data set");
        File.Delete(Path("out/dataset.json"));
        Directory.CreateDirectory(Path("out/.import"));
        Text("out/.import/claim", "another");
        SmileCli.Fails(2, ["dataset", "import", Path("pairs"), "-o", output], "begun with other options");
    }

    [Fact]
    public void Spacing_is_the_same_in_all_cases()
    {
        Image("pairs/a.nii.gz");
        Labels("pairs/a_seg.nii.gz", 0, 1, 1, 0);
        Text("pairs/labels.json", """{ "labels": { "background": 0, "liver": 1 } }""");
        Assert.Equal(0, SmileCli.Run("dataset", "import", Path("pairs"), "-o", Path("out"), "--spacing", "5,2,1").ExitCode);
        Dataset dataset = Open();
        CaseData data = dataset.Load(dataset.Training[0]);
        Assert.True(new Geometry(2, 3, 8, [1, 0, 0, -0.5, 0, 2, 0, 0, 0, 0, 5, 0]).Matches(data.Geometry),
            string.Join(' ', data.Geometry.Affine));
        Assert.Equal([0, 0, 1, 1, 1, 1, 0, 0], data.Labels.ToArray()[..8]);
        // HU are 10 a voxel along x; the outermost voxels lie beyond the middle of the first and the last.
        Assert.Equal([0, 2, 8, 12, 18, 22, 28, 30], data.Image.ToVolume().Voxels[..8]);
    }

    private string Path(string relative) => System.IO.Path.Combine(Folder, relative);

    private string Make(string relative)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(relative))!);
        return Path(relative);
    }

    private void Text(string relative, string text) => File.WriteAllText(Make(relative), text);

    private void Image(string relative) => NiftiWriter.WriteInt16(Make(relative),
        new Volume(Grid, [.. Enumerable.Range(0, 24).Select(i => 10f * (i % 4))]));

    private void Labels(string relative, params byte[] row) => NiftiWriter.Write(Make(relative),
        new LabelMap(Grid, [.. Enumerable.Range(0, 24).Select(i => row[i % 4])]));

    private Dataset Open() => Dataset.Open([Path("out")], new NiftiVolumeReader());

    private static byte[] Row(Dataset dataset, int index) => dataset.Load(dataset.Training[index]).Labels.ToArray()[..4];

    /// <summary>Fills in the organ of one name, as a person would.</summary>
    internal static void Fill(string mapping, string name, string organ)
    {
        JsonNode file = JsonNode.Parse(File.ReadAllText(mapping))!;
        file["regions"]!.AsArray().Single(row => (string)row!["name"]! == name)!["organ"] = organ;
        File.WriteAllText(mapping, file.ToJsonString());
    }
}
