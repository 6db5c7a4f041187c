using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tests.Data;

namespace Smile.Net.Tests.Runs;

/// <summary>Runs on cases that bring pseudo labels along.</summary>
public sealed class PseudoRunTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smile-pseudo-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(Methods.Baseline, false)]
    [InlineData(Methods.Smile, true)]
    [InlineData(Methods.Smiler, true)]
    public void They_are_learnt_from_and_the_baseline_says_that_it_does_not(string method, bool learnt)
    {
        RunSettings settings = Toy.Settings(method);
        Recorder with = Run("with", settings, Relabelled()), without = Run("without", settings, Toy.Cases());
        Assert.Equal(learnt, Weights("with") != Weights("without"));
        string told = Assert.Single(with.Messages,
            line => line.Contains("training cases bring pseudo labels along", StringComparison.Ordinal));
        Assert.Equal(learnt, !told.EndsWith("not used: to the baseline what nobody annotated is background", StringComparison.Ordinal));
        Assert.DoesNotContain(without.Messages, line => line.Contains("pseudo labels", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stopped_run_goes_on_with_the_same_bits_and_other_pseudo_labels_are_other_data()
    {
        RunSettings settings = Toy.Settings();
        Run("whole", settings, Relabelled());
        using var stop = new CancellationTokenSource();
        var recorder = new Recorder { AtStep = report => StopAt(report.Step == 7, stop) };
        using (TrainingRun run = TrainingRun.Start(In("stopped"), settings, Toy.Organs, Relabelled(), recorder))
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        Assert.Contains("other images, labels",
            Assert.Throws<DataException>(() => TrainingRun.Resume(In("stopped"), Toy.Organs, Toy.Cases(), new Recorder())).Message,
            StringComparison.Ordinal);
        using (TrainingRun run = TrainingRun.Resume(In("stopped"), Toy.Organs, Relabelled(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(Final("whole"), Final("stopped"));
    }

    [Fact]
    public void The_ledger_says_that_they_were_there_before_the_first_round_and_undone_rounds_go_back_to_them()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler);
        Run("run", settings, Relabelled());
        var folder = new RunFolder(In("run"));
        LabelLedger ledger = LabelLedger.Read(folder.Ledger);
        Assert.Contains(ledger.Before(1).Entries, entry => entry.Source == LabelSources.Earlier);
        Assert.DoesNotContain(ledger.Before(1).Entries, entry => entry.Source == LabelSources.None);
        Assert.Equal(2, ledger.LastRound);

        RoundUndo.Undo(folder, 1);
        using (TrainingRun run = TrainingRun.Resume(In("run"), Toy.Organs, Relabelled(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        // Without its rounds it is SMILE on the same labels.
        Run("smile", Toy.Settings(Methods.Smile), Relabelled());
        Assert.Equal(Weights("smile"), Weights("run"));
    }

    /// <summary>The toy's cases; what is not annotated in one is a pseudo label where it is.</summary>
    private static CaseData[] Relabelled() => [.. Toy.Cases().Select(data => (data.Annotated & 0b11) == 0b11 ? data
        : new CaseData(data.Id, data.Image, data.Labels, data.Annotated, data.Truth)
        {
            Pseudo = Bits.Runs(
                [.. data.Labels.ToArray().Select(label => label == 0 ? 0 : 1u << (label - 1) & ~data.Annotated.Word(0))],
                data.Labels.Pixels),
        })];

    private Recorder Run(string name, RunSettings settings, CaseData[] cases)
    {
        var recorder = new Recorder();
        using TrainingRun run = TrainingRun.Start(In(name), settings, Toy.Organs, cases, recorder);
        run.Run(TestContext.Current.CancellationToken);
        return recorder;
    }

    private byte[] Final(string name) => File.ReadAllBytes(new RunFolder(In(name)).Final);

    private string Weights(string name) => Smile.Net.Weights.WeightsHash.OfFile(new RunFolder(In(name)).Final);

    private string In(string name) => Path.Combine(_root, name);

    private static void StopAt(bool here, CancellationTokenSource stop)
    {
        if (here)
            stop.Cancel();
    }
}
