using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class DatasetTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_of_nnUNet_opens_as_it_is()
    {
        Dataset data = _folder.Json().Add("b").Add("a").Add("t", TestFolder.Image(), [1], "Ts").Open();
        Assert.Equal(["liver", "stomach", "pancreas"], data.Organs.Names);
        Assert.Equal(["a", "b"], data.Training.Select(each => each.Id));
        Assert.Equal(_folder.At("imagesTr", "a_0000.nii.gz"), data.Training[0].ImagePath);
        Assert.Equal(_folder.At("labelsTr", "a.nii.gz"), data.Training[0].LabelPath);
        Assert.Equal(0b111u, data.Training[0].Annotated);
        Assert.Equal(_folder.At("labelsTs", "t.nii.gz"), Assert.Single(data.Test).LabelPath);
    }

    [Fact]
    public void A_folder_of_MSD_opens_as_it_is_and_macOS_litter_is_passed_over()
    {
        _folder.Write("dataset.json", """
            { "modality": {"0": "CT"}, "labels": {"0": "background", "1": "pancreas", "2": "cancer"}, "numTraining": 2,
              "training": [ {"image": "./imagesTr/p_2.nii.gz", "label": "./labelsTr/p_2.nii.gz"},
                            {"image": "./imagesTr/._p_1.nii.gz", "label": "./labelsTr/._p_1.nii.gz"},
                            {"image": "./imagesTr/p_1.nii.gz", "label": "./labelsTr/p_1.nii.gz"} ],
              "test": ["./imagesTs/p_9.nii.gz", "./imagesTs/._p_9.nii.gz"] }
            """);
        foreach (string name in (string[])["p_1", "p_2", "._p_1"])
        {
            _folder.Reader.Add(_folder.At("imagesTr", name + ".nii.gz"), TestFolder.Image());
            _folder.Reader.Add(_folder.At("labelsTr", name + ".nii.gz"), TestFolder.LabelsOf());
        }

        _folder.Reader.Add(_folder.At("imagesTs", "p_9.nii.gz"), TestFolder.Image());
        Dataset data = _folder.Open();
        Assert.Equal(["pancreas", "cancer"], data.Organs.Names);
        Assert.Equal(["p_1", "p_2"], data.Training.Select(each => each.Id));
        Assert.Equal("p_9", Assert.Single(data.Test).Id);
        Assert.Null(data.Test[0].LabelPath);
    }

    [Fact]
    public void A_listing_passes_over_hidden_files_and_keeps_to_the_file_ending()
    {
        _folder.Json().Add("a");
        File.WriteAllText(_folder.At("imagesTr", "._a_0000.nii.gz"), "");
        File.WriteAllText(_folder.At("imagesTr", "notes.txt"), "");
        File.WriteAllText(_folder.At("imagesTr", "b_0000.nii"), "");
        Assert.Equal("a", Assert.Single(_folder.Open().Training).Id);
    }

    [Fact]
    public void A_number_at_the_end_of_a_name_is_a_channel_only_beside_channel_0()
    {
        _folder.Json();
        foreach (string id in (string[])["case_0001", "case_0002"])
        {
            _folder.Reader.Add(_folder.At("imagesTr", id + ".nii.gz"), TestFolder.Image());
            _folder.Reader.Add(_folder.At("labelsTr", id + ".nii.gz"), TestFolder.LabelsOf());
        }

        Assert.Equal(["case_0001", "case_0002"], _folder.Open().Training.Select(each => each.Id));
    }

    [Fact]
    public void NnUNet_v1_lists_names_without_the_channel_number_that_the_files_have()
    {
        _folder.Json(more: """, "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}]""").Add("a");
        Assert.Equal(_folder.At("imagesTr", "a_0000.nii.gz"), Assert.Single(_folder.Open().Training).ImagePath);
    }

    [Fact]
    public void The_dataset_key_names_files_anywhere_but_of_the_right_ending_only()
    {
        using var elsewhere = new TestFolder("elsewhere", _folder.Reader);
        elsewhere.Add("x", 1);
        string image = elsewhere.At("imagesTr", "x_0000.nii.gz"), label = elsewhere.At("labelsTr", "x.nii.gz");
        _folder.Json(more: Explicit("case1", image, label));
        Case only = Assert.Single(_folder.Open().Training);
        Assert.Equal(("case1", image, label), (only.Id, only.ImagePath, only.LabelPath));

        Environment.SetEnvironmentVariable("SMILE_TEST_FOLDER", elsewhere.Root);
        _folder.Json(more: Explicit("case1", "${SMILE_TEST_FOLDER}/imagesTr/x_0000.nii.gz", "$SMILE_TEST_FOLDER/labelsTr/x.nii.gz"));
        Assert.Equal(image, Assert.Single(_folder.Open().Training).ImagePath);

        _folder.Json(more: Explicit("case1", "/etc/passwd", label));
        Assert.Contains("dataset: case1: images: '/etc/passwd' does not end in '.nii.gz'", _folder.OpenFault(), StringComparison.Ordinal);
        _folder.Json(more: Explicit("case1", "$SMILE_NOT_SET/a.nii.gz", label));
        Assert.Contains("SMILE_NOT_SET", _folder.OpenFault(), StringComparison.Ordinal);
        _folder.Json(more: Explicit("../case1", image, label));
        Assert.Contains("no name for a case", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../other/a.nii.gz")]
    [InlineData("/etc/passwd")]
    [InlineData("imagesTr/../../a.nii.gz")]
    [InlineData(".")]
    public void A_listed_path_never_leaves_the_folder(string path)
    {
        _folder.Add("a").Json(more: $$""", "training": [{"image": "{{path}}", "label": "labelsTr/a.nii.gz"}]""");
        Assert.Contains($"training[0]: '{path}' leaves the data set's folder", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sister_folder_whose_name_begins_alike_is_outside()
    {
        _folder.Json(more: $$""", "training": [{"image": "../Dataset001_Test2/a.nii.gz", "label": "labelsTr/a.nii.gz"}]""");
        Assert.Contains("leaves", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "background": 0, "whole": [1, 2] """, "'whole' is a region")]
    [InlineData(""" "background": 0, "liver": 256 """, "'liver' has the integer 256")]
    [InlineData(""" "background": 0, "liver": -1 """, "'liver' has the integer -1")]
    [InlineData(""" "liver": 0 """, "the background, and only it, is 0")]
    [InlineData(""" "background": 1 """, "the background, and only it, is 0")]
    [InlineData(""" "background": 0, "liver": 1, "stomach": 1 """, "'stomach' and 'liver' have the integer 1")]
    [InlineData(""" "background": 0, "liver": 1, "liver": 2 """, "'liver' is given twice")]
    [InlineData(""" "background": 0, "liver": 1, "Liver": 2 """, "'liver' and 'Liver' have one name")]
    [InlineData(""" "background": 0, "liver": 1.5 """, "1.5 is no integer")]
    [InlineData(""" "background": 0, "liver": "one" """, "neither the name nor 'one'")]
    [InlineData(""" "background": 0, "liver": true """, "labels: 'liver': a text expected")]
    [InlineData(""" "background": 0 """, "0 organs given")]
    public void Labels_that_cannot_be_followed_are_named(string labels, string message) =>
        Assert.Contains(message, _folder.Json(labels).Add("a").OpenFault(), StringComparison.Ordinal);

    [Fact]
    public void Thirty_three_organs_are_too_many()
    {
        _folder.Json(string.Join(", ", Enumerable.Range(1, 33).Select(i => $"\"organ{i}\": {i}"))).Add("a");
        Assert.Contains("33 organs given; 1 to 32", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_dataset_json_is_named_with_line()
    {
        _folder.Write("dataset.json", "{\n \"labels\": {,}}");
        string fault = _folder.OpenFault();
        Assert.Contains(_folder.At("dataset.json"), fault, StringComparison.Ordinal);
        Assert.Contains("line 2", fault, StringComparison.Ordinal);
        _folder.Write("dataset.json", "[]");
        Assert.Contains("an object {...} expected, a list [...] found", _folder.OpenFault(), StringComparison.Ordinal);
        _folder.Write("dataset.json", "{}");
        Assert.Contains("labels: missing", _folder.OpenFault(), StringComparison.Ordinal);
        File.Delete(_folder.At("dataset.json"));
        Assert.Contains("dataset.json: not found", _folder.OpenFault(), StringComparison.Ordinal);
        Assert.Contains("no such folder", Assert.Throws<DataException>(() => Dataset.Open([_folder.At("nowhere")], _folder.Reader)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_refused()
    {
        Assert.Contains("imagesTr: no such folder", _folder.Json().OpenFault(), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.At("imagesTr"));
        Assert.Contains("no file ends in '.nii.gz'", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_to_predict_alone_need_no_training_case_and_no_organ()
    {
        Directory.CreateDirectory(_folder.At("imagesTr"));
        _folder.Json(""" "background": 0 """, """, "numTraining": 0""").Add("a", TestFolder.Image(), [], "Ts");
        File.Delete(_folder.At("labelsTs", "a.nii.gz"));
        Dataset dataset = _folder.Open();
        Assert.Equal((0, 0, "a"), (dataset.Organs.Count, dataset.Training.Count, Assert.Single(dataset.Test).Id));
        Assert.Empty(dataset.Organs.NamesOf(uint.MaxValue));
        DatasetReport report = DatasetCheck.Run([_folder.Root], _folder.Reader, cancel: TestContext.Current.CancellationToken);
        Assert.Contains(report.Notes, note => note.Contains("no training case", StringComparison.Ordinal));
        Assert.Empty(report.Faults);
        _folder.Add("b", 0);
        Assert.Contains("0 organs given", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_channels_are_refused()
    {
        _folder.Json().Add("a");
        File.WriteAllText(_folder.At("imagesTr", "a_0001.nii.gz"), "");
        Assert.Contains("a_0001.nii.gz: a second image channel", _folder.OpenFault(), StringComparison.Ordinal);
        _folder.Write("dataset.json", """{ "channel_names": {"0": "CT", "1": "PET"}, "labels": {"liver": 1}, "file_ending": ".nii.gz" }""");
        Assert.Contains("channel_names: 2 image channels", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_label_map_is_named_and_the_number_of_further_faults_told()
    {
        _folder.Json().Add("a").Add("b");
        File.Delete(_folder.At("labelsTr", "a.nii.gz"));
        Assert.Contains($"{_folder.At("labelsTr", "a.nii.gz")}: the label map of case a is missing", _folder.OpenFault(),
            StringComparison.Ordinal);
        File.Delete(_folder.At("labelsTr", "b.nii.gz"));
        Assert.Contains("1 more faults", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_folders_join_their_organs_and_what_a_folder_does_not_know_is_not_annotated()
    {
        using var second = new TestFolder("Task07_Pancreas", _folder.Reader);
        _folder.Json(""" "background": 0, "liver": 1, "stomach": 7 """).Add("a", 1, 7);
        second.Json(""" "background": 0, "pancreas": 1, "liver": 2 """).Add("b", 1, 2);
        Dataset data = Dataset.Open([_folder.Root, second.Root], _folder.Reader);
        Assert.Equal(["liver", "stomach", "pancreas"], data.Organs.Names);
        Assert.Equal(["a", "b"], data.Training.Select(each => each.Id));
        Assert.Equal([0b011u, 0b101u], data.Training.Select(each => each.Annotated));
        Assert.Equal<byte>([1, 2, 0], data.Load(data.Training[0]).Labels.ToArray()[..3]);
        Assert.Equal<byte>([3, 1, 0], data.Load(data.Training[1]).Labels.ToArray()[..3]);
        Assert.Equal(0b101u, data.Load(data.Training[1]).Truth);
    }

    [Fact]
    public void Ids_that_collide_get_the_folder_before_them_and_keep_their_own_name()
    {
        using var second = new TestFolder("Task07", _folder.Reader);
        _folder.Json().Add("a");
        second.Json().Add("a").Add("b").Write("annotations.json", """{"a": ["liver"]}""");
        Dataset data = Dataset.Open([_folder.Root, second.Root], _folder.Reader);
        Assert.Equal(["Dataset001_Test_a", "Task07_a", "Task07_b"], data.Training.Select(each => each.Id));
        Assert.Equal([0b111u, 0b001u, 0b111u], data.Training.Select(each => each.Annotated));
        Assert.Equal("a", data.Training[1].NameInFolder);

        using var third = new TestFolder("Task07", _folder.Reader);
        third.Json().Add("b");
        Assert.Equal(["Task07_1_a", "Task07_1_b", "Task07_2_b"],
            Dataset.Open([second.Root, third.Root], _folder.Reader).Training.Select(each => each.Id));
    }

    [Fact]
    public void A_folder_that_is_given_twice_is_refused()
    {
        _folder.Json().Add("a");
        string message = Assert.Throws<ConfigException>(() =>
            Dataset.Open([_folder.Root, _folder.Root + Path.DirectorySeparatorChar], _folder.Reader)).Message;
        Assert.Contains("twice", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Integers_of_one_name_are_merged()
    {
        Dataset data = _folder
            .Json(""" "0": "background", "5": "liver", "9": "background", "3": "liver", "200": "ignore", "7": "stomach" """)
            .Add("a", 3, 5, 7, 9, 200, 0).Open();
        Assert.Equal(["liver", "stomach"], data.Organs.Names);
        CaseData loaded = data.Load(data.Training[0]);
        Assert.Equal<byte>([1, 1, 2, 0, 255, 0], loaded.Labels.ToArray()[..6]);
    }

    [Fact]
    public void A_case_that_is_both_training_and_test_is_refused()
    {
        _folder.Json().Add("a").Add("a", TestFolder.Image(), [], "Ts");
        Assert.Contains("a is a training case and a test case", _folder.OpenFault(), StringComparison.Ordinal);
    }

    /// <summary>nnU-Net's "dataset" key with one case.</summary>
    private static string Explicit(string id, string image, string label) =>
        $$""", "dataset": { "{{id}}": { "images": ["{{image}}"], "label": "{{label}}" } }""";
}
