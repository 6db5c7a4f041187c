using System.Globalization;
using System.Text.Json.Serialization;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Host.Experiments;

/// <summary>A cell as study.json lists it. What stands last is not known of studies of earlier versions.</summary>
/// <param name="Id">Its file's name.</param>
/// <param name="Key"><see cref="Cell.Key"/>.</param>
/// <param name="Label">Of the variant.</param>
/// <param name="Method">Of the variant.</param>
/// <param name="Alpha">Share of the annotations that is dropped.</param>
/// <param name="Split">From 0.</param>
/// <param name="SameAs">The cell whose result it shares.</param>
/// <param name="Missing">Share of the training cases' annotations that are not there.</param>
/// <param name="TrainCases">As <see cref="Cell.TrainCases"/>.</param>
/// <param name="Trained">Cases that it is given to train and validate on; 0: not known.</param>
/// <param name="Annotated">In how many of them each organ is annotated; null: not known.</param>
internal sealed record PlannedCell(
    string Id, string Key, string Label, string Method, double Alpha, int Split, string? SameAs, double Missing = double.NaN,
    int TrainCases = 0, int Trained = 0, IReadOnlyList<int>? Annotated = null);

/// <summary>A setting or a version.</summary>
internal sealed record NamedText(string Name, string Value);

/// <summary>
/// study.json: what a study is, and all that its tables and figures need besides the cells. It names no machine and no path.
/// </summary>
internal sealed record StudyRecord
{
    /// <summary>Of the preset.</summary>
    public required string Name { get; init; }

    /// <summary>The cases, in words.</summary>
    public required string Data { get; init; }

    /// <summary>Of images, labels and annotation states.</summary>
    public required string DataHash { get; init; }

    public required IReadOnlyList<string> Organs { get; init; }

    /// <summary>beta: each organ's share of the voxels of all cases; NaN where a case's truth of it is not known.</summary>
    public required IReadOnlyList<double> Beta { get; init; }

    public required int Splits { get; init; }

    /// <summary>Of figure 5 and table 1.</summary>
    public required double ShownAlpha { get; init; }

    public required IReadOnlyList<PlannedCell> Cells { get; init; }

    /// <summary>The study's settings under dotted keys.</summary>
    public required IReadOnlyList<NamedText> Settings { get; init; }

    /// <summary>What was expected; null in studies of earlier versions, which expected what the paper lets expect.</summary>
    public IReadOnlyList<Claim>? Claims { get; init; }

    /// <summary>Numbers of training cases, ascending; 0 for all of a split's.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> TrainCases => [.. Cells.Select(c => c.TrainCases).Distinct().Order()];

    /// <summary>Expressions beside measured shares; null in studies of earlier versions whose data hold not every organ's truth.</summary>
    public Table? Table1 { get; init; }

    /// <summary>
    /// Share of the annotations that a point's training cases lack, the mean over its splits; alpha where it is not known.
    /// </summary>
    public double Missing(StudyPoint point)
    {
        double mean = Statistics.Mean(Cells.Where(c => new StudyPoint(c.TrainCases, c.Alpha, c.Label) == point).Select(c => c.Missing));
        return double.IsNaN(mean) ? point.Alpha : mean;
    }

    public static StudyRecord Of(StudyPlan plan, StudyData data)
    {
        var study = plan.Study;
        return new StudyRecord
        {
            Name = study.Name,
            Data = study.Folders.Count > 0
                ? $"{Words.Count(data.Count, "case", "cases")} of "
                    + $"{string.Join(", ", study.Folders.Select(f => Path.GetFileName(Path.TrimEndingDirectorySeparator(f))))}"
                : string.Create(CultureInfo.InvariantCulture, $"{Words.Count(data.Count, "phantom", "phantoms")} of {study.Phantom.Depth} "
                    + $"x {study.Phantom.Height} x "
                    + $"{study.Phantom.Width} voxels, seed {study.Seed}"),
            DataHash = data.Hash,
            Organs = data.Organs.Names,
            Beta = data.Beta(),
            Splits = study.Splits,
            ShownAlpha = study.ShownAlpha,
            Cells = [.. plan.Cells.Select(c => Planned(c, data))],
            Claims = study.Claims,
            Settings = [.. ReportParts.Flat(study.Settings.ToText())
                .Where(s => s.Name is not ("train.method" or "run.device" or "run.threads" or "run.exchange" or "data.folders"))
                .Select(s => new NamedText(s.Name, s.Value))],
            Table1 = LabelExpressions.Measure(data.Training(0, study.ShownAlpha, trainCases: study.ShownTrainCases), data.Organs),
        };
    }

    private static PlannedCell Planned(Cell cell, StudyData data)
    {
        CaseData[] training = data.Training(cell);
        return new PlannedCell(cell.Id, data.Key(cell), cell.Label, cell.Method, cell.Alpha, cell.Split, cell.SameAs,
            data.Missing(training), cell.TrainCases, training.Length, data.Annotated(training));
    }
}
