using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

/// <summary>Which cases are of one patient.</summary>
public sealed class GroupFileTests : IDisposable
{
    private readonly TestFolder _folder = new TestFolder().Json().Add("a", 1).Add("b", 1).Add("c", 2)
        .Add("t", TestFolder.Image(), [1], "Ts");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_a_file_every_case_stands_alone() =>
        Assert.All(_folder.Open().Training, each => Assert.Null(each.Group));

    [Fact]
    public void Cases_of_one_patient_have_one_group_and_keep_it_in_memory()
    {
        GroupFile.Write(_folder.Root, [("a", "p0001"), ("c", "p0001")]);
        Dataset dataset = _folder.Open();
        Assert.Equal(["p0001", null, "p0001"], dataset.Training.Select(each => each.Group));
        CaseData loaded = dataset.Load(dataset.Training[0]);
        Assert.Equal(("p0001", "p0001"), (loaded.Group, loaded.WithAnnotated(0).Group));
    }

    [Fact]
    public void A_case_may_give_its_name_to_a_group()
    {
        _folder.Write(GroupFile.FileName, """{ "c": "a" }""");
        Assert.Equal(["a", null, "a"], _folder.Open().Training.Select(each => each.Group));
    }

    [Fact]
    public void Groups_of_two_folders_are_different_patients()
    {
        _folder.Write(GroupFile.FileName, """{ "a": "p1", "b": "p1" }""");
        using TestFolder other = new TestFolder("Dataset002_Other", _folder.Reader).Json().Add("d", 1)
            .Write(GroupFile.FileName, """{ "d": "p1" }""");
        Assert.Equal(["1/p1", "1/p1", null, "2/p1"],
            Dataset.Open([_folder.Root, other.Root], _folder.Reader).Training.Select(each => each.Group));
    }

    [Theory]
    [InlineData("""{ "x": "p1" }""", "x: the data set has no such case")]
    [InlineData("""{ "a": "" }""", "a: its group has no name")]
    [InlineData("""{ "a": "p1", "a": "p2" }""", "a: listed twice")]
    [InlineData("""{ "a": 1 }""", "a: a text expected")]
    [InlineData("""[]""", "the file: an object {...} expected")]
    public void What_cannot_be_followed_is_named(string text, string message)
    {
        _folder.Write(GroupFile.FileName, text);
        Assert.Contains($"{_folder.At(GroupFile.FileName)}: {message}", _folder.OpenFault(), StringComparison.Ordinal);
        Assert.Contains(message, Assert.Throws<DataException>(() => GroupFile.Read(_folder.Root, ["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_finds_patients_on_both_sides()
    {
        _folder.Write(GroupFile.FileName, """{ "a": "p1", "c": "p1", "t": "p1" }""");
        _folder.Write(Splits.FileName, """[ { "train": ["a", "b"], "val": ["c"] } ]""");
        DatasetReport report = DatasetCheck.Run([_folder.Root], _folder.Reader, cancel: TestContext.Current.CancellationToken);
        Assert.Contains("splits_final.json: [0]: a is trained on and c held out, and both are of one patient", Assert.Single(report.Faults),
            StringComparison.Ordinal);
        Assert.Contains(report.Notes,
            note => note.Contains("a is a training case and t a test case of one patient", StringComparison.Ordinal));

        _folder.Write(Splits.FileName, """[ { "train": ["a", "c"], "val": ["b"] } ]""");
        Assert.Empty(DatasetCheck.Run([_folder.Root], _folder.Reader, cancel: TestContext.Current.CancellationToken).Faults);
    }

    [Fact]
    public void A_run_finds_other_data_where_the_groups_have_changed()
    {
        // The voxels that the hash below was made of.
        var image = new Volume(TestFolder.Grid, [.. Enumerable.Range(0, 24).Select(i => (float)i)]);
        foreach ((string id, byte label) in new[] { ("a", (byte)1), ("b", (byte)1), ("c", (byte)2) })
            _folder.Add(id, image, [label], "Tr");
        Dataset dataset = _folder.Open();
        CaseData[] alone = [.. dataset.Training.Select(dataset.Load)];
        GroupFile.Write(_folder.Root, [("a", "p0001"), ("c", "p0001")]);
        CaseData[] grouped = [.. _folder.Open().Training.Select(dataset.Load)];
        Assert.NotEqual(DataHash.Of(dataset.Organs, alone), DataHash.Of(dataset.Organs, grouped));
        // Of the version that knew no groups (d7d2bc6): a run that it began can be resumed.
        Assert.Equal("fea1a92ba7286472ca00d6d94db13a3641bed6afbe123fd128c6364bb67a05c1", DataHash.Of(dataset.Organs, alone));
    }
}
