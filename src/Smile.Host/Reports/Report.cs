using System.Globalization;
using Smile.Host.Imaging;
using Smile.Net.Data;

namespace Smile.Host.Reports;

/// <summary>report.html: what was reached, how it looks, how it came about; in this order.</summary>
internal static class Report
{
    private static readonly Colour _ignored = new(240, 200, 40);

    /// <summary>The page as text.</summary>
    public static string Render(ReportContent content)
    {
        var page = new HtmlPage(content.Title).Paragraph(content.Summary).Warnings(content.Warnings);
        Dice(page, content);
        Overlays(page, content);
        LearningCurves(page, content);
        Ambiguity(page, content);
        Rounds(page, content);
        Audit(page, content);
        if (content.Ledger is { } ledger)
            page.Heading("Where the labels come from").Table(ledger.Header, ledger.Rows)
                .Note("Training cases. Each case and round: ledger.jsonl; 'smile relabel --ledger' shows it, 'smile relabel --undo T' goes "
                + "back.");
        if (content.LabelAnalysis is { } analysis)
            page.Heading("Label analysis (table 1 of the paper)")
                .Paragraph("Of all voxels, the share whose label the method trains on, by truth (positive, negative) and by whether the "
                    + "label is right. The baseline takes missing annotations for background: those are its false negatives. SMILE drops "
                    + "them and trains on right labels only. A dash: no hidden truth is known.")
                .Table(analysis.Header, analysis.Rows);
        if (content.Scores is { } scores)
            ScorePage.Scores(page, scores);
        page.Heading("Settings and versions");
        if (content.Settings.Count > 0)
            page.Folded("All settings", content.Settings);
        return page.Folded("Versions and device", content.Versions).Note("Research software, not a medical device.").ToString();
    }

    private static void Dice(HtmlPage page, ReportContent content)
    {
        page.Heading("Dice per organ");
        // The worst organ of the last method first; one that could not be scored last.
        int[] organs = [.. Enumerable.Range(0, content.Organs.Count).OrderBy(k => content.Methods[^1].Dice[k] is var dice
            && double.IsFinite(dice) ? dice : double.PositiveInfinity)];
        string[] names = [.. organs.Select(k => content.Organs[k]), "mean"];
        double[][] columns = [.. content.Methods.Select(m => (double[])[.. organs.Select(k => m.Dice[k]), m.MeanDice])];
        page.Chart(Charts.Bars("Dice", names, [.. content.Methods.Select((m, i) =>
            new BarGroup(m.Name, MethodLook.Of(m.Name).Colour, columns[i], [.. organs.Select(k => m.Deviation[k]), double.NaN]))]));
        var rows = content.Methods.Select((m, i) => new[] { m.Name }.Concat(columns[i].Select(Number)).ToArray()).ToArray();
        bool Best(int method, int column) => columns.All(other => !(other[column] > columns[method][column]));
        page.Table(["method", .. names], rows, (r, c) => content.Methods.Count > 1 && c > 0 && Best(r, c - 1));
        page.Note($"Mean over {content.CasesScored}, the bars one standard deviation over them either way; 1 is a perfect match, 0 none. "
            + "A case in which an organ is neither there nor predicted is not counted.");
    }

    private static void Overlays(HtmlPage page, ReportContent content)
    {
        if (content.Shown.Count == 0)
            return;
        var colours = OrganColours.Of(content.Organs);
        bool partly = content.Shown.Any(shown => shown.NotAnnotated.Contains(true));
        page.Heading("Truth and predictions")
            .Paragraph("Of each case the slice that shows the most of the organs. The patient's right is on the left. A picture that is "
                + "clicked on fills the window.")
            .Key([.. content.Organs.Zip(colours), .. partly ? [("hatched: not annotated", _ignored)] : Array.Empty<(string, Colour)>()]);
        foreach ((int n, ShownSlice shown) in content.Shown.Index())
        {
            Picture Draw(byte[] labels, bool[] hatched) =>
                SliceOverlay.Draw(shown.Image, 0, labels, colours, content.Window, hatched: hatched);
            page.Paragraph(shown.Caption + ".").Figures([
                ("image", Draw([], [])),
                ("truth", Draw(shown.Truth, shown.NotAnnotated)),
                .. content.Methods.Where(m => m.Predictions.Count > n).Select(m => (m.Name, Draw(m.Predictions[n], []))),
            ]);
        }
    }

