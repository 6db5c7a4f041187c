using Smile.Host.Imaging.Nifti;

namespace Smile.Host.Tests.Commands;

public sealed class RelabelCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-relabel-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Cases_that_lack_an_organ_are_completed_and_the_annotation_stays()
    {
        string output = Path.Combine(_folder, "out");
        var result = SmileCli.Run("relabel", "--data", trained.Data.Folder, "-o", output, "-m", trained.Run, "--gamma", "1");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["case_0.nii.gz", "case_1.nii.gz", "case_3.nii.gz", "labels.json", "ledger.jsonl"],
            Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("precision", result.Out, StringComparison.Ordinal);
        byte[] truth = NiftiReader.ReadLabels(trained.Data.Labels("case_1")).Labels.Voxels;
        byte[] completed = NiftiReader.ReadLabels(Path.Combine(output, "case_1.nii.gz")).Labels.Voxels;
        Assert.All(Enumerable.Range(0, truth.Length).Where(v => truth[v] == 2), v => Assert.Equal(2, completed[v]));
    }

    [Fact]
    public void The_data_sets_own_label_maps_are_not_overwritten()
    {
        string labels = Path.Combine(trained.Data.Folder, "labelsTr");
        byte[] before = File.ReadAllBytes(trained.Data.Labels("case_1"));
        SmileCli.Fails(2, ["relabel", "--data", trained.Data.Folder, "-o", labels + Path.DirectorySeparatorChar, "-m", trained.Run],
            "would be overwritten");
        Assert.Equal(before, File.ReadAllBytes(trained.Data.Labels("case_1")));
    }

    [Fact]
    public void Weights_that_are_not_finite_exit_3()
    {
        string model = trained.WithoutANumber(_folder), output = Path.Combine(_folder, "out");
        SmileCli.Fails(3, ["relabel", "--data", trained.Data.Folder, "-o", output, "-m", model], model, "NaN or infinite");
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void A_relabelling_that_floods_a_case_is_told()
    {
        using var data = new TinyDataset();
        string annotations = Path.Combine(data.Folder, "annotations.json");
        File.WriteAllText(annotations, """{ "case_0": ["liver"], "case_1": ["stomach"], "case_3": [] }""");
        string model = trained.SeeingAll(_folder), output = Path.Combine(_folder, "out");
        // 4 x 16 x 24 voxels of 2 mm^3 less what is annotated, where the largest liver has 4 x 8 x 7 of them.
        string[] relabel = ["relabel", "--data", data.Folder, "-o", output, "-m", model, "--gamma"];
        var result = SmileCli.Run([.. relabel, "1"]);
        Assert.True(result.ExitCode == 0, result.Error);
        const string warning = "warning: liver: 2 cases were given far more than people drew: case_3 3.072 ml, "
            + "and the largest annotation has 0.448 ml.";
        Assert.Contains(warning, result.Error, StringComparison.Ordinal);
        // A tenth of that is less than three times the largest.
        Assert.DoesNotContain("than people drew", SmileCli.Run([.. relabel, "0.1"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_set_must_be_named() => SmileCli.Fails(2, ["relabel", "-o", _folder, "-m", trained.Run], "--data");

    [Fact]
    public void A_gamma_that_is_no_share_exits_2() =>
        SmileCli.Fails(2, ["relabel", "--data", trained.Data.Folder, "-o", _folder, "-m", trained.Run, "--gamma", "1.2"], "--gamma");

    [Theory]
    [InlineData("flips")]
    [InlineData("prior")]
    [InlineData("confidence")]
    public void A_rule_is_chosen_by_name(string rule)
    {
        string output = Path.Combine(_folder, "out");
        var result = SmileCli.Run("relabel", "--data", trained.Data.Folder, "-o", output, "-m", trained.Run, "--select", rule);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains($"chosen by {rule}", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_is_none_exits_2() =>
        SmileCli.Fails(2, ["relabel", "--data", trained.Data.Folder, "-o", _folder, "-m", trained.Run, "--select", "best"], "best");

    [Fact]
    public void A_fully_annotated_data_set_exits_3()
    {
        using var data = new TinyDataset();
        string output = Path.Combine(_folder, "out");
        SmileCli.Fails(3, ["relabel", "--data", data.Folder, "-o", output, "-m", trained.Run], data.Folder, "nothing to relabel");
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void A_model_of_other_organs_exits_3()
    {
        using var data = new TinyDataset();
        string json = Path.Combine(data.Folder, "dataset.json");
        File.WriteAllText(json, File.ReadAllText(json).Replace("stomach", "spleen", StringComparison.Ordinal));
        SmileCli.Fails(3, ["relabel", "--data", data.Folder, "-o", _folder, "-m", trained.Final], "spleen", "stomach");
    }
}
