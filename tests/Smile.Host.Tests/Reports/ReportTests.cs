using System.Text.RegularExpressions;
using Smile.Host.Phantom;
using Smile.Host.Reports;

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
        Assert.Equal(5 + 3 + 2, Pictures().Count(page));
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

    private static ReportContent Content()
    {
        var (volume, labels) = PhantomCase.Generate(new PhantomOptions { Depth = 16, Height = 64, Width = 64 }, 1);
        byte[] truth = labels.Voxels;
        byte[] Without(byte organ) => truth.Select(label => label == organ ? (byte)0 : label).ToArray();
        byte[] annotated = truth.Select(label => label == 1 ? label : (byte)0).ToArray();
        var liverOnly = truth.Select(label => label == 1 ? 1u : 0u).ToArray();
        var known = truth.Select(label => label == 1 ? 7u : 1u).ToArray();
        var added = truth.Select((label, i) => label > 1 && i % 3 != 0 ? 1u << (label - 1) : 0u).ToArray();
        return new ReportContent
        {
            Title = "Smile demo",
            Summary = "Mean Dice over 4 held-out phantoms with 70 % of the organ annotations missing: baseline 0.52, SMILE 0.81, SMILEr "
                + "0.84.",
            Organs = ["liver", "pancreas", "stomach"],
            Methods =
            [
                new("baseline", [0.7, 0.31, 0.55], [0.05, 0.08, 0.1], Loss(0.8), Without(2)),
                new("SMILE", [0.9, 0.62, 0.8], [0.02, 0.1, 0.04], Loss(0.5), Without(0)),
                new("SMILEr", [0.91, 0.7, 0.85], [0.02, 0.09, 0.05], Loss(0.4), truth),
            ],
            CasesScored = "4 test cases",
            Example = new("case_001", volume, truth),
            Ambiguity = new("case_001", "liver", volume, liverOnly, known),
            Rounds = [new(1, 0.33, "pancreas", 310, 102, 0.93, 0.31), new(2, 0.66, "pancreas", 402, 265, 0.88, double.NaN)],
            Added =
            [
                new("round 1", volume, annotated, added.Select((a, i) => i % 2 == 0 ? a : 0u).ToArray()),
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
