using System.Diagnostics;
using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Reports;
using Smile.Kernels.Backend;
using Smile.Kernels.Hashing;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Host.Experiments;

/// <summary>Trains one cell, tests the checkpoint that validation picked, once, and keeps what the figures draw.</summary>
internal sealed class CellRunner(Study study, StudyData data, CellStore store, int threads)
{
    /// <summary>Runs the cell; a half-finished one goes on from its checkpoint.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="stepped">Told of each update.</param>
    /// <param name="cancel">Stops; the cell's run folder then holds its state.</param>
    public CellResult Run(Cell cell, Action stepped, CancellationToken cancel)
    {
        if (!cell.EachAlone)
            return One(cell, stepped, cancel);
        Cell[] parts = EachAlone.Parts(cell, study, data.Organs);
        return EachAlone.Join(cell, data.Key(cell), [.. parts.Select(part => Stored(part, stepped, cancel))]);
    }

    /// <summary>
    /// A part of a cell, kept when it is finished, so that a kill costs no more of a cell of three parts than of one of one.
    /// </summary>
    private CellResult Stored(Cell part, Action stepped, CancellationToken cancel)
    {
        if (store.Find(part.Id, data.Key(part)) is { } finished)
            return finished;
        CellResult result = One(part, stepped, cancel);
        store.Store(result);
        store.Discard(part);
        return result;
    }

    private CellResult One(Cell cell, Action stepped, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        var settings = cell.Settings(study);
        settings = settings with { Run = settings.Run with { Threads = threads } };
        var training = data.Training(cell);
        settings = settings.WithSpacingOf(training.Select(c => c.Geometry));
        var folder = store.Work(cell);
        var watcher = new CellListener(folder, cell.Keep == Kept.Rounds, stepped);
        IReadOnlyList<ValidationReport> validations;
        string[] validated;
        using (var run = Open(cell, folder, settings, training, watcher))
        {
            run.Run(cancel);
            (validations, validated) = ([.. run.History], [.. run.Validation.Select(c => c.Id)]);
        }

        var test = data.Test(cell.Split);
        string checkpoint = ModelLocator.Find(folder.Path);
        using var predictor = Load(checkpoint, settings.Run, out Checkpoint model);
        var (summary, labels) = Score(predictor, test, cancel);
        CalibratedScore? calibrated = model.Thresholds is { } thresholds ? Calibrated(predictor, thresholds, test, summary, cancel) : null;
        IEnumerable<KeptSlice> slices = cell.Keep switch
        {
            Kept.TestSlice => [SliceKeeper.OfTest(test, labels, data.Organs, settings.Data)],
            Kept.Rounds => SliceKeeper.OfRounds(folder, settings, training, validated, data.Organs,
                path => Load(path, settings.Run, out _)),
            _ => [],
        };
        return new CellResult
        {
            Id = cell.Id,
            Key = data.Key(cell),
            Label = cell.Label,
            Method = cell.Method,
            Alpha = cell.Alpha,
            Split = cell.Split,
            TrainCases = cell.TrainCases,
            Dice = [.. summary.Organs.Select(o => o.Mean.Dice)],
            Average = summary.Foreground.Dice,
            Cases = [.. summary.Cases.Select(Numbers)],
            Calibrated = calibrated,
            Rounds = RunLogFile.Read(folder.Log, data.Organs.Names).Rounds,
            Validations = validations,
            PickedStep = validations.LastOrDefault(v => v.Best)?.Step ?? settings.Train.Steps,
            Predictions = Hash(labels),
            Weights = WeightsHash.OfFile(checkpoint),
            Device = settings.Run.Device,
            Threads = threads,
            Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1),
            Finished = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            Slices = [.. slices],
        };
    }

    private TrainingRun Open(Cell cell, RunFolder folder, RunSettings settings, CaseData[] training, CellListener watcher)
    {
        Split split = data.Validation(cell, training);
        // The models between the rounds are not in a checkpoint, so a cell that keeps them begins anew; so does one of other settings, or
        // of another division.
        bool resumes = cell.Keep != Kept.Rounds && File.Exists(folder.Config) && Text(folder.ReadSettings()) == Text(settings)
            && folder.ReadSplit(training.Select(c => (c.Id, c.Group))).Validation.SequenceEqual(split.Validation);
        if (resumes)
            return TrainingRun.Resume(folder.Path, data.Organs, training, watcher);
        store.Discard(cell);
        return TrainingRun.Start(folder.Path, settings, data.Organs, training, watcher, split: split);
    }

    /// <summary>A run with data.window = auto writes down what it has found.</summary>
    private static string Text(RunSettings settings) => (settings.Data.Window == Windows.Fixed ? settings : settings with
    {
        Data = settings.Data with { WindowLow = 0, WindowHigh = 0, WindowMean = 0, WindowDeviation = 0 },
    }).ToText();

    private static Predictor Load(string checkpoint, RunOptions run, out Checkpoint model) =>
        Checkpoint.LoadPredictor(checkpoint, out model, () => Backends.Open(run.Device, run.Threads));

    /// <summary>The test cases at these thresholds; where all are 1/2, what was scored already.</summary>
    private CalibratedScore Calibrated(Predictor predictor, IReadOnlyList<double> thresholds, CaseData[] test, EvaluationSummary summary,
        CancellationToken cancel)
    {
        if (thresholds.Any(threshold => threshold != ThresholdCalibration.Default))
        {
            predictor.Thresholds = thresholds;
            summary = Score(predictor, test, cancel).Summary;
        }

        return new CalibratedScore(thresholds, [.. summary.Organs.Select(o => o.Mean.Dice)], summary.Foreground.Dice,
            [.. summary.Cases.Select(Numbers)]);
    }

    private (EvaluationSummary Summary, byte[][] Labels) Score(Predictor predictor, CaseData[] test, CancellationToken cancel)
    {
        var evaluator = new Evaluator(data.Organs.Count, new EvaluationSettings { Surfaces = false });
        byte[][] labels = [.. test.Select(c => predictor.Predict(c.Image.Slabs(), cancel: cancel))];
        return (EvaluationSummary.Of([.. test.Zip(labels, (c, l) => evaluator.Score(c, l))], data.Organs), labels);
    }

    private CaseDice Numbers(CaseScore score)
    {
        OrganScore?[] organs = [.. Enumerable.Range(0, data.Organs.Count).Select(k => score.Organs.FirstOrDefault(o => o.Organ == k))];
        return new CaseDice(score.Id, [.. organs.Select(o => o?.Dice ?? double.NaN)])
        {
            Voxels = [.. organs.Select(o => new OrganVoxels(o?.TP ?? 0, o?.Predicted ?? 0, o?.Reference ?? 0))],
        };
    }

    private static string Hash(IEnumerable<byte[]> parts)
    {
        using var hash = new Sha256();
        foreach (byte[] part in parts)
            hash.Append(part);
        return hash.Finish();
    }
}
