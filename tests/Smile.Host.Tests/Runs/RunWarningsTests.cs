using Smile.Host.Reports;
using Smile.Host.Runs;
using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Runs;

public sealed class RunWarningsTests : IDisposable
{
    private static readonly OrganSet _organs = new(["liver", "stomach"], ["spleen"]);

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-warnings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_the_screen_told_stands_in_the_report()
    {
        const string organ = "\"candidates\":9,\"selected\":9,\"precision\":null,\"recall\":null";
        string round = $$"""
            {"kind":"round","step":6,"stage":1,"gamma":0.33,"select":"score","organs":{"liver":{ {{organ}},"cases_exceeded":2,
            "most_added_case":"case_3","most_added_ml":3.072,"largest_annotated_ml":0.448},"stomach":{ {{organ}} } } }
            """.ReplaceLineEndings("");
        const string judged = "\"held_out\":1,\"selected\":9,\"precision\":0.1,\"recall\":0.2,\"f1\":0.1,\"fall\":0.1,\"fall_error\":0";
        string audit = $$"""
            {"kind":"audit","step":9,"stage":2,"gamma":0.66,"stopped":true,"reasons":["liver: precision 0.10 is below the floor"],
            "organs":{"liver":{ {{judged}} },"stomach":{ {{judged}} } } }
            """.ReplaceLineEndings("");
        string path = Path.Combine(_folder, "log.jsonl");
        File.WriteAllLines(path, [round, audit]);
        RunLogFile log = RunLogFile.Read(path, _organs.Names);
        CaseData[] cases = [Case("a", 1), Case("b", 2)];
        IReadOnlyList<string> warnings = RunWarnings.Of(new RunVerdict(["stomach is predicted nowhere"], true), _organs, log,
            new RunSettings { Data = new DataSettings { Spacing = Spacings.Native } }, cases);
        string[] parts =
        [
            "stomach is predicted nowhere", "spleen is not learnt", "round 1: liver: 2 cases were given far more than people drew: case_3",
            "the audit refused round 2, and the rounds ended: liver: precision 0.10 is below the floor",
            "slices of 1 to 2 x 1 to 2 mm (y, x), 1 mm apart, are trained on as they are", "a: ", "b: ",
        ];
        Assert.Equal(parts.Length, warnings.Count);
        Assert.All(parts.Zip(warnings), each => Assert.StartsWith(each.First, each.Second, StringComparison.Ordinal));

        ReportContent content = new() { Title = "t", Summary = "s", Warnings = warnings, Organs = ["liver"], Methods = [] };
        string page = Report.Render(content);
        Assert.All(parts, part => Assert.Contains($"<p>Warning: {part}", page, StringComparison.Ordinal));
        Assert.DoesNotContain("..</p>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_does_not_name_the_case_as_those_of_earlier_versions_is_read()
    {
        string path = Path.Combine(_folder, "log.jsonl");
        File.WriteAllText(path,
            """{"kind":"round","step":6,"stage":1,"gamma":0.33,"organs":{"liver":{"candidates":9,"selected":9,"""
            + """ "precision":null,"recall":null,"cases_exceeded":1,"most_added_ml":3,"largest_annotated_ml":0.5}}}""" + "\n");
        var log = RunLogFile.Read(path, ["liver"]);
        Assert.StartsWith("round 1: liver: 1 case was given far more than people drew: one 3 ml",
            Assert.Single(RunWarnings.OfRounds(log, new OrganSet(["liver"]))), StringComparison.Ordinal);
    }

    /// <summary>Numbers 0 .. 255, which are no HU.</summary>
    private static CaseData Case(string id, double spacing)
    {
        var grid = Geometry.Regular(4, 16, 16, 1, spacing, spacing);
        return new CaseData(id, new Volume(grid, [.. Enumerable.Range(0, 1024).Select(i => (float)(i % 256))]), new byte[1024], 0b11);
    }
}
