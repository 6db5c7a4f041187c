using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tensors;

namespace Smile.Net.Tests.Runs;

/// <summary>Runs whose window comes from the cases, and whose images have neighbouring slices: what they keep, say and resume.</summary>
public sealed class InputRunTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smile-input-").FullName;
    private int _folders;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_window_of_the_cases_is_found_at_the_start_and_kept_with_the_run_and_the_model()
    {
        string folder = Folder();
        var recorder = new Recorder();
        CaseData[] training;
        using (TrainingRun run = TrainingRun.Start(folder, Auto(), Toy.Organs, Toy.Cases(), recorder))
        {
            string[] held = [.. run.Validation.Select(c => c.Id)];
            training = [.. Toy.Cases().Where(c => !held.Contains(c.Id))];
            run.Run(TestContext.Current.CancellationToken);
        }

        var found = AnnotatedIntensities.Of(training);
        var place = new RunFolder(folder);
        DataSettings kept = place.ReadSettings().Data;
        Assert.Equal((found.Low, found.High, found.Mean, found.Deviation),
            (kept.WindowLow, kept.WindowHigh, kept.WindowMean, kept.WindowDeviation));
        Assert.Equal(kept with { Folders = [] }, Checkpoint.Read(place.Final).Settings.Data with { Folders = [] });
        Assert.Contains("data.window", Assert.Single(recorder.Messages, m => m.Contains("HU", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_that_an_earlier_run_found_is_found_anew()
    {
        RunSettings earlier =
            Auto() with { Data = Auto().Data with { WindowLow = -9, WindowHigh = 9, WindowMean = 1, WindowDeviation = 2 } };
        string first = Folder(), second = Folder();
        TrainingRun.Start(first, Auto(), Toy.Organs, Toy.Cases(), new Silent()).Dispose();
        TrainingRun.Start(second, earlier, Toy.Organs, Toy.Cases(), new Silent()).Dispose();
        Assert.Equal(new RunFolder(first).ReadSettings().ToText(), new RunFolder(second).ReadSettings().ToText());
    }

    [Fact]
    public void The_model_of_a_window_predicts_the_same_of_any_linear_scale_that_it_was_taught_in()
    {
        // HU mapped to a HU + b: percentiles, mean and deviation go with them, so the network sees the same.
        CaseData[] scaled = [.. Toy.Cases().Select(c =>
            new CaseData(c.Id, Scaled(c.Image.ToVolume()), c.Labels.ToArray(), c.Annotated, c.Truth))];
        RunSettings settings = Auto() with { Augment = Auto().Augment with { Gain = 0, Offset = 0 } };
        float[] plain = Scores(settings, Toy.Cases(), Toy.Cases()[0].Image.ToVolume()),
            other = Scores(settings, scaled, Scaled(Toy.Cases()[0].Image.ToVolume()));
        Assert.All(plain.Zip(other), pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
        Assert.True(plain.Max() - plain.Min() > 0.05);

        static Volume Scaled(Volume volume) => new(volume.Geometry, [.. volume.Voxels.Select(hu => hu * 2 - 512)]);
    }

    private float[] Scores(RunSettings settings, CaseData[] cases, Volume volume)
    {
        string folder = Folder();
        using (TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, cases, new Silent()))
            run.Run(TestContext.Current.CancellationToken);
        using Predictor predictor = Checkpoint.LoadPredictor(new RunFolder(folder).Final, out _, () => Backends.Open("scalar"));
        return predictor.Predict(volume, probabilities: true).Probabilities![0];
    }

    public static TheoryData<string, int> Inputs => new MatrixTheoryData<string, int>([Windows.Fixed, Windows.Auto], [1, 3]);

    [Theory, MemberData(nameof(Inputs))]
    public void Killed_and_resumed_it_ends_with_the_same_files(string window, int slices)
    {
        RunSettings settings = Toy.Settings(Methods.Smiler);
        settings = settings with
        {
            Data = settings.Data with { Window = window, Slices = slices },
            Relabel = settings.Relabel with { Select = slices == 3 ? Selections.Confidence : Selections.Flips },
        };
        string whole = Folder(), killed = Folder();
        using (TrainingRun run = TrainingRun.Start(whole, settings, Toy.Organs, Toy.Cases(), new Silent()))
            run.Run(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        using (TrainingRun run = TrainingRun.Start(killed, settings, Toy.Organs, Toy.Cases(), new Recorder
        {
            AtStep = report => { if (report.Step == 7) stop.Cancel(); },
        }))
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        var resumed = new Recorder();
        using (TrainingRun run = TrainingRun.Resume(killed, Toy.Organs, Toy.Cases(), resumed))
            run.Run(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(resumed.Messages, message => message.Contains("data.window", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllBytes(new RunFolder(whole).Final), File.ReadAllBytes(new RunFolder(killed).Final));
    }

    [Fact]
    public void Neighbouring_slices_are_channels_of_the_first_convolution_and_cases_of_one_slice_are_told()
    {
        RunSettings settings = Toy.Settings(steps: 4);
        settings = settings with { Data = settings.Data with { Slices = 3 } };
        CaseData[] cases = [.. Toy.Cases(), OneSlice("e"), OneSlice("f")];
        var recorder = new Recorder();
        string folder = Folder();
        using (TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, cases, recorder))
        {
            run.Run(TestContext.Current.CancellationToken);
            Parameter stem = run.Network.Parameters.Single(p => p.Name == "conv1.weight");
            Assert.Equal(3, stem.Shape[1]);
        }

        Assert.Contains("data.slices is 3, but 2 of 6 cases have one slice, which is all of their channels", recorder.Messages);
        using Predictor predictor = Checkpoint.LoadPredictor(new RunFolder(folder).Final, out _, () => Backends.Open("scalar"));
        PredictedVolume one = predictor.Predict(OneSlice("g").Image.ToVolume(), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(Toy.Size * Toy.Size, one.Labels.Length);

        static CaseData OneSlice(string id)
        {
            CaseData source = Toy.Case(id, 9, 0b11);
            Geometry grid = source.Geometry with { Depth = 1 };
            int pixels = grid.Height * grid.Width;
            return new CaseData(id, new Volume(grid, source.Image.ToVolume().Voxels[..pixels]), source.Labels.ToArray()[..pixels],
                0b11, 0b11);
        }
    }

    [Fact]
    public void Cases_without_an_annotated_organ_have_no_window()
    {
        string folder = Folder();
        var error = Assert.Throws<DataException>(() =>
            TrainingRun.Start(folder, Auto(), Toy.Organs, Toy.Cases(annotated: [0u]), new Silent()));
        Assert.Contains("data.window=fixed", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(new RunFolder(folder).Config));
        // What failed leaves the folder free.
        TrainingRun.Start(folder, Auto(), Toy.Organs, Toy.Cases(), new Silent()).Dispose();
    }

    private static RunSettings Auto()
    {
        RunSettings settings = Toy.Settings();
        return settings with { Data = settings.Data with { Window = Windows.Auto } };
    }

    private string Folder() => Path.Combine(_root, $"{_folders++}");
}
