using System.Globalization;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Evaluation;

namespace Smile.Host.Experiments;

/// <summary>A cell as study.json lists it; Missing is the share of the training cases' annotations that are not there.</summary>
internal sealed record PlannedCell(
    string Id, string Key, string Label, string Method, double Alpha, int Split, string? SameAs, double Missing = double.NaN);

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

    /// <summary>Expressions beside measured shares; null in studies of earlier versions whose data hold not every organ's truth.</summary>
    public Table? Table1 { get; init; }

    /// <summary>
    /// Share of the annotations that a curve's training cases lack, the mean over its splits; alpha where it is not known.
    /// </summary>
    public double Missing((string Label, double Alpha) curve)
    {
        double mean = Statistics.Mean(Cells.Where(c => c.Label == curve.Label && c.Alpha == curve.Alpha).Select(c => c.Missing));
        return double.IsNaN(mean) ? curve.Alpha : mean;
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
            Cells = [.. plan.Cells.Select(c => new PlannedCell(c.Id, c.Key(study, data.Hash), c.Label, c.Method, c.Alpha, c.Split, c.SameAs,
                data.Missing(c.Split, c.Alpha, c.Drop)))],
            Settings = [.. ReportParts.Flat(study.Settings.ToText())
                .Where(s => s.Name is not ("train.method" or "run.device" or "run.threads" or "data.folders"))
                .Select(s => new NamedText(s.Name, s.Value))],
            Table1 = LabelExpressions.Measure(data.Training(0, study.ShownAlpha), data.Organs),
        };
    }
}
