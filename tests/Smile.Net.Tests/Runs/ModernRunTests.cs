using System.Text.Json;
using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tensors;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Runs;

/// <summary>Runs with a region loss, AdamW, clipping and averages: what they keep, say and resume.</summary>
public sealed class ModernRunTests : IDisposable
{
    private const int Steps = 12;

    private readonly string _root = Directory.CreateTempSubdirectory("smile-modern-").FullName;
    private int _folders;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static TheoryData<int, bool> Kills => new MatrixTheoryData<int, bool>([1, 4, 5, 6, 7, 9, 11], [false, true]);

    [Theory, MemberData(nameof(Kills))]
    public void Killed_after_a_step_it_ends_with_the_same_files(int step, bool restart)
    {
        RunSettings settings = Settings(Methods.Smiler);
        settings = settings with { Relabel = settings.Relabel with { Restart = restart } };
        string whole = Folder(), killed = Folder();
        using (TrainingRun run = Start(whole, settings, new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        using (TrainingRun run = Start(killed, settings, new Recorder { AtStep = report => Kill(report.Step == step) }))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        using (TrainingRun run = TrainingRun.Resume(killed, Toy.Organs, Toy.Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        string[] files = ["final", "latest", "best"];
        Assert.All(files.Select(file => $"checkpoints/{file}.safetensors"),
            file => Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(killed, file))));

        static void Kill(bool here)
        {
            if (here)
                throw new KilledException();
        }
    }

    [Fact]
    public void Checkpoints_to_predict_with_hold_the_averages_and_the_latest_holds_all()
    {
        string folder = Folder();
        using TrainingRun run = Start(folder, Settings(), new Recorder());
        run.Run(TestContext.Current.CancellationToken);
        var place = new RunFolder(folder);
        using Safetensors final = Safetensors.Open(place.Final), latest = Safetensors.Open(place.Latest);
        Assert.Equal(run.Network.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal),
            final.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
        foreach (Parameter p in run.Network.Parameters)
        {
            float[] average = p.Read(run.Network.Backend, p.Average), value = p.Read(run.Network.Backend, p.Value);
            Assert.Equal(average, final.ReadFloats(p.Name));
            Assert.Equal(average, latest.ReadFloats("average/" + p.Name));
            Assert.Equal(value, latest.ReadFloats(p.Name));
            Assert.Equal(p.Trained, latest.TryGet("momentum/" + p.Name, out _));
            Assert.Equal(p.Trained, latest.TryGet("second_moment/" + p.Name, out _));
        }

        Parameter stem = run.Network.Parameters.Single(p => p.Name == "conv1.weight");
        Assert.NotEqual(stem.Read(run.Network.Backend, stem.Value), stem.Read(run.Network.Backend, stem.Average));
        Assert.All(latest.ReadFloats("second_moment/conv1.weight"), v => Assert.True(v >= 0));
        Assert.Contains(latest.ReadFloats("second_moment/conv1.weight"), v => v > 0);
        Assert.Equal(WeightsHash.Of(run.Network), WeightsHash.OfFile(place.Final));
        Assert.Equal(WeightsHash.Of(run.Network), WeightsHash.OfFile(place.Latest));
    }

    [Fact]
    public void Every_checkpoint_predicts_with_the_averages()
    {
        string folder = Folder();
        using (TrainingRun run = Start(folder, Settings(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Volume volume = Toy.Cases()[0].Image.ToVolume();
        Assert.Equal(Scores(new RunFolder(folder).Final), Scores(new RunFolder(folder).Latest));

        float[] Scores(string path)
        {
            using Predictor predictor = Checkpoint.LoadPredictor(path, out _, () => Backends.Open("scalar"));
            return predictor.Predict(volume, probabilities: true).Probabilities![0];
        }
    }

    [Fact]
    public void The_average_follows_the_weights_by_the_share_that_the_settings_and_the_first_steps_give()
    {
        using TrainingRun run = Start(Folder(), Settings(), new Recorder());
        Parameter p = run.Network.Parameters.Single(p => p.Name == "layer1.0.bn1.running_var");
        double[] average = [.. p.Read(run.Network.Backend, p.Average).Select(v => (double)v)];
        Assert.All(average, v => Assert.Equal(1, v));
        for (int n = 1; n <= 9; n++)
        {
            run.MakeStep();
            float[] value = p.Read(run.Network.Backend, p.Value);
            double stays = Math.Min(0.9, (1.0 + n) / (10 + n));
            for (int i = 0; i < average.Length; i++)
                average[i] = stays * average[i] + (1 - stays) * value[i];
            Assert.All(average.Zip(p.Read(run.Network.Backend, p.Average)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        }
    }

    [Fact]
    public void A_clipped_step_moves_the_weights_as_if_the_gradient_were_as_long_as_allowed()
    {
        // SGD, no decay: the first step is the rate times the gradient.
        double Moved(double clip, out double norm)
        {
            RunSettings settings = Toy.Settings();
            settings = settings with { Train = settings.Train with { ClipNorm = clip, WeightDecay = 0, HeadFactor = 1 } };
            var recorder = new Recorder();
            double reported = 0;
            recorder.AtStep = report => reported = report.GradientNorm;
            using TrainingRun run = Start(Folder(), settings, recorder);
            Parameter[] trained = [.. run.Network.Parameters.Where(p => p.Trained)];
            float[][] before = [.. trained.Select(p => p.Read(run.Network.Backend, p.Value))];
            run.MakeStep();
            norm = reported;
            IEnumerable<double> moves = trained.Zip(before)
                .SelectMany(p => p.First.Read(run.Network.Backend, p.First.Value).Zip(p.Second, (now, then) => (double)now - then));
            return Math.Sqrt(moves.Sum(move => move * move)) / 0.02;
        }

        double free = Moved(0, out double norm);
        Assert.Equal(norm, free, 1e-3 * norm);
        Assert.Equal(norm / 4, Moved(norm / 4, out double unclipped), 1e-3 * norm);
        Assert.Equal(norm, unclipped, 1e-6 * norm);
        Assert.Equal(norm, Moved(norm * 4, out _), 1e-3 * norm);
    }

    [Fact]
    public void The_log_tells_the_regions_loss_and_the_gradients_length_where_they_are_known()
    {
        string modern = Folder(), paper = Folder();
        using (TrainingRun run = Start(modern, Settings(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        using (TrainingRun run = Start(paper, Toy.Settings(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.All(Lines(modern), line =>
        {
            Assert.InRange(line.GetProperty("region_loss").GetDouble(), 0.01, 1);
            Assert.True(line.GetProperty("loss").GetDouble() > line.GetProperty("region_loss").GetDouble());
            Assert.True(line.GetProperty("gradient_norm").GetDouble() > 0);
        });
        Assert.All(Lines(paper), line =>
        {
            Assert.False(line.TryGetProperty("region_loss", out _));
            Assert.Equal((line.GetProperty("step").GetInt32() - 1) % 3 == 0, line.TryGetProperty("gradient_norm", out _));
        });

        static JsonElement[] Lines(string folder) =>
            [.. File.ReadAllLines(new RunFolder(folder).Log).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("kind").GetString() == "step")];
    }

    [Fact]
    public void A_round_that_restarts_begins_without_moments_and_with_averages_that_are_the_weights()
    {
        RunSettings settings = Settings(Methods.Smiler);
        settings = settings with { Relabel = settings.Relabel with { Restart = true } };
        var recorder = new Recorder();
        using TrainingRun run = Start(Folder(), settings, recorder);
        bool reset = true;
        recorder.AtRound = _ => reset &= run.Network.Parameters.All(p =>
            p.Read(run.Network.Backend, p.Value).SequenceEqual(p.Read(run.Network.Backend, p.Average))
            && (!p.Trained || (p.Read(run.Network.Backend, p.Moment).All(m => m == 0)
                && p.Read(run.Network.Backend, p.SecondMoment).All(v => v == 0))));
        run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(2, recorder.Rounds.Count);
        Assert.True(reset);
    }

    [Fact]
    public void The_baseline_with_a_region_loss_resumes_to_the_bit_and_tells_the_regions_part()
    {
        string whole = Folder(), stopped = Folder();
        RunSettings settings = Settings(Methods.Baseline);
        using (TrainingRun run = Start(whole, settings, new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        var reports = new List<StepReport>();
        using (TrainingRun run = Start(stopped, settings, new Recorder { AtStep = report => Stop(report) }))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        using (TrainingRun run = TrainingRun.Resume(stopped, Toy.Organs, Toy.Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(new RunFolder(whole).Final), File.ReadAllBytes(new RunFolder(stopped).Final));
        Assert.All(reports, r => Assert.InRange(r.RegionLoss, 0.01, Math.Min(1, r.Loss)));

        void Stop(StepReport report)
        {
            reports.Add(report);
            if (report.Step == 7)
                throw new KilledException();
        }
    }

    [Fact]
    public void To_the_baseline_a_missing_organ_is_background_in_its_region_too()
    {
        CaseData[] missing = Toy.Cases(annotated: [0b01]);
        CaseData[] absent = [.. missing.Select(c =>
            new CaseData(c.Id, c.Image.ToVolume(), [.. c.Labels.ToArray().Select(l => l == Labels.Of(1) ? Labels.Background : l)], 0b11))];
        double[][] losses = [.. new[] { missing, absent }.Select(cases =>
        {
            var recorder = new Recorder();
            using TrainingRun run = TrainingRun.Start(Folder(), Settings(Methods.Baseline, 4), Toy.Organs, cases, recorder);
            run.Run(TestContext.Current.CancellationToken);
            return recorder.Losses.ToArray();
        })];
        Assert.Equal(losses[0], losses[1]);
    }

    [Theory]
    [InlineData(Methods.Smile, "bce+dice", LossNorms.All)]
    [InlineData(Methods.Smile, "dice", LossNorms.Known)]
    [InlineData(Methods.Smile, "focal", LossNorms.Known)]
    [InlineData(Methods.Smile, "tversky", LossNorms.Known)]
    [InlineData(Methods.Baseline, "bce", LossNorms.Known)]
    [InlineData(Methods.Baseline, "bce+dice", LossNorms.All)]
    [InlineData(Methods.Baseline, "focal+tversky", LossNorms.Known)]
    public void Every_loss_learns_the_toy(string method, string loss, string norm)
    {
        RunSettings settings = Settings(method, steps: 60);
        settings = settings with
        {
            Train = settings.Train with { Loss = loss, LossNorm = norm, LearningRate = 0.01 },
            Run = settings.Run with { Device = "cpu", Threads = 1 },
        };
        var recorder = new Recorder();
        using TrainingRun run = Start(Folder(), settings, recorder);
        run.Run(TestContext.Current.CancellationToken);
        Assert.True(recorder.Losses[^10..].Average() < 0.7 * recorder.Losses[..5].Average(),
            $"{recorder.Losses[..5].Average()} became {recorder.Losses[^10..].Average()}");
    }

    private static RunSettings Settings(string method = Methods.Smile, int steps = Steps) => Toy.Settings(method, steps).Modern();

    private static TrainingRun Start(string folder, RunSettings settings, Recorder recorder) =>
        TrainingRun.Start(folder, settings, Toy.Organs, Toy.Cases(), recorder);

    private string Folder() => Path.Combine(_root, $"{_folders++}");

    private sealed class KilledException : Exception;
}
