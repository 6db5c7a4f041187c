using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Weights;

namespace Smile.Host.Tests.Commands;

/// <summary>Rounds of <c>smile relabel</c> and of a run: where labels come from, and back again.</summary>
public sealed class RelabelHistoryTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smile-history-").FullName;

    private string Output => Path.Combine(_root, "out");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void An_undone_round_leaves_the_bytes_of_the_round_before()
    {
        Relabel("0.3");
        var first = Bytes();
        Relabel("1");
        Assert.NotEqual(first, Bytes());
        Done("relabel", "-o", Output, "--undo", "2");
        Assert.Equal(first, Bytes());
        Assert.False(Directory.Exists(Path.Combine(Output, "rounds", "t2")));
        Done("relabel", "-o", Output, "--undo", "1");
        Assert.Equal(["ledger.jsonl"], Bytes().Keys);
        SmileCli.Fails(2, ["relabel", "-o", Output, "--undo", "1"], "has no round 1: none has been made.");
        Relabel("0.3");
        SmileCli.Fails(2, ["relabel", "-o", Output, "--undo", "2"], "has no round 2: round 1 is the only one.");
    }

    [Fact]
    public void The_pages_of_an_undone_round_go_with_it()
    {
        string page = Path.Combine(Output, "report.html"), pictures = Path.Combine(Output, "pictures");
        Relabel("1", "--report");
        Dictionary<string, string> first = Bytes();
        string[] shown = Names(pictures);
        Assert.NotEmpty(shown);
        string own = Path.Combine(pictures, "mine.png"); // somebody's own file is left alone
        Relabel("0.1");
        Assert.False(File.Exists(page)); // it showed other labels than those beside it
        Assert.False(Directory.Exists(pictures));
        Done("relabel", "-o", Output, "--undo", "2");
        Assert.Equal(first, Bytes());
        Assert.Equal(shown, Names(pictures));
        File.WriteAllText(own, "");
        Done("relabel", "-o", Output, "--undo", "1");
        Assert.False(File.Exists(page));
        Assert.Equal(["mine.png"], Names(pictures));
    }

    [Fact]
    public void The_ledger_says_where_each_label_comes_from()
    {
        Relabel("0.5");
        string text = Done("relabel", "-o", Output, "--ledger").Out;
        LabelLedger ledger = LabelLedger.Read(Path.Combine(Output, LabelLedger.FileName));
        string model = WeightsHash.OfFile(new RunFolder(trained.Run).Final);
        var round = ledger.Entries.Where(entry => entry.Round == 1).ToArray();
        Assert.Equal([("case_0", "stomach"), ("case_1", "liver"), ("case_3", "liver"), ("case_3", "stomach")],
            round.Select(entry => (entry.Case, entry.Organ)));
        Assert.All(round, entry => Assert.Equal((0.5, "score", model), (entry.Gamma!.Value, entry.Rule, entry.Model)));
        Assert.Equal(4, ledger.Current.Count(entry => entry.Source == LabelSources.Annotator));
        Assert.Contains(model[..12], text, StringComparison.Ordinal);
        Assert.Contains("annotator", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_that_a_kill_left_behind_are_put_right()
    {
        Relabel("0.3");
        var first = Bytes();
        string map = Path.Combine(Output, "case_0.nii.gz");
        File.Delete(map);
        RelabelledFolder.Read(Output);
        Assert.Equal(first, Bytes());
        // Half of the next round's maps, of which the ledger knows nothing.
        Directory.CreateDirectory(Path.Combine(Output, "rounds", "t2"));
        File.WriteAllText(Path.Combine(Output, "rounds", "t2", "case_9.nii.gz"), "");
        Relabel("1");
        Assert.False(File.Exists(Path.Combine(Output, "rounds", "t2", "case_9.nii.gz")));
    }

    [Fact]
    public void A_runs_folder_and_a_folder_of_other_annotations_are_refused()
    {
        SmileCli.Fails(2, ["relabel", "--data", trained.Data.Folder, "-o", trained.Run, "-m", trained.Final], trained.Run, "training run");
        Relabel("0.3");
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"), """{ "case_2": ["liver"] }""");
        SmileCli.Fails(2, ["relabel", "--data", data.Folder, "-o", Output, "-m", trained.Final], Output, "other annotations");
    }

    [Fact]
    public void A_folder_without_a_ledger_exits_3() => SmileCli.Fails(3, ["relabel", "-o", _root, "--undo", "1"], "ledger.jsonl");

    [Fact]
    public void A_run_goes_back_and_trains_on_without_the_round()
    {
        string run = Path.Combine(_root, "my run");
        Copy(trained.Run, run);
        var folder = new RunFolder(run);
        byte[] labels = File.ReadAllBytes(folder.Pseudo(1));
        string told = Done("relabel", "-o", run, "--undo", "2").Out;
        Assert.Contains("step 9", told, StringComparison.Ordinal);
        Assert.EndsWith($": smile train --resume --output {ShellText.Quoted(run)}", told.TrimEnd(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, "report.html")));
        Assert.DoesNotContain("round 2", Done("relabel", "-o", run, "--ledger").Out, StringComparison.Ordinal);
        Done("train", "--resume", "-o", run);
        Assert.Equal(labels, File.ReadAllBytes(folder.Pseudo(1)));
        Assert.False(Directory.Exists(folder.Round(2)));
        Assert.Contains("Where the labels come from", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_shows_slices_and_says_what_a_few_subjects_are_worth()
    {
        Relabel("1", "--report");
        string page = File.ReadAllText(Path.Combine(Output, "report.html"));
        Assert.Contains("Four subjects prove nothing about accuracy", page, StringComparison.Ordinal);
        Assert.Contains("liver, hidden truth", page, StringComparison.Ordinal);
        Assert.Contains("case_3-stomach-z", string.Join(' ', Directory.GetFiles(Path.Combine(Output, "pictures"))),
            StringComparison.Ordinal);
    }

    private void Relabel(string gamma, params string[] more) =>
        Done(["relabel", "--data", trained.Data.Folder, "-o", Output, "-m", trained.Final, "--gamma", gamma, "--device", "scalar",
            .. more]);

    private Dictionary<string, string> Bytes() => Directory.GetFiles(Output).Order(StringComparer.Ordinal)
        .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)));

    private static string[] Names(string folder) =>
        [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static CliResult Done(params string[] args)
    {
        CliResult result = SmileCli.Run(args);
        Assert.True(result.ExitCode == 0, $"exit {result.ExitCode}: {result.Error}");
        return result;
    }
}
