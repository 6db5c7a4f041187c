using System.Globalization;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Host.Runs;
using Smile.Net;

namespace Smile.Host.Experiments;

/// <summary>A figure, its file name without ending, and what a reader is told of it.</summary>
internal sealed record StudyFigure(string File, string Title, string Text, Figure Drawing);

/// <summary>Draws a study from its folder alone: tables, figures, report.html.</summary>
internal static class StudyConclusion
{
    /// <summary>The finished cells of the study; those that share a result are listed too.</summary>
    public static IReadOnlyList<CellResult> Cells(StudyRecord record, CellStore store) =>
        [.. record.Cells.Select(planned => planned.SameAs is { } other
            ? Shared(planned, other, store.Find(other, record.Cells.First(c => c.Id == other).Key))
            : store.Find(planned.Id, planned.Key)).OfType<CellResult>()];

    /// <summary>Writes everything that can be drawn from the finished cells and says how many are missing.</summary>
    /// <returns>Cells that are not finished.</returns>
    /// <exception cref="DataException">No cell is finished.</exception>
    public static int Write(Session session, CellStore store)
    {
        var record = store.ReadRecord();
        var cells = Cells(record, store);
        if (cells.Count == 0)
            throw new DataException($"{store.Folder}: no cell is finished yet; there is nothing to draw.");
        var results = StudyResults.Of(record, cells);
        StudyFiles.Write(store.Folder, results);
        var figures = Figures(results, cells).ToArray();
        foreach (StudyFigure figure in figures)
        {
            AtomicFile.WriteText(Path.Combine(store.Folder, figure.File + ".svg"), figure.Drawing.ToSvg());
            AtomicFile.Write(Path.Combine(store.Folder, figure.File + ".pdf"), stream => stream.Write(figure.Drawing.ToPdf()));
        }

        AtomicFile.WriteText(Path.Combine(store.Folder, "report.html"), StudyPage.Render(results, figures));
        session.Out.Write(Table(results));
        foreach (var expectation in results.Expectations)
        {
            string verdict = expectation.Verdict switch
            {
                Verdict.Holds => "holds",
                Verdict.Missed => "MISSED",
                Verdict.Open => "open",
                _ => "not known",
            };
            session.Out.WriteLine($"{verdict}: {expectation.Statement}: {expectation.Measured}");
        }

        session.Out.WriteLine($"{Words.Of(cells.Count, record.Cells.Count, "cell", "cells")}; report: "
            + $"{Path.Combine(store.Folder, "report.html")}");
        return record.Cells.Count - cells.Count;
    }

    /// <summary>The result of cell <paramref name="other"/> as that of a cell which is the same; slices are shown once.</summary>
    private static CellResult? Shared(PlannedCell planned, string other, CellResult? result) => result is null ? null : result with
    {
        Id = planned.Id,
        Key = planned.Key,
        Label = planned.Label,
        Method = planned.Method,
        TrainCases = planned.TrainCases,
        SameAs = other,
        Slices = [],
    };

    private static IEnumerable<StudyFigure> Figures(StudyResults results, IReadOnlyList<CellResult> cells)
    {
        var study = results.Study;
        string shown = string.Create(CultureInfo.InvariantCulture, $"{study.ShownAlpha * 100:0} %");
        foreach (int trainCases in study.TrainCases)
            yield return new StudyFigure("figure3" + StudyText.Ending(study, trainCases),
                "Figure 3: Dice against the share of missing annotations" + StudyText.About(trainCases),
                "Mean over the test cases, then over the splits; bars are one standard deviation over the splits either way.",
                DiceFigure.Draw(results.At(trainCases)));
        if (SliceFigures.Rounds(study, cells) is { } rounds)
            yield return new StudyFigure("figure4", "Figure 4: one training case through SMILEr's rounds",
                $"{About(cells.First(c => c.Slices.Any(s => s.Organ.Length > 0)))} The organs shown are not annotated in it. Red: "
                    + "predicted by the "
                + "model before the round; blue: taken from it as labels for the next. The patient's right is on the left.", rounds);
        if (SliceFigures.Predictions(study, cells) is { } predictions)
            yield return new StudyFigure("figure5", $"Figure 5: a test case at alpha = {shown}",
                $"Case {cells.SelectMany(c => c.Slices).First(s => s.Organ.Length == 0).Case}, split 1. "
                    + "The patient's right is on the left.", predictions);
        if (study.Table1 is { } table)
            yield return new StudyFigure("table1", $"Table 1: labels that training uses at alpha = {shown}",
                "The paper's expressions beside what is counted in the training labels of the first split, in percent of all voxels. The "
                + "expressions take an organ to be as large in the cases with its annotation as in those without; the counts need not.",
                TableFigure.Draw(table, $"Table 1, alpha = {shown}: share of all voxels"));
        foreach (int trainCases in study.TrainCases)
        {
            StudyResults part = results.At(trainCases);
            if (VariantTable.Of(part) is not { } variants || VariantFigure.Draw(part) is not { } points)
                continue;
            string ending = StudyText.Ending(study, trainCases), about = StudyText.About(trainCases);
            yield return new StudyFigure("table2" + ending, "Table 2: variants" + about, VariantTable.Note,
                TableFigure.Draw(variants, "Table 2: Dice of the variants, mean and standard deviation over the splits" + about));
            yield return new StudyFigure("figure6" + ending, "Figure 6: Dice of the variants" + about,
                "Mean over the test cases, then over the splits; bars are one standard deviation over the splits either way. The axes do "
                + "not begin at 0.", points);
        }

        if (study.TrainCases.Count > 1)
            yield return new StudyFigure("figure7", "Figure 7: Dice against the number of training cases",
                $"At alpha = {shown}. Mean over the test cases, then over the splits; bars are one standard deviation over the splits "
                + "either way.", DiceFigure.ByTrainCases(results, study.ShownAlpha));
    }

    private static string About(CellResult cell) => string.Create(CultureInfo.InvariantCulture,
        $"Case {cell.Slices[0].Case}, alpha {cell.Alpha * 100:0} %, T = {cell.Slices[0].Stages.Count - 1}, gamma_max 1.0.");

    private static TextTable Table(StudyResults results)
    {
        string[] cases = results.Study.TrainCases.Count > 1 ? ["cases"] : [];
        var table = new TextTable([.. cases, "alpha", "method", .. results.Columns]);
        foreach (var group in results.Dice.GroupBy(d => d.Point).OrderBy(g => g.Key.TrainCases).ThenBy(g => g.Key.Alpha))
            table.Add([.. cases.Select(_ => Invariant.Text(group.Key.TrainCases)),
                string.Create(CultureInfo.InvariantCulture, $"{group.Key.Alpha:0.##}"), group.Key.Label,
                .. results.Columns.Select(o => Scoring.Number(group.First(d => d.Organ == o).Mean))]);
        return table;
    }
}