    private static void LearningCurves(HtmlPage page, ReportContent content)
    {
        var curves = content.Methods
            .Select(m => new Curve(m.Name, MethodLook.Of(m.Name).Colour, m.Loss).Averaged(120))
            .Where(c => c.Points.Count > 1)
            .ToArray();
        if (curves.Length == 0)
            return;
        page.Heading("Training loss").Chart(Charts.Lines("training step", "loss", "nats a pixel", curves, AxisScale.Logarithmic));
        if (curves.Length > 1)
            page.Note("The baseline's softmax loss and SMILE's masked sum of binary losses are different quantities: compare each curve's "
                + "course, not their heights.");
    }

    private static void Ambiguity(HtmlPage page, ReportContent content)
    {
        if (content.Ambiguity is not { } map)
            return;
        var colours = OrganColours.Of(content.Organs);
        int z = FullestSlice(map.Volume.Geometry.Depth, map.IsOrgan);
        page.Heading("Ambiguity map of a training case")
            .Paragraph($"Case {map.Case}, slice {z}; annotated: {map.Annotated}. Each picture is what one organ's classifier is taught: "
                + "the organ in its colour, certain background in grey, and in yellow the voxels whose label is not known and teaches "
                + "nothing.")
            .Key([("not known, ignored", _ignored)])
            .Figures(content.Organs.Select((organ, k) =>
                (organ, SliceOverlay.DrawAmbiguity(map.Volume, z, k, map.IsOrgan, map.IsKnown, colours[k], content.Window))));
    }

    private static void Rounds(HtmlPage page, ReportContent content)
    {
        if (content.Rounds.Count == 0)
            return;
        page.Heading("SMILEr: pixels added per round")
            .Paragraph("In each round the model labels the highest-scoring voxels of every organ that was not annotated. Precision and "
                + "recall compare them with the hidden truth, which training never sees.")
            .Table(RoundRow.Header, content.Rounds.Select(row => row.Cells).ToArray());
        if (content.Rounds.Any(row => row.Absent is not null))
            page.Paragraph("The voxels with the lowest scores are taken to be without the organ (relabel.negatives).")
                .Table(RoundRow.NegativesHeader, [.. content.Rounds.Select(row => row.NegativesCells)]);
        var colours = OrganColours.Of(content.Organs);
        if (content.Added.Count == 0)
            return;
        int z = FullestSlice(content.Added[^1].Volume.Geometry.Depth, content.Added[^1].Added);
        page.Figures(content.Added.Select(a => (a.Caption, SliceOverlay.Draw(a.Volume, z, a.Labels, colours, content.Window, a.Added))))
            .Note("Solid: annotated. White checks on the organ's colour: pseudo labels added so far.");
    }

    private static void Audit(HtmlPage page, ReportContent content)
    {
        if (content.Audits.Count == 0)
            return;
        page.Heading("Audit of the relabelling")
            .Paragraph("Some known annotations were hidden from training; the rounds put them back, and the annotator's voxels judge that. "
                + "The rounds stop where an organ's precision is below the floor (relabel.audit_floor), where its F1 has fallen below its "
                + "best round by more than the tolerance and two standard errors, or where far more was added than people drew.")
            .Table(AuditRow.Header, [.. content.Audits.Select(row => row.Cells)])
            .Note("Precision and recall over the voxels of all held-out cases; \"F1 below its best\" is the mean over the cases and its "
                + "standard error (0.00 for a single case).");
        if (content.Audits.Any(row => row.AbsentError is not null))
            page.Note("Of the voxels taken to be without the organ in held-out cases are the organ: "
                + string.Join(", ", content.Audits.Select(row => string.Create(CultureInfo.InvariantCulture,
                    $"{row.Organ} in round {row.Round} {RoundRow.Percent(row.AbsentError)}"))) + ".");
    }

    private static int FullestSlice(int depth, VoxelBits voxels)
    {
        int area = voxels.Voxels / depth;
        return Enumerable.Range(0, depth).MaxBy(z => Enumerable.Range(z * area, area).Count(v => !voxels[v].IsEmpty));
    }

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : "-";
}
