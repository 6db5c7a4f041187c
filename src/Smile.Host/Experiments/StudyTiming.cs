using System.Diagnostics;
using Smile.Host.Cli;
using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>How long runs will take, from a few timed updates and one timed volume.</summary>
internal sealed class StudyTiming(Session session, Study study, StudyData data, int threads)
{
    private const int Steps = 10, Warmup = 3;

    /// <summary>Seconds of all the cells one after another: updates, validations, rounds, tests.</summary>
    public double Seconds(IReadOnlyList<Cell> cells)
    {
        var (step, volume) = Measure(cells[0]);
        return cells.Sum(cell =>
        {
            var settings = cell.Settings(study);
            Split split = data.Split(cell.Split);
            int training = cell.TrainCases > 0 ? cell.TrainCases : split.Train.Count, test = split.Validation.Count;
            int validations = settings.Run.ValidateEvery > 0 ? settings.Train.Steps / settings.Run.ValidateEvery : 1;
            int rounds = settings.Train.Method == Methods.Smiler ? settings.Relabel.Rounds : 0;
            double volumes = validations * settings.Data.Validation * training + rounds * training + 2 * test; // at both thresholds
            return settings.Train.Steps * step + volumes * volume;
        });
    }

    private (double Step, double Volume) Measure(Cell cell)
    {
        string folder = Directory.CreateTempSubdirectory("smile-timing-").FullName;
        try
        {
            var settings = cell.Settings(study);
            settings = settings with
            {
                Data = settings.Data with { Validation = 0 },
                Train = settings.Train with { Steps = Steps, Method = Methods.Smile },
                Run = settings.Run with { Threads = threads },
            };
            var training = data.Training(cell.Split, alpha: 0);
            var times = new StepTimes();
            using (var run = TrainingRun.Start(folder, settings, data.Organs, training, times))
                run.Run(session.Stop);
            using var predictor = Checkpoint.LoadPredictor(new RunFolder(folder).Final, out _,
                () => Backends.Open(settings.Run.Device, threads));
            predictor.Predict(training[0].Image.Slabs());
            long start = Stopwatch.GetTimestamp();
            predictor.Predict(training[0].Image.Slabs());
            return (times.Median, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class StepTimes : IRunListener
    {
        private readonly List<double> _seconds = [];

        public double Median => _seconds.Skip(Warmup).Order().ElementAt((Steps - Warmup) / 2);

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
