using System.Text.RegularExpressions;
using Smile.Host.Imaging;
using Smile.Host.Phantom;
using Smile.Host.Reports;
using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Host.Tests.Reports;

public sealed partial class ReportTests
{
    [Fact]
    public void The_report_of_three_methods_has_every_part_and_refers_to_nothing_outside()
    {
        string page = Report.Render(Content());
        if (Environment.GetEnvironmentVariable("SMILE_KEEP_REPORT") is { Length: > 0 } path)
            File.WriteAllText(path, page);
        string[] parts =
            ["Dice per organ", "Truth and predictions", "Training loss", "Ambiguity map", "pixels added per round", "Label analysis",
                "Settings"];
        foreach (string part in parts)
            Assert.Contains(part, page, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(5 + 5 + 3 + 2, Pictures().Count(page));
        int[] places = [.. new[] { "pancreas", "stomach", "liver", "mean" }
            .Select(name => page.IndexOf($"<th>{name}</th>", StringComparison.Ordinal))];
        Assert.Equal(places.Order(), places);
        Assert.Contains("<td class=\"best\">0.910</td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_without_content_are_left_out()
    {
        MethodResult nothing = new("smile", [double.NaN], [double.NaN], [], []);
        string page = Report.Render(new ReportContent { Title = "t", Summary = "s", Organs = ["liver"], Methods = [nothing] });
        Assert.Equal(0, Pictures().Count(page));
        Assert.Contains("<td>-</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Training loss", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truth_panel_hatches_what_nobody_annotated_and_shows_no_organ_that_is_hidden()
    {
        var geometry = Geometry.Regular(2, 6, 6, 1, 1, 1);
        byte[] labels = new byte[72];
        (labels[36], labels[37], labels[38], labels[39]) = (1, 1, 2, 3);
        var data = new CaseData("a", new Volume(geometry, new float[72]), labels, annotated: 0b001);
        var shown = ShownSlice.Of(data, new OrganSet(PhantomCase.Organs), "Worst");
        Assert.Equal("Worst: case a, slice 1; annotated: liver", shown.Caption);
        Assert.Equal([1, 1, 0, 0], shown.Truth[..4]);
        Assert.Equal([false, false, true, true], shown.NotAnnotated[..4]);
        var colours = OrganColours.Of(PhantomCase.Organs);
        Picture plain = SliceOverlay.Draw(shown.Image, 0, shown.Truth, colours, (0, 1)),
            hatched = SliceOverlay.Draw(shown.Image, 0, shown.Truth, colours, (0, 1), hatched: shown.NotAnnotated);
        Assert.Equal(plain[5, 5], hatched[5, 5]); // (0, 0), liver: known
        Assert.NotEqual(plain[0, 4], hatched[0, 4]); // (5, 1): on a line
        Assert.Equal(plain[1, 4], hatched[1, 4]); // (4, 1): between lines
    }

    [Fact]
    public void Cases_are_shown_and_listed_the_worst_first()
    {
        var geometry = Geometry.Regular(1, 1, 4, 1, 1, 1);
        var evaluator = new Evaluator(2, new EvaluationSettings { Surfaces = false });
        byte[][] predicted = [[1, 1, 2, 2], [1, 0, 0, 0], [1, 1, 2, 0], [0, 0, 2, 2]];
        var summary = EvaluationSummary.Of(
            [.. predicted.Select((each, i) => evaluator.Score($"case_{i}", geometry, [1, 1, 2, 2], 0b11, each))],
            new OrganSet(["liver", "stomach"]));
        Assert.Equal([(1, "Worst"), (2, "In the middle"), (0, "Best")], ShownSlice.Choose(summary));
        Table cases = ScoreTables.Cases(summary);
        Assert.Equal(["case_1", "case_1", "case_3", "case_3", "case_2", "case_2", "case_0", "case_0"], cases.Rows.Select(row => row[0]));
        Assert.Equal(["stomach", "liver"], cases.Rows.Take(2).Select(row => row[1]));
        Assert.DoesNotContain("HD95 mm", cases.Header); // nobody asked for distances
        Assert.Contains("HD95 mm", ScoreTables.Cases(EvaluationSummary.Of(
            [new Evaluator(2, new EvaluationSettings()).Score("a", geometry, [1, 1, 2, 2], 0b11, [1, 1, 2, 0])],
            new OrganSet(["liver", "stomach"]))).Header);
    }

    private static ReportContent Content()
    {
        var (volume, labels) = PhantomCase.Generate(new PhantomOptions { Depth = 16, Height = 64, Width = 64 }, 1);
        byte[] truth = labels.Voxels;
        byte[] Without(byte organ) => truth.Select(label => label == organ ? (byte)0 : label).ToArray();
        byte[] annotated = truth.Select(label => label == 1 ? label : (byte)0).ToArray();
        static VoxelBits Voxels(IEnumerable<uint> words) => new([.. words], words.Count());
        var liverOnly = Voxels(truth.Select(label => label == 1 ? 1u : 0u));
        var known = Voxels(truth.Select(label => label == 1 ? 7u : 1u));
        var added = Voxels(truth.Select((label, i) => label > 1 && i % 3 != 0 ? 1u << (label - 1) : 0u));
        var shown = ShownSlice.Of(new CaseData("case_001", volume, truth, annotated: 0b011), new OrganSet(PhantomCase.Organs), "Best");
        byte[][] Slices(byte[] map) =>
            [.. Enumerable.Repeat(map[(8 * 64 * 64)..(9 * 64 * 64)], 2)];
        return new ReportContent
        {
            Title = "Smile demo",
            Summary = "Mean Dice over 4 held-out phantoms with 70 % of the organ annotations missing: baseline 0.52, SMILE 0.81, SMILEr "
                + "0.84.",
            Organs = ["liver", "pancreas", "stomach"],
            Methods =
            [
                new("baseline", [0.7, 0.31, 0.55], [0.05, 0.08, 0.1], Loss(0.8), Slices(Without(2))),
                new("SMILE", [0.9, 0.62, 0.8], [0.02, 0.1, 0.04], Loss(0.5), Slices(Without(0))),
                new("SMILEr", [0.91, 0.7, 0.85], [0.02, 0.09, 0.05], Loss(0.4), Slices(truth)),
            ],
            CasesScored = "4 test cases",
            Shown = [shown with { Caption = "Worst" }, shown],
            Ambiguity = new("case_001", "liver", volume, liverOnly, known),
            Rounds = [new(1, 0.33, "pancreas", 310, 102, 0.93, 0.31), new(2, 0.66, "pancreas", 402, 265, 0.88, double.NaN)],
            Added =
            [
                new("round 1", volume, annotated, Voxels(added.All.ToArray().Select((a, i) => i % 2 == 0 ? a : 0u))),
                new("round 2", volume, annotated, added),
            ],
            LabelAnalysis = new(["organ", "method", "true positive", "false negative"], [["liver", "baseline", "0.012", "0.03"]]),
            Settings = [("train.steps", "300")],
            Versions = [("smile", "0.1.0")],
        };
    }

    private static List<(double, double)> Loss(double end)
    {
        var noise = new Random(3);
        return [.. Enumerable.Range(0, 600).Select(i => ((double)i, end + Math.Exp(-i / 80.0) + 0.1 * noise.NextDouble()))];
    }

    [GeneratedRegex("<img ")]
    private static partial Regex Pictures();
}
