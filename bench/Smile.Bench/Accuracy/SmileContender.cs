using System.Diagnostics;
using Smile.Host.Cli;
using Smile.Net.Prediction;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Bench.Accuracy;

/// <summary>
/// What <c>smile train</c> does by default, or with a setting of its own. A run has a number of updates, not of minutes: a few updates
/// before it tell how many its time holds, so the time is met within some per cent, and what it took is told.
/// </summary>
internal sealed class SmileContender(string name, string what, IReadOnlyList<string> assignments) : Contender(name, what)
{
    private const int LeastUpdates = 60;

    public override bool IsTorch => false;

    protected override (byte[][] Labels, Effort Effort) Train(AccuracyData data, Budget budget, int seed)
    {
        string folder = Directory.CreateTempSubdirectory("smile-accuracy-").FullName;
        try
        {
            int updates = budget.Updates > 0 ? budget.Updates : UpdatesOf(budget.Time, Path.Combine(folder, "trial"), data, seed);
            RunSettings settings = Settings(updates, seed);
            long start = Stopwatch.GetTimestamp();
            Train(Path.Combine(folder, "run"), settings, data, new Clock()).Dispose();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            string final = new RunFolder(Path.Combine(folder, "run")).Final;
            using Predictor predictor = Checkpoint.LoadPredictor(final, out _, settings.OpenBackend);
            return ([.. data.HeldOut.Select(each => predictor.Predict(each.Image.Slabs()))],
                new Effort(settings.Train.Steps, (long)settings.Train.Steps * settings.Train.Batch, seconds));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>How many updates the time holds, by a few.</summary>
    private int UpdatesOf(TimeSpan time, string folder, AccuracyData data, int seed)
    {
        var trial = new Clock();
        Train(folder, Settings(TrialUpdates(time), seed), data, trial).Dispose();
        return (int)Math.Max(LeastUpdates, time.TotalSeconds / trial.Median);
    }

    /// <summary>A sixth of the time where an update takes 40 ms, but no more than say how long one takes.</summary>
    private static int TrialUpdates(TimeSpan time) => (int)Math.Clamp(4 * time.TotalSeconds, LeastUpdates, 240);

    private RunSettings Settings(int steps, int seed)
    {
        RunSettings settings = SettingsReader.ReadRun(SettingsPresets.Of(SettingsPresets.Default), [], assignments);
        return settings with
        {
            Data = settings.Data with { Validation = 0, WindowLow = AccuracyCommand.WindowLow, WindowHigh = AccuracyCommand.WindowHigh },
            Train = settings.Train with { Steps = steps },
            Run = settings.Run with { Seed = seed, Device = "cpu", ValidateEvery = 0, SaveEvery = int.MaxValue },
        };
    }

    private static TrainingRun Train(string folder, RunSettings settings, AccuracyData data, Clock clock)
    {
        TrainingRun run = TrainingRun.Start(folder, settings, data.Organs, data.Training, clock);
        run.Run();
        return run;
    }

    /// <summary>Hears the time of each update.</summary>
    private sealed class Clock : IRunListener
    {
        private readonly List<double> _seconds = [];

        /// <summary>Of the later half of the updates: before, the JIT compiles, and they take longer.</summary>
        public double Median => _seconds.Skip(_seconds.Count / 2).Order().ElementAt(_seconds.Count / 4);

        public void OnStep(in StepReport report) => _seconds.Add(report.Seconds);

        public void OnRound(RoundReport report)
        {
        }

        public void OnValidation(ValidationReport report)
        {
        }

        public void OnMessage(string message)
        {
        }
    }
}
