using System.Text.Json;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tests.Data;

namespace Smile.Net.Tests.Runs;

/// <summary>Runs whose rounds take voxels for absent too.</summary>
public sealed class NegativesRunTests : IDisposable
{
    private const int Steps = 12; // rounds at 6 and 9

    private readonly string _root = Directory.CreateTempSubdirectory("smile-negatives-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void They_are_learnt_from_since_the_first_round_and_stand_in_file_ledger_and_log()
    {
        Recorder with = Run("with", Settings()), without = Run("without", Settings(negatives: 0));
        Assert.Equal(without.Losses.Take(6), with.Losses.Take(6));
        Assert.All(without.Losses.Zip(with.Losses).Skip(6), pair => Assert.NotEqual(pair.First, pair.Second));
        RunFolder folder = new(In("with")), plain = new(In("without"));
        using (PseudoFile file = PseudoFile.Open(folder.Pseudo(2)))
        {
            foreach (CaseData data in Toy.Cases().Where(data => file.Has(data.Id)))
            {
                uint[] absent = file.ReadAbsent(data).InWords(), pseudo = file.Read(data).InWords();
                byte[] visible = data.VisibleLabels().ToArray();
                Assert.Contains(absent, word => word != 0);
                for (int v = 0; v < absent.Length; v++)
                    Assert.Equal(0u, absent[v] & (pseudo[v] | AmbiguityMap.Bits(visible[v], data.Annotated, 2).IsKnown.Word(0)));
                LedgerEntry entry = LabelLedger.Read(folder.Ledger).Current.Single(each => each.Case == data.Id && each.Absent is not null);
                Assert.Equal(absent.Count(word => word != 0), entry.Absent);
            }
        }

        Assert.All(LabelLedger.Read(plain.Ledger).Entries, entry => Assert.Null(entry.Absent));
        (int k, OrganRound organ) = with.Rounds[^1].Organs.Index().First(each => each.Item.AbsentJudged > 0);
        JsonElement logged = Lines("with", "round")[^1].GetProperty("organs").GetProperty(Toy.Organs.Names[k]);
        Assert.Equal(organ.Absent, logged.GetProperty("absent").GetInt64());
        Assert.Equal(organ.AbsentError, logged.GetProperty("absent_error").GetDouble());
        Assert.False(Lines("without", "round")[^1].GetProperty("organs").GetProperty("disc").TryGetProperty("absent", out _));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(10)]
    public void Killed_and_resumed_a_run_ends_with_the_same_files(int step)
    {
        Run("whole", Settings());
        var killer = new Recorder { AtStep = report => KillAt(report.Step == step) };
        using (TrainingRun run = TrainingRun.Start(In("killed"), Settings(), Toy.Organs, Toy.Cases(), killer))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        using (TrainingRun run = TrainingRun.Resume(In("killed"), Toy.Organs, Toy.Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        string[] files = ["checkpoints/final.safetensors", "checkpoints/latest.safetensors", "rounds/t1/pseudo.safetensors",
            "rounds/t2/pseudo.safetensors", "ledger.jsonl"];
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(In("whole/" + file)), File.ReadAllBytes(In("killed/" + file))));
    }

    [Fact]
    public void An_undone_round_goes_back_to_the_negatives_of_the_round_before()
    {
        Run("run", Settings());
        var folder = new RunFolder(In("run"));
        byte[] first = File.ReadAllBytes(folder.Pseudo(1));
        Assert.Equal(9, RoundUndo.Undo(folder, 2));
        string weights = GoOn("run");
        Assert.Equal(first, File.ReadAllBytes(folder.Pseudo(1)));
        Assert.All(LabelLedger.Read(folder.Ledger).Entries, entry => Assert.InRange(entry.Round, 0, 1));
        // The same again, from a folder whose round has lost its negatives, is refused.
        Run("other", Settings());
        var other = new RunFolder(In("other"));
        RoundUndo.Undo(other, 2);
        using (PseudoFile file = PseudoFile.Open(other.Pseudo(1)))
        {
            var kept = Toy.Cases().Where(data => file.Has(data.Id)).Select(data => (data.Id, file.Read(data))).ToArray();
            PseudoFile.Write(other.Pseudo(1) + ".new", Toy.Organs, kept.Select(each => (each.Id, each.Item2, (OrganRuns?)null)));
        }

        byte[] whole = File.ReadAllBytes(other.Pseudo(1));
        File.Move(other.Pseudo(1) + ".new", other.Pseudo(1), overwrite: true);
        Assert.Contains(other.Pseudo(1),
            Assert.Throws<DataException>(() => TrainingRun.Resume(other.Path, Toy.Organs, Toy.Cases(), new Recorder())).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(other.Pseudo(1), whole);
        Assert.Equal(weights, GoOn("other"));
    }

    [Fact]
    public void The_audit_counts_them_in_held_out_cases_alone()
    {
        RunSettings settings = Settings();
        settings = settings with
        {
            Data = settings.Data with { Validation = 0 },
            Relabel = settings.Relabel with { Audit = 0.1, AuditTolerance = 1, AuditFloor = 0, VolumeBound = 0 },
        };
        Recorder recorder = Run("run", settings, Toy.Cases(6, [0b11]));
        RoundReport report = recorder.Rounds[^1];
        Assert.All(report.Audit!.Organs, organ => Assert.True(organ.AbsentJudged > 0 && organ.AbsentJudged == organ.Absent));
        Assert.All(report.Organs, organ => Assert.Equal((0, 0), (organ.AbsentJudged, organ.AbsentWrong)));
        JsonElement line = Lines("run", "audit")[^1].GetProperty("organs").GetProperty("square");
        Assert.Equal(report.Audit.Organs[1].Absent, line.GetProperty("absent").GetInt64());
        Assert.Equal(report.Audit.Organs[1].AbsentError, line.GetProperty("absent_error").GetDouble());
    }

    private static RunSettings Settings(double negatives = 0.9)
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, Steps);
        return settings with { Relabel = settings.Relabel with { Negatives = negatives } };
    }

    private Recorder Run(string name, RunSettings settings, CaseData[]? cases = null)
    {
        var recorder = new Recorder();
        using TrainingRun run = TrainingRun.Start(In(name), settings, Toy.Organs, cases ?? Toy.Cases(), recorder);
        run.Run(TestContext.Current.CancellationToken);
        return recorder;
    }

    private string GoOn(string name)
    {
        using (TrainingRun run = TrainingRun.Resume(In(name), Toy.Organs, Toy.Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        return Smile.Net.Weights.WeightsHash.OfFile(new RunFolder(In(name)).Final);
    }

    private JsonElement[] Lines(string name, string kind) => [.. File.ReadAllLines(new RunFolder(In(name)).Log)
        .Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.GetProperty("kind").GetString() == kind)];

    private string In(string name) => Path.Combine(_root, name);

    private static void KillAt(bool here)
    {
        if (here)
            throw new KilledException();
    }

    private sealed class KilledException : Exception;
}
