using System.Text.Json;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Runs;

/// <summary>An undone run is, bit for bit, the run that was stopped before the round.</summary>
public sealed class RoundUndoTests : IDisposable
{
    private const int Steps = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-undo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 6)]
    [InlineData(2, 9)]
    public void Labels_weights_ledger_and_log_are_those_before_the_round(int round, int step)
    {
        StopAt(step, In("stopped"));
        RunFolder whole = Whole(), stopped = new(In("stopped"));
        Assert.Equal(step, RoundUndo.Undo(whole, round));

        Assert.Equal(LabelFiles(stopped), LabelFiles(whole));
        Assert.Equal(round - 1, LabelLedger.Read(whole.Ledger).LastRound);
        Assert.Equal(File.ReadAllBytes(stopped.Ledger), File.ReadAllBytes(whole.Ledger));
        Assert.Equal(File.ReadAllBytes(stopped.Best), File.ReadAllBytes(whole.Best));
        Assert.Equal(Events(stopped), Events(whole));
        Assert.False(File.Exists(whole.Final));
        using (Safetensors expected = Safetensors.Open(stopped.Latest), actual = Safetensors.Open(whole.Latest))
            Assert.All(expected.Tensors, tensor => Assert.Equal(expected.ReadFloats(tensor.Name), actual.ReadFloats(tensor.Name)));
        Assert.Equal(Text(Checkpoint.Read(stopped.Latest).State with { RoundsEnded = true }), Text(Checkpoint.Read(whole.Latest).State));
    }

    [Fact]
    public void Resumed_it_trains_to_the_end_on_the_labels_that_are_left()
    {
        RunFolder folder = Whole();
        byte[] labels = File.ReadAllBytes(folder.Pseudo(1));
        RoundUndo.Undo(folder, 2);
        using (TrainingRun run = TrainingRun.Resume(folder.Path, Toy.Organs, Toy.Cases(), new Recorder()))
        {
            run.Run(TestContext.Current.CancellationToken);
            Assert.Equal((Steps, 1), (run.Step, run.Stage));
        }

        Assert.Equal(labels, File.ReadAllBytes(folder.Pseudo(1)));
        Assert.False(Directory.Exists(folder.Round(2)));
        Assert.Equal(1, LabelLedger.Read(folder.Ledger).LastRound);
        Assert.True(File.Exists(folder.Final));
    }

    [Fact]
    public void Killed_while_folders_are_deleted_the_same_call_goes_on()
    {
        RunFolder folder = Whole();
        RoundUndo.Undo(folder, 2);
        Directory.CreateDirectory(folder.Round(2));
        File.WriteAllText(Path.Combine(folder.Round(2), "case_1.nii.gz"), "");
        RoundUndo.Undo(folder, 2);
        Assert.False(Directory.Exists(folder.Round(2)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_round_that_was_not_made_is_refused(int round)
    {
        RunFolder folder = Whole();
        byte[] before = File.ReadAllBytes(folder.Latest);
        Assert.Contains("1 to 2", Assert.Throws<ConfigException>(() => RoundUndo.Undo(folder, round)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.Latest));
    }

    [Fact]
    public void Without_the_state_before_the_round_nothing_is_touched()
    {
        RunFolder folder = Whole();
        File.Delete(folder.BeforeRound(2));
        Assert.Contains("before.safetensors", Assert.Throws<DataException>(() => RoundUndo.Undo(folder, 2)).Message,
            StringComparison.Ordinal);
        Assert.True(File.Exists(folder.Final) && File.Exists(folder.Pseudo(2)));
        Assert.Equal(2, LabelLedger.Read(folder.Ledger).LastRound);
    }

    [Fact]
    public void The_ledger_names_the_model_that_each_round_asked()
    {
        RunFolder folder = Whole();
        LedgerEntry[] second = [.. LabelLedger.Read(folder.Ledger).Entries.Where(entry => entry.Round == 2)];
        Assert.All(second, entry => Assert.Equal(WeightsHash.OfFile(folder.BeforeRound(2)), entry.Model));
        Assert.All(second, entry => Assert.Equal((9, "score", 0.66), (entry.Step!.Value, entry.Rule, entry.Gamma)));
        // In three of the four cases an organ is not annotated, one of the four validates.
        Assert.InRange(second.Length, 2, 3);
    }

    private static IEnumerable<(string, string)> LabelFiles(RunFolder folder) => Directory.Exists(Path.Combine(folder.Path, "rounds"))
        ? Directory.GetFiles(Path.Combine(folder.Path, "rounds"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(file => !Path.GetFileName(file).StartsWith("before", StringComparison.Ordinal)) // what a stopped relabelling leaves
            .Select(file => (Path.GetRelativePath(folder.Path, file), Convert.ToHexString(File.ReadAllBytes(file))))
        : [];

    private static string Text(RunState state) => JsonSerializer.Serialize(state, RunJson.Default.RunState);

    private static IEnumerable<string> Events(RunFolder folder) => File.ReadAllLines(folder.Log)
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Select(line => string.Join(", ", line.EnumerateObject().Where(p => p.Name != "seconds").Select(p => p.ToString())));

    private RunFolder Whole()
    {
        using TrainingRun run = TrainingRun.Start(In("whole"), Toy.Settings(Methods.Smiler, Steps), Toy.Organs, Toy.Cases(),
            new Recorder());
        run.Run(TestContext.Current.CancellationToken);
        return new RunFolder(In("whole"));
    }

    private static void StopAt(int step, string folder)
    {
        using var stop = new CancellationTokenSource();
        var recorder = new Recorder
        {
            AtStep = report =>
            {
                if (report.Step == step)
                    stop.Cancel();
            },
        };
        using TrainingRun run = TrainingRun.Start(folder, Toy.Settings(Methods.Smiler, Steps), Toy.Organs, Toy.Cases(), recorder);
        Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
    }

    private string In(string name) => Path.Combine(_folder, name);
}
