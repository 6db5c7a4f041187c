using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;
using Smile.Net.Relabel;

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
        var result = SmileCli.Run([.. relabel, "1", "--report"]);
        Assert.True(result.ExitCode == 0, result.Error);
        const string warning = "warning: liver: 2 cases were given far more than people drew: case_3 3.072 ml, "
            + "and the largest annotation has 0.448 ml.";
        Assert.Contains(warning, result.Error, StringComparison.Ordinal);
        Assert.Contains("W" + warning[1..], File.ReadAllText(Path.Combine(output, "report.html")), StringComparison.Ordinal);
        // A tenth of that is less than three times the largest.
        Assert.DoesNotContain("than people drew", SmileCli.Run([.. relabel, "0.1"]).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("score")]
    [InlineData("prior")] // learns from all cases first
    public void A_case_that_cannot_be_read_does_not_end_the_round(string rule)
    {
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"),
            """{ "case_0": ["liver"], "case_1": ["stomach"], "case_3": [] }""");
        string output = Path.Combine(_folder, "out"), target = Path.Combine(_folder, "data");
        string[] relabel =
        [
            "relabel", "--data", data.Folder, "-o", output, "-m", trained.SeeingAll(_folder), "--gamma", "0.5", "--select", rule,
            "--device", "scalar",
        ];
        byte[] image = File.ReadAllBytes(data.Image("case_3"));
        File.WriteAllBytes(data.Image("case_3"), image[..^99]);
        var first = SmileCli.Run([.. relabel, "--as-dataset", target]);
        Assert.True(first.ExitCode == 5, first.Error);
        Assert.Contains("smile: error: 1 of 4 cases failed:", first.Error, StringComparison.Ordinal);
        Assert.Contains("2 label maps", first.Out, StringComparison.Ordinal);
        Assert.Equal(["case_0", "case_1"], Relabelled(output, 1));
        Assert.False(File.Exists(Path.Combine(output, "case_3.nii.gz")));
        // What it holds can be trained on.
        Assert.Equal(["case_0", "case_1", "case_2"], Dataset.Open([target], new NiftiVolumeReader()).Training.Select(each => each.Id));
        Assert.Equal(["case_0", "case_1", "case_2"],
            LabelLedger.Read(Path.Combine(target, "ledger.jsonl")).Current.Select(entry => entry.Case).Distinct());

        File.WriteAllBytes(data.Image("case_3"), image);
        Assert.Equal(0, SmileCli.Run(relabel).ExitCode);
        byte[] map = File.ReadAllBytes(Path.Combine(output, "case_3.nii.gz"));
        File.WriteAllBytes(data.Image("case_3"), image[..^99]);
        Assert.Equal(5, SmileCli.Run(relabel).ExitCode);
        // Where a round could not look, the labels of the round before hold, in the ledger and on the disk.
        Assert.Equal(["case_0", "case_1"], Relabelled(output, 3));
        Assert.Equal([2, 2], LabelLedger.Read(Path.Combine(output, "ledger.jsonl")).Current
            .Where(entry => entry.Case == "case_3").Select(entry => entry.Round));
        Assert.Equal(map, File.ReadAllBytes(Path.Combine(output, "case_3.nii.gz")));
        Assert.Equal(0, SmileCli.Run("relabel", "-o", output, "--undo", "2").ExitCode);
        Assert.False(File.Exists(Path.Combine(output, "case_3.nii.gz")));
    }

    [Fact]
    public void Where_no_case_can_be_read_there_is_no_round()
    {
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"), """{ "case_0": ["liver"], "case_1": ["stomach"] }""");
        File.WriteAllText(data.Image("case_0"), "no image");
        File.WriteAllText(data.Labels("case_1"), "no labels");
        string output = Path.Combine(_folder, "out"), target = Path.Combine(_folder, "data");
        SmileCli.Fails(3, ["relabel", "--data", data.Folder, "-o", output, "-m", trained.Final, "--as-dataset", target],
            "2 of 2 cases failed");
        Assert.False(File.Exists(Path.Combine(output, "ledger.jsonl")) || Directory.Exists(target));
        Assert.Empty(Directory.GetDirectories(Path.Combine(output, "rounds")));
    }

    private static IEnumerable<string> Relabelled(string output, int round) =>
        LabelLedger.Read(Path.Combine(output, "ledger.jsonl")).Entries.Where(entry => entry.Round == round)
            .Select(entry => entry.Case).Distinct();

    [Fact]
    public void A_data_set_must_be_named() => SmileCli.Fails(2, ["relabel", "-o", _folder, "-m", trained.Run], "--data");

    [Fact]
    public void A_gamma_that_is_no_share_exits_2() =>
        SmileCli.Fails(2, ["relabel", "--data", trained.Data.Folder, "-o", _folder, "-m", trained.Run, "--gamma", "1.2"], "--gamma");

    [Theory]
    [InlineData("flips")]
    [InlineData("prior")]
    [InlineData("volume")]
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
