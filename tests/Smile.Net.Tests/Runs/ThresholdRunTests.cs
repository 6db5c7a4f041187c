using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Runs;

/// <summary>The thresholds that validation finds, in the checkpoints that it was of.</summary>
public sealed class ThresholdRunTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smile-thresholds-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(Methods.Smile)]
    [InlineData(Methods.Baseline)]
    public void Best_and_final_checkpoint_hold_their_own_and_a_predictor_that_takes_them_is_no_worse_on_the_validation_cases(string method)
    {
        RunSettings settings = Toy.Settings(method, steps: 20);
        settings = settings with { Run = settings.Run with { ValidateEvery = 5 } };
        var recorder = new Recorder();
        CaseData[] held;
        using (TrainingRun run = TrainingRun.Start(In("run"), settings, Toy.Organs, Toy.Cases(4, [0b11]), recorder))
        {
            run.Run(TestContext.Current.CancellationToken);
            held = [.. run.Validation];
        }

        var folder = new RunFolder(In("run"));
        ValidationReport last = recorder.Validations[^1], best = recorder.Validations.Last(each => each.Best);
        Assert.Equal(last.Thresholds, Checkpoint.Read(folder.Final).Thresholds!);
        Assert.Equal(best.Thresholds, Checkpoint.Read(folder.Best).Thresholds!);
        Assert.Equal(2, last.Thresholds.Count);
        Assert.Contains(recorder.Validations, each => each.Thresholds.Any(threshold => threshold != 0.5));

        using Predictor predictor = Checkpoint.LoadPredictor(folder.Final, out _, () => Backends.Open("scalar"));
        double half = Dice(predictor, held);
        predictor.Thresholds = last.Thresholds;
        Assert.True(Dice(predictor, held) >= half, $"{Dice(predictor, held)} with thresholds, {half} without");
        Assert.Throws<ArgumentException>(() => predictor.Thresholds = [0.5]);
        Assert.Throws<ArgumentException>(() => predictor.Thresholds = [0.5, 1]);
    }

    [Fact]
    public void A_stopped_run_goes_on_to_the_same_ones_and_without_validation_there_are_none()
    {
        RunSettings settings = Toy.Settings(Methods.Smile);
        using (TrainingRun run = TrainingRun.Start(In("whole"), settings, Toy.Organs, Toy.Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var recorder = new Recorder { AtStep = report => StopAt(report.Step == 6, stop) };
        using (TrainingRun run = TrainingRun.Start(In("stopped"), settings, Toy.Organs, Toy.Cases(), recorder))
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        Assert.Null(Checkpoint.Read(new RunFolder(In("stopped")).Latest).Thresholds); // of step 6; step 4 was validated
        using (TrainingRun run = TrainingRun.Resume(In("stopped"), Toy.Organs, Toy.Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(new RunFolder(In("whole")).Final), File.ReadAllBytes(new RunFolder(In("stopped")).Final));

        settings = settings with { Data = settings.Data with { Validation = 0 } };
        using (TrainingRun run = TrainingRun.Start(In("none"), settings, Toy.Organs, Toy.Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        string final = new RunFolder(In("none")).Final;
        Assert.Contains(final, Assert.Throws<DataException>(() => Checkpoint.Read(final).DemandThresholds(final)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_stored_before_there_were_thresholds_has_none()
    {
        RunSettings settings = Toy.Settings();
        var state = new RunState { History = [new ValidationReport(0, 0, 0.5, [0.5, 0.5], Best: true)] };
        Assert.Null(new Checkpoint(settings, Toy.Organs.Names, state).Thresholds);
        ValidationReport read = System.Text.Json.JsonSerializer.Deserialize(
            """{"history":[{"step":4,"stage":0,"mean_dice":0.5,"organ_dice":[0.5,0.5],"best":true}]}""",
            RunJson.Default.RunState)!.History[0];
        Assert.Empty(read.Thresholds);
    }

    private static double Dice(Predictor predictor, CaseData[] cases)
    {
        var evaluator = new Evaluator(2, new EvaluationSettings { Surfaces = false });
        return EvaluationSummary.Of([.. cases.Select(data => evaluator.Score(data, predictor.Predict(data.Image.Slabs())))], Toy.Organs)
            .Foreground.Dice;
    }

    private string In(string name) => Path.Combine(_root, name);

    private static void StopAt(bool here, CancellationTokenSource stop)
    {
        if (here)
            stop.Cancel();
    }
}
