using System.Text.Json;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Runs;

/// <summary>A SMILEr run that holds annotations out, puts them back and stops where that gets worse.</summary>
public sealed class AuditedRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-audit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_held_out_is_relabelled_and_judged_and_stands_in_log_and_ledger()
    {
        var recorder = Run("run", Settings(), Cases());
        Assert.Equal([1, 2, 3], recorder.Rounds.Select(report => report.Round));
        Assert.All(recorder.Rounds, report => Assert.Equal([1, 1], report.Audit!.Organs.Select(organ => organ.Cases)));
        Assert.All(recorder.Rounds[^1].Audit!.Organs, organ => Assert.True(organ.Judged > 0 && organ.Hidden > 0));
        JsonElement[] audits = Lines("run", "audit");
        Assert.Equal([1, 2, 3], audits.Select(line => line.GetProperty("stage").GetInt32()));
        Assert.Equal(recorder.Rounds[2].Audit!.Organs[0].Precision,
            audits[2].GetProperty("organs").GetProperty("disc").GetProperty("precision").GetDouble());
        // A round is judged by what was hidden from the start alone; what is held out is the audit's.
        Assert.All(recorder.Rounds, report => Assert.All(report.Organs, organ => Assert.Equal((0, 0), (organ.Judged, organ.Hidden))));

        LabelLedger ledger = LabelLedger.Read(new RunFolder(In("run")).Ledger);
        var held = ledger.Entries.Where(entry => entry.Source == LabelSources.HeldOut).ToArray();
        Assert.Equal(2, held.Length);
        Assert.All(held, entry => Assert.Equal(3,
            ledger.Entries.Count(e => e.Case == entry.Case && e.Organ == entry.Organ && e.Source == LabelSources.Round)));
    }

    [Fact]
    public void Held_out_annotations_are_not_learnt_from()
    {
        Run("run", Settings(), Cases());
        LedgerEntry held = LabelLedger.Read(new RunFolder(In("run")).Ledger).Entries.First(entry => entry.Source == LabelSources.HeldOut);
        // Another drawing of the held-out organ, and of an organ that is learnt from.
        Run("other", Settings(), Redrawn(held.Case, held.Organ));
        Run("learnt", Settings(), Redrawn(held.Case, Toy.Organs.Names.Single(organ => organ != held.Organ)));
        Assert.Equal(Weights("run"), Weights("other"));
        Assert.NotEqual(Weights("run"), Weights("learnt"));
    }

    [Fact]
    public void A_refused_round_is_the_last_and_leaves_the_labels_of_the_round_before()
    {
        // The first round takes a third of the candidates, the second two thirds: more than half an organ.
        var recorder = Run("run", Settings(volumeBound: 0.5), Cases());
        RoundReport last = recorder.Rounds[^1];
        Assert.True(last.Audit!.Stopped && last.Round > 1,
            string.Join("; ", recorder.Rounds.Select(r => string.Join(", ", r.Audit!.Organs) + string.Join(", ", r.Audit.Reasons))));
        Assert.All(last.Audit.Reasons, reason => Assert.EndsWith("far more was added than people drew", reason, StringComparison.Ordinal));
        var folder = new RunFolder(In("run"));
        Assert.False(Directory.Exists(folder.Round(last.Round)));
        Assert.Equal(last.Round - 1, LabelLedger.Read(folder.Ledger).LastRound);
        RunState state = Checkpoint.Read(folder.Latest).State;
        Assert.Equal((Steps, last.Round - 1, true), (state.Step, state.Stage, state.RoundsEnded));
        Assert.Equal(last.Round - 1, Lines("run", "round").Length);
        JsonElement line = Lines("run", "audit")[^1];
        Assert.True(line.GetProperty("stopped").GetBoolean());
        Assert.Equal(last.Audit.Reasons, line.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()));
    }

    public static TheoryData<int> SomeSteps => [3, 16, 17, 21, 26, 27];

    [Theory]
    [MemberData(nameof(SomeSteps))]
    public void Killed_and_resumed_the_audit_decides_the_same(int step)
    {
        Run("run", Settings(volumeBound: 0.5), Cases());
        var killer = new Recorder { AtStep = report => KillAt(report.Step == step), AtRound = report => KillAt(report.Step == step) };
        using (TrainingRun run = TrainingRun.Start(In("killed"), Settings(volumeBound: 0.5), Toy.Organs, Cases(), killer))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        using (TrainingRun run = TrainingRun.Resume(In("killed"), Toy.Organs, Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.All(new[] { "checkpoints/final.safetensors", "checkpoints/latest.safetensors", "ledger.jsonl" },
            file => Assert.Equal(File.ReadAllBytes(In("run/" + file)), File.ReadAllBytes(In("killed/" + file))));
        Assert.Equal(Lines("run", "audit").Select(line => line.ToString()), Lines("killed", "audit").Select(line => line.ToString()));
        Assert.Equal(Lines("run", "step").Length, Lines("killed", "step").Length);
    }

    [Fact]
    public void An_audit_by_precision_as_earlier_versions_made_is_not_gone_on_with()
    {
        var killer = new Recorder { AtStep = report => KillAt(report.Step == 27) };
        using (TrainingRun run = TrainingRun.Start(In("run"), Settings(), Toy.Organs, Cases(), killer))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        var folder = new RunFolder(In("run"));
        Checkpoint.Copy(folder.Latest, folder.Latest, Checkpoint.Read(folder.Latest).State with { AuditMeasure = "" });
        Assert.Contains("by precision",
            Assert.Throws<DataException>(() => TrainingRun.Resume(In("run"), Toy.Organs, Cases(), new Recorder())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_round_that_adds_far_more_than_people_drew_is_told_without_an_audit()
    {
        RunSettings settings = Settings(volumeBound: 0.01);
        settings = settings with { Relabel = settings.Relabel with { Audit = 0 } };
        var recorder = Run("run", settings, Toy.Cases(4));
        Assert.Equal(3, recorder.Rounds.Count);
        ExcessVolume excess = recorder.Rounds[^1].Exceeded[0];
        double drawn = Toy.Cases(4).Where(data => data.Annotated.Has(excess.Organ))
            .Max(data => data.Labels.Count(Labels.Of(excess.Organ))) * 2 / 1000.0; // 2 mm^3 a voxel
        Assert.Equal(drawn, excess.LargestMl, 1e-12);
        Assert.True(excess.AddedMl > 0.01 * drawn);
        JsonElement line = Lines("run", "round")[^1].GetProperty("organs").GetProperty(Toy.Organs.Names[excess.Organ]);
        Assert.Equal(excess.Cases, line.GetProperty("cases_exceeded").GetInt32());
        settings = settings with { Relabel = settings.Relabel with { VolumeBound = 1000 } };
        Assert.Empty(Run("bound", settings, Toy.Cases(4)).Rounds[^1].Exceeded);
    }

    [Fact]
    public void An_audit_of_a_method_without_rounds_is_refused() =>
        Assert.Contains("relabel.audit",
            Assert.Throws<ConfigException>(() => (Toy.Settings() with { Relabel = new RelabelSettings { Audit = 0.2 } })
                .Validate()).Message,
            StringComparison.Ordinal);

    private const int Steps = 32;

    /// <summary>Rounds at steps 16, 21 and 26.</summary>
    private static RunSettings Settings(double volumeBound = 0)
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, Steps);
        return settings with
        {
            Data = settings.Data with { Validation = 0 },
            Train = settings.Train with { LearningRate = 0.05 },
            Relabel = new RelabelSettings
            {
                Rounds = 3,
                GammaMax = 1,
                Audit = 0.1,
                AuditTolerance = 1,
                AuditFloor = 0,
                VolumeBound = volumeBound,
            },
        };
    }

    /// <summary>Nothing is missing at first, so that each number there is comes from the audit.</summary>
    private static CaseData[] Cases() => Toy.Cases(4, [0b11]);

    private static CaseData[] Redrawn(string id, string organ)
    {
        byte label = Labels.Of(Toy.Organs.IndexOf(organ));
        return [.. Cases().Select(data => data.Id != id ? data : new CaseData(id, data.Image.ToVolume(),
            [.. data.Labels.ToArray().Select((old, v) => old == label && v % 2 == 0 ? Labels.Background : old)],
            data.Annotated, data.Truth))];
    }

    private Recorder Run(string name, RunSettings settings, CaseData[] cases)
    {
        var recorder = new Recorder();
        using TrainingRun run = TrainingRun.Start(In(name), settings, Toy.Organs, cases, recorder);
        run.Run(TestContext.Current.CancellationToken);
        return recorder;
    }

    private string Weights(string name) => WeightsHash.OfFile(new RunFolder(In(name)).Final);

    private JsonElement[] Lines(string name, string kind) => [.. File.ReadAllLines(In(name + "/log.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.GetProperty("kind").GetString() == kind)];

    private string In(string name) => Path.Combine(_folder, name);

    private static void KillAt(bool here)
    {
        if (here)
            throw new KilledException();
    }

    private sealed class KilledException : Exception;
}
