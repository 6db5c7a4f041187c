using System.Text.Json;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tensors;
using Smile.Net.Tests.Data;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-run-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Methods.Baseline)]
    [InlineData(Methods.Smile)]
    [InlineData(Methods.Smiler)]
    public void A_toy_problem_is_learnt(string method)
    {
        var recorder = new Recorder();
        Train(Toy.Settings(method, 60), Toy.Cases(), recorder);
        Assert.Equal(60, recorder.Losses.Count);
        double first = recorder.Losses.Take(5).Average(), last = recorder.Losses.TakeLast(5).Average();
        Assert.True(last < 0.5 * first, $"loss {first} -> {last}");
        Assert.Equal(method == Methods.Smiler ? 2 : 0, recorder.Rounds.Count);
    }

    [Fact]
    public void SMILEr_is_SMILE_up_to_its_first_round_and_pays_its_rounds_from_the_same_steps()
    {
        Recorder smile = new(), smiler = new();
        Train(Toy.Settings(Methods.Smile, 40), Toy.Cases(), smile);
        Train(Toy.Settings(Methods.Smiler, 40), Toy.Cases(), smiler);
        Assert.Equal(40, smiler.Losses.Count);
        Assert.Equal(smile.Losses.Take(20), smiler.Losses.Take(20));
        Assert.NotEqual(smile.Losses.Skip(20), smiler.Losses.Skip(20));
        Assert.Equal([(1, 20, 0.33), (2, 30, 0.66)], smiler.Rounds.Select(r => (r.Round, r.Step, r.Gamma)));
        Assert.All(smiler.Rounds, r => Assert.Contains(r.Organs, organ => organ.Selected > 0));
    }

    [Theory]
    [InlineData(Selections.Flips)]
    [InlineData(Selections.Prior)]
    [InlineData(Selections.Volume)]
    [InlineData(Selections.Confidence)]
    public void Another_rule_takes_other_pseudo_labels_and_is_named_in_the_round(string select)
    {
        Recorder score = new(), other = new();
        RunSettings settings = Toy.Settings(Methods.Smiler, 40);
        settings = settings with { Run = settings.Run with { Device = "cpu" } };
        Train(settings, Toy.Cases(), score);
        Train(settings with { Relabel = settings.Relabel with { Select = select } }, Toy.Cases(), other);
        Assert.Equal([select, select], other.Rounds.Select(r => r.Select));
        Assert.Equal(score.Losses.Take(20), other.Losses.Take(20));
        Assert.NotEqual(score.Losses.Skip(20), other.Losses.Skip(20));
        Assert.All(other.Rounds, r => Assert.Contains(r.Organs, organ => organ.Selected > 0));
    }

    [Fact]
    public void A_round_over_all_cases_takes_its_share_of_all_candidates_and_a_killed_one_is_made_again_alike()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, 40);
        settings = settings with { Relabel = settings.Relabel with { Pooled = true } };
        Recorder pooled = new(), plain = new();
        Train(settings, Toy.Cases(), pooled);
        Train(Toy.Settings(Methods.Smiler, 40), Toy.Cases(), plain);
        Assert.All(pooled.Rounds, r => Assert.All(r.Organs,
            organ => Assert.Equal((long)Math.Floor(r.Gamma * organ.Candidates), organ.Selected)));
        Assert.Equal(plain.Losses.Take(20), pooled.Losses.Take(20));
        string folder = Folder();
        var killer = new Recorder { AtRound = report => Assert.NotEqual(2, report.Round) };
        using (TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, Toy.Cases(), killer))
            Assert.ThrowsAny<Exception>(() => run.Run(TestContext.Current.CancellationToken));
        var resumed = new Recorder();
        using (TrainingRun run = TrainingRun.Resume(folder, Toy.Organs, Toy.Cases(), resumed))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(pooled.Rounds[1].Organs, resumed.Rounds[^1].Organs);
        Assert.Equal(pooled.Losses.TakeLast(10), resumed.Losses.TakeLast(10));
    }

    [Fact]
    public void Slices_drawn_for_pseudo_labels_are_others_from_the_first_round_on_and_the_same_after_a_kill()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, 40);
        settings = settings with { Relabel = settings.Relabel with { Sample = true }, Train = settings.Train with { OrganShare = 1 } };
        Recorder sampled = new(), plain = new(), resumed = new();
        Train(settings, Toy.Cases(), sampled);
        Train(settings with { Relabel = settings.Relabel with { Sample = false } }, Toy.Cases(), plain);
        Assert.Equal(plain.Losses.Take(20), sampled.Losses.Take(20));
        Assert.NotEqual(plain.Losses.Skip(20), sampled.Losses.Skip(20));
        string folder = Folder();
        var killer = new Recorder { AtRound = report => Assert.NotEqual(2, report.Round) };
        using (TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, Toy.Cases(), killer))
            Assert.ThrowsAny<Exception>(() => run.Run(TestContext.Current.CancellationToken));
        using (TrainingRun run = TrainingRun.Resume(folder, Toy.Organs, Toy.Cases(), resumed))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(sampled.Losses.TakeLast(10), resumed.Losses.TakeLast(10));
    }

    [Fact]
    public void Rounds_with_a_rate_of_their_own_and_no_labels_are_the_control_of_those_with_labels()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, 40);
        settings = settings with { Relabel = settings.Relabel with { Schedule = RoundSchedules.Round } };
        RunSettings without = settings with { Relabel = settings.Relabel with { GammaMax = 0 } };
        Recorder labels = new(), control = new(), smile = new();
        Train(settings, Toy.Cases(), labels);
        Train(without, Toy.Cases(), control);
        Train(Toy.Settings(Methods.Smile, 40), Toy.Cases(), smile);
        Assert.All(control.Rounds, r => Assert.All(r.Organs, organ => Assert.Equal(0, organ.Selected)));
        Assert.Equal(labels.Losses.Take(20), control.Losses.Take(20));
        Assert.NotEqual(labels.Losses.Skip(20), control.Losses.Skip(20));
        Assert.Equal(smile.Losses[0], control.Losses[0]);
        Assert.NotEqual(smile.Losses, control.Losses);
        // With the run's rate and no labels the rounds are nothing.
        Recorder nothing = new();
        Train(without with { Relabel = without.Relabel with { Schedule = RoundSchedules.Run } }, Toy.Cases(), nothing);
        Assert.Equal(smile.Losses, nothing.Losses);
    }

    [Fact]
    public void Without_epsilon_a_run_goes_another_way()
    {
        Recorder with = new(), without = new();
        RunSettings settings = Toy.Settings(Methods.Smile, 6);
        Train(settings, Toy.Cases(), with);
        Train(settings with { Train = settings.Train with { Epsilon = false } }, Toy.Cases(), without);
        Assert.NotEqual(with.Losses, without.Losses);
    }

    [Fact]
    public void Rounds_are_stored_for_the_cases_that_lack_an_annotation()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, 40);
        settings = settings with { Data = settings.Data with { Validation = 0 }, Relabel = settings.Relabel with { Keep = true } };
        var writer = new Writer();
        CaseData[] cases = Toy.Cases();
        string folder = Folder();
        using (TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, cases, new Silent(), writer))
            run.Run(TestContext.Current.CancellationToken);
        var place = new RunFolder(folder);
        Assert.Equal(
            [.. new[] { 1, 2 }.SelectMany(t => new[] { 1, 2, 3 }.Select(i => (place.Round(t), $"case_{i}")))],
            writer.Written.Select(w => (w.Folder, w.Case.Id)));

        using PseudoFile first = PseudoFile.Open(place.Pseudo(1)), second = PseudoFile.Open(place.Pseudo(2));
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 4).Where(i => first.Has($"case_{i}")));
        foreach (var (_, data, labels) in writer.Written.TakeLast(3))
        {
            uint[] earlier = first.Read(data).InWords(), later = second.Read(data).InWords();
            byte[] visible = data.VisibleLabels().ToArray();
            Assert.Contains(earlier, word => word != 0);
            for (int v = 0; v < labels.Length; v++)
            {
                Assert.Equal(earlier[v], earlier[v] & later[v]);
                Assert.Equal(0u, later[v] & data.Annotated);
                Assert.Equal(visible[v] != 0 || later[v] != 0, labels[v] != 0);
                Assert.True(visible[v] == 0 || (labels[v] == visible[v] && later[v] == 0));
            }
        }
    }

    [Fact]
    public void The_folder_tells_what_made_the_run()
    {
        string folder = Folder();
        CaseData[] cases = Toy.Cases();
        RunSettings settings = Toy.Settings(steps: 1);
        using TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, cases, new Silent());
        var place = new RunFolder(folder);
        Assert.Equal(settings.ToText(), place.ReadSettings().ToText());
        JsonElement manifest = JsonDocument.Parse(File.ReadAllText(place.Manifest)).RootElement;
        Assert.Equal("scalar", manifest.GetProperty("backend").GetString());
        Assert.Equal("cases:".Length + 64, manifest.GetProperty("data_hash").GetString()!.Length);
        Assert.Equal(["disc", "square"], manifest.GetProperty("organs").EnumerateArray().Select(o => o.GetString()));
        Split split = Assert.Single(Splits.Read(place.Splits, cases.Select(c => (c.Id, c.Group))));
        Assert.Equal(run.Validation.Select(c => c.Id), split.Validation);
        Assert.Equal((3, 1), (split.Train.Count, split.Validation.Count));
    }

    [Fact]
    public void One_and_two_threads_give_the_same_bits()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, 8);
        string[] files = [.. new[] { 1, 2 }
            .Select(threads => Train(settings with { Run = settings.Run with { Device = "cpu", Threads = threads } }, Toy.Cases()))];
        Assert.Equal(Weights(files[0]), Weights(files[1]));
    }

    [Fact]
    public void The_seed_decides()
    {
        RunSettings settings = Toy.Settings(steps: 3);
        CaseData[] cases = Toy.Cases();
        Dictionary<string, float[]> first = Weights(Train(settings, cases)), again = Weights(Train(settings, cases));
        Assert.Equal(first, again);
        Dictionary<string, float[]> other = Weights(Train(settings with { Run = settings.Run with { Seed = 2 } }, cases));
        Assert.NotEqual(first["conv1.weight"], other["conv1.weight"]);
    }

    [Theory]
    [InlineData(Methods.Baseline)]
    [InlineData(Methods.Smile)]
    [InlineData(Methods.Smiler)]
    public void Labels_of_organs_that_are_not_annotated_change_nothing(string method)
    {
        CaseData[] cases = Toy.Cases();
        CaseData[] erased = [.. cases.Select(c =>
            new CaseData(c.Id, c.Image.ToVolume(), c.VisibleLabels().ToArray(), c.Annotated, c.Truth))];
        Assert.Equal(Weights(Train(Toy.Settings(method, 8), cases)), Weights(Train(Toy.Settings(method, 8), erased)));
    }

    [Fact]
    public void To_the_baseline_a_missing_organ_is_background_and_to_SMILE_it_is_not()
    {
        // Not annotated, against annotated and absent everywhere.
        CaseData[] missing = Toy.Cases(annotated: [0b01]);
        CaseData[] absent = [.. missing.Select(c => new CaseData(c.Id, c.Image.ToVolume(), c.VisibleLabels().ToArray(), 0b11))];
        Assert.Equal(Weights(Train(Toy.Settings(Methods.Baseline, 4), missing)), Weights(Train(Toy.Settings(Methods.Baseline, 4), absent)));
        Assert.NotEqual(Weights(Train(Toy.Settings(Methods.Smile, 4), missing))["conv1.weight"],
            Weights(Train(Toy.Settings(Methods.Smile, 4), absent))["conv1.weight"]);
    }

    [Theory]
    [InlineData(Methods.Baseline, false)]
    [InlineData(Methods.Baseline, true)]
    [InlineData(Methods.Smile, false)]
    [InlineData(Methods.Smile, true)]
    public void A_step_allocates_nothing(string method, bool modern)
    {
        RunSettings settings = modern ? Toy.Settings(method, 20).Modern() : Toy.Settings(method, 20);
        StepAllocations.DemandNone(Folder(), settings);
    }

    [Fact]
    public void A_bad_weight_is_named_with_its_step_and_the_checkpoint_before_is_kept()
    {
        string folder = Folder();
        var recorder = new Recorder();
        using TrainingRun run = TrainingRun.Start(folder, Toy.Settings(), Toy.Organs, Toy.Cases(), recorder);
        recorder.AtStep = report =>
        {
            if (report.Step != 7)
                return;
            Parameter p = run.Network.Parameters.Single(p => p.Name == "layer2.0.conv1.weight");
            float[] values = p.Read(run.Network.Backend, p.Value);
            values[3] = float.PositiveInfinity;
            p.Write(run.Network.Backend, p.Value, values);
        };
        var error = Assert.Throws<DivergedException>(() => run.Run(TestContext.Current.CancellationToken));
        Assert.Equal(6, error.ExitCode);
        Assert.StartsWith("step 8: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("layer2.0.conv1.weight: 1 of", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, Checkpoint.Read(new RunFolder(folder).Latest).State.Step);
        Assert.All(Weights(new RunFolder(folder).Latest).Values, values => Assert.All(values, v => Assert.True(float.IsFinite(v))));
    }

    [Fact]
    public void A_NaN_in_an_image_stops_the_run_at_once()
    {
        CaseData[] cases = [.. Toy.Cases().Select(data => data.Changed(hu => Array.Fill(hu, float.NaN)))];
        var error = Assert.Throws<DivergedException>(() => Train(Toy.Settings(), cases));
        Assert.StartsWith("step 1: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_restarts_begins_each_round_from_the_first_weights()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, 8);
        settings = settings with { Relabel = settings.Relabel with { Restart = true } };
        var recorder = new Recorder();
        using TrainingRun run = TrainingRun.Start(Folder(), settings, Toy.Organs, Toy.Cases(), recorder);
        Dictionary<string, float[]> first = Values(run);
        bool restarted = true;
        recorder.AtRound = _ => restarted &= first.All(pair => pair.Value.SequenceEqual(Values(run)[pair.Key]))
            && run.Network.Parameters.Where(p => p.Trained).All(p => p.Read(run.Network.Backend, p.Moment).All(m => m == 0));
        run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(2, recorder.Rounds.Count);
        Assert.True(restarted);

        static Dictionary<string, float[]> Values(TrainingRun run) =>
            run.Network.Parameters.ToDictionary(p => p.Name, p => p.Read(run.Network.Backend, p.Value));
    }

    [Fact]
    public void Training_begins_from_given_weights_where_they_fit()
    {
        string file = Path.Combine(_folder, "given.safetensors");
        SafetensorsWriter.Write(file,
            [TensorSource.Floats("bn1.bias", [4], () => [1, 2, 3, 4]), TensorSource.Floats("fc.weight", [1], () => [0])],
            new Dictionary<string, string>());
        RunSettings settings = Toy.Settings();
        var recorder = new Recorder();
        using TrainingRun run = TrainingRun.Start(Folder(), settings with { Train = settings.Train with { Weights = file } }, Toy.Organs,
            Toy.Cases(), recorder);
        Parameter bias = run.Network.Parameters.Single(p => p.Name == "bn1.bias");
        Assert.Equal([1f, 2f, 3f, 4f], bias.Read(run.Network.Backend, bias.Value));
        Assert.Contains("1 unexpected: fc.weight", Assert.Single(recorder.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_scores_annotated_organs_of_the_held_out_cases_and_keeps_the_best()
    {
        RunSettings settings = Toy.Settings(steps: 30);
        var recorder = new Recorder();
        string folder = Folder();
        using TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, Toy.Cases(annotated: [0b01]), recorder);
        run.Run(TestContext.Current.CancellationToken);
        Assert.Single(run.Validation);
        Assert.Equal([4, 8, 12, 16, 20, 24, 28, 30], recorder.Validations.Select(v => v.Step));
        Assert.All(recorder.Validations, v => Assert.True(double.IsNaN(v.OrganDice[1]) && v.MeanDice == v.OrganDice[0]));
        double best = double.NegativeInfinity;
        Assert.All(recorder.Validations, v =>
        {
            Assert.Equal(v.MeanDice > best, v.Best);
            best = Math.Max(best, v.MeanDice);
        });
        Assert.Equal(recorder.Validations.Last(v => v.Best).Step, Checkpoint.Read(new RunFolder(folder).Best).State.Step);
    }

    private string Folder() => Path.Combine(_folder, Path.GetRandomFileName());

    /// <summary>Trains to the end; returns the final checkpoint.</summary>
    private string Train(RunSettings settings, CaseData[] cases, Recorder? recorder = null)
    {
        string folder = Folder();
        using TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, cases, recorder ?? new Recorder());
        run.Run(TestContext.Current.CancellationToken);
        return new RunFolder(folder).Final;
    }

    private static Dictionary<string, float[]> Weights(string path)
    {
        using Safetensors file = Safetensors.Open(path);
        return file.Tensors.ToDictionary(t => t.Name, t => file.ReadFloats(t.Name));
    }

    private sealed class Writer : IRoundWriter
    {
        public List<(string Folder, CaseData Case, byte[] Labels)> Written { get; } = [];

        public void Write(string folder, CaseData data, byte[] labels) => Written.Add((folder, data, labels));
    }
}
