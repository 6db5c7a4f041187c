using Smile.Kit.Run;

namespace Smile.PtxEmulator.Tests.Reports;

/// <summary>The lines that a run of the GPU kit writes.</summary>
public sealed class ResultLinesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-lines-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_before_a_kill_is_read()
    {
        var lines = new ResultLines(_folder);
        Assert.Empty(lines.Read());
        lines.Add("steps", new { MedianMs = 1.5, Times = new[] { 1.25, double.NaN } });
        lines.Add("kernels", new { Kernel = "Fill" });
        File.AppendAllText(lines.Path, """{"stage":"kernels","ker""");
        Assert.Equal(["""{"stage":"steps","median_ms":1.5,"times":[1.25,"NaN"]}""", """{"stage":"kernels","kernel":"Fill"}"""],
            lines.Read().Select(line => line.ToJsonString()));
    }

    [Fact]
    public void Two_writers_leave_the_lines_of_both()
    {
        ResultLines parent = new(_folder), child = new(_folder);
        parent.Add("a", new { N = 1 });
        child.Add("b", new { N = 2 });
        parent.Add("a", new { N = 3 });
        Assert.Equal([1, 2, 3], parent.Read().Select(line => (int)line["n"]!));
    }
}
