using System.Globalization;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Settings;
using static Smile.Host.Experiments.StudyText;

namespace Smile.Host.Experiments;

/// <summary>report.html of a study: what was expected and what came out, then figures and tables.</summary>
internal static class StudyPage
{
    public static string Render(StudyResults results, IReadOnlyList<StudyFigure> figures)
    {
        var study = results.Study;
        var page = new HtmlPage($"Study '{study.Name}': missing annotations").Paragraph(Summary(results));
        if (results.Expectations.Count > 0)
            page.Heading("Expected and measured")
                .Paragraph("The outcomes were stated before the runs. Points are hundredths of Dice, averaged over the organs; in brackets "
                    + "the 95 % interval over the splits (Student's t). Yes and no: the whole interval says so; open: it does not tell.")
                .Table(["expected", "measured", "holds"],
                    [.. results.Expectations.Select(e => new[] { e.Statement, e.Measured, e.Holds })]);
        foreach (StudyFigure figure in figures)
            page.Heading(figure.Title).Paragraph(figure.Text).Chart(figure.Drawing);
        foreach (int trainCases in study.TrainCases)
        {
            StudyResults part = results.At(trainCases);
            string about = About(trainCases);
            Dice(page, part, about);
            if (VolumeTable.Of(part) is { } volumes)
                page.Heading("Volumes, precision and recall" + about).Paragraph(VolumeTable.Note).Table(volumes, style: "small");
            Differences(page, part, about);
            if (part.AtCalibrated() is { } calibrated)
            {
                Dice(page, calibrated, about + ", at calibrated thresholds");
                Differences(page, calibrated, about + ", at calibrated thresholds");
            }

            Rounds(page, part, about);
            if (WorstCasesTable.Of(part) is { } worst)
                page.Heading($"Worst test cases at {Percent(study.ShownAlpha)} % missing" + about).Paragraph(WorstCasesTable.Note)
                    .Table(worst, style: "small");
        }

        if (AnnotatedTable.Of(study) is { } annotated)
            page.Heading("Annotations in the training cases").Paragraph(AnnotatedTable.Note).Table(annotated, style: "small");
        page.Heading("Settings").Paragraph($"Every run makes the same number of updates; SMILEr's {Rounds(study)} rounds are paid from it. "
            + "Validation cases are scored on annotated organs only and pick the checkpoint; the test cases are used once, after it.");
        page.Folded("All settings", study.Settings.Select(s => (s.Name, s.Value)));
        return page.Folded("Runs", Machines(results)).Note("Research software, not a medical device.").ToString();
    }

    private static string Rounds(StudyRecord study) => study.Settings.FirstOrDefault(s => s.Name == "relabel.rounds")?.Value ?? "";

    private static string Summary(StudyResults results)
    {
        var study = results.Study;
        int missing = study.Cells.Count - results.Cells.Count;
        string steps = study.Settings.FirstOrDefault(s => s.Name == "train.steps")?.Value ?? "?";
        string beta = string.Join(", ", study.Organs.Zip(study.Beta, (o, b) => $"{o} {Invariant.Text(100 * b, "0.0")} %"));
        return $"{study.Data}; {Words.Count(study.Splits, "random split", "random splits")}, 80 % to train on and 20 % to test; "
            + $"{steps} updates a run; share of the voxels: {beta}. "
            + $"{Words.Of(results.Cells.Count, study.Cells.Count, "cell", "cells", "is", "are")} "
            + $"finished{(missing > 0 ? "; the rest is missing below" : "")}.";
    }

    private static void Dice(HtmlPage page, StudyResults results, string about)
    {
        var rows = results.Dice.Where(d => Methods.All.Contains(d.Label)).GroupBy(d => (d.Alpha, d.Label)).OrderBy(g => g.Key.Alpha)
            .Select(g => new[] { Percent(g.Key.Alpha), MethodLook.Of(g.Key.Label).Name }
                .Concat(results.Columns.Select(o => Spread(g.First(d => d.Organ == o)))).ToArray());
        page.Heading("Dice: mean and standard deviation over the splits" + about)
            .Table(["alpha %", "method", .. results.Columns], [.. rows])
            .Note("SMILEr on cases that lack no annotation (alpha 0) is SMILE bit for bit: one run stands for both.");
    }

    private static void Differences(HtmlPage page, StudyResults results, string about)
    {
        if (results.Differences.Count == 0)
            return;
        var rows = results.Differences.GroupBy(d => (d.First, d.FirstAlpha, d.Second, d.SecondAlpha)).Select(g =>
            new[] { $"{Curve(g.Key.First, g.Key.FirstAlpha)} minus {Curve(g.Key.Second, g.Key.SecondAlpha)}" }
                .Concat(results.Columns.Select(o => Interval(g.First(d => d.Organ == o)))).ToArray());
        page.Heading("Paired differences of Dice, in points" + about)
            .Paragraph("Both sides of a row are tested on the same cases; between methods the splits, the missing annotations, the first "
                + "weights and the drawn slices are the same too. In brackets: 95 % interval over the splits (Student's t), which covers "
                + "the cases, the annotations and the chance in training. The splits share cases, so that they are not quite independent. "
                + "paired.csv has a bootstrap over splits and cases besides.")
            .Table(["difference", .. results.Columns], [.. rows], style: "small");
    }

    private static void Rounds(HtmlPage page, StudyResults results, string about)
    {
        if (results.Rounds.Count == 0)
            return;
        var rows = results.Rounds.OrderBy(r => r.Label, StringComparer.Ordinal).ThenBy(r => r.Alpha).ThenBy(r => r.Round).Select(r => new[]
        {
            MethodLook.Of(r.Label).Name, Percent(r.Alpha), r.Round.ToString(CultureInfo.InvariantCulture), Number(r.Gamma), r.Organ,
            r.Added.ToString("0", CultureInfo.InvariantCulture), Spread(r.Precision, r.PrecisionDeviation),
            Spread(r.Recall, r.RecallDeviation),
        });
        page.Heading("Pseudo labels against the hidden truth, by round" + about)
            .Paragraph("Precision: the share of the added voxels that are the organ. Recall: the share of the organ's hidden voxels that "
                + "were found. Mean and standard deviation over the splits.")
            .Table(["method", "alpha %", "round", "gamma", "organ", "added voxels", "precision", "recall"], [.. rows], style: "small");
    }

    private static IEnumerable<(string, string)> Machines(StudyResults results) =>
    [
        ("cells", string.Create(CultureInfo.InvariantCulture, $"{results.Cells.Count}")),
        ("sum of the runs' wall times", string.Create(CultureInfo.InvariantCulture,
            $"{results.Cells.Where(c => c.SameAs is null).Sum(c => c.Seconds) / 60:0.0} min")),
        ("threads a run", string.Join(", ", results.Cells.Select(c => c.Threads).Distinct().Order())),
        ("device", string.Join(", ", results.Cells.Select(c => c.Device).Distinct())),
        ("first and last finished", $"{results.Cells.Min(c => c.Finished)} .. {results.Cells.Max(c => c.Finished)}"),
        ("data hash", results.Study.DataHash),
    ];

    private static string Curve(string label, double alpha) => $"{MethodLook.Of(label).Name} {Percent(alpha)} %";

    private static string Percent(double alpha) => (100 * alpha).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Number(double value, string format = "0.00") =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "-";
}
