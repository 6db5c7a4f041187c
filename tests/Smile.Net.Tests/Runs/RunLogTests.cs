using System.Text.Json;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Runs;

public sealed class RunLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-log-").FullName;

    private string FilePath => Path.Combine(_folder, "log.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_event_is_one_line_of_JSON()
    {
        using (RunLog log = RunLog.Open(FilePath, 0, 0, ["liver", "µ \"x\""]))
        {
            float[] losses = [1, 2];
            log.Write(new StepReport(1, 10, 0, 0.5, 0.01, losses, 0.1));
            log.Write(new ValidationReport(1, 0, 0.25, [0.25, double.NaN], true));
            log.Write(new RoundReport(1, 1, 0.33,
                [new OrganRound(1, 10, 3, 3, 2, 4), new OrganRound(0, 0, 0, 0, 0, 0)])
            { Select = Selections.Flips });
        }

        JsonElement[] lines = [.. File.ReadAllLines(FilePath).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["step", "validation", "round"], lines.Select(line => line.GetProperty("kind").GetString()));
        Assert.Equal(2, lines[0].GetProperty("organ_loss").GetProperty("µ \"x\"").GetDouble());
        Assert.Equal(JsonValueKind.Null, lines[1].GetProperty("dice").GetProperty("µ \"x\"").ValueKind);
        Assert.Equal("flips", lines[2].GetProperty("select").GetString());
        Assert.Equal(2 / 3.0, lines[2].GetProperty("organs").GetProperty("liver").GetProperty("precision").GetDouble());
    }

    [Fact]
    public void Lines_after_the_checkpoint_and_a_cut_line_are_dropped()
    {
        using (RunLog log = RunLog.Open(FilePath, 0, 0, ["liver"]))
        {
            foreach (var (step, stage) in new[] { (1, 0), (2, 0), (2, 1), (3, 1) })
                log.Write(new StepReport(step, 10, stage, 0.5, 0.01, default, 0.1));
        }

        File.AppendAllText(FilePath, """{"kind":"step","step":1,"st""");
        using (RunLog log = RunLog.Open(FilePath, 2, 0, ["liver"]))
            log.Write(new StepReport(9, 10, 1, 0.5, 0.01, default, 0.1));
        Assert.Equal([(1, 0), (2, 0), (9, 1)], File.ReadAllLines(FilePath).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(line => (line.GetProperty("step").GetInt32(), line.GetProperty("stage").GetInt32())));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using RunLog log = RunLog.Open(FilePath, 0, 0, ["liver"]);
        float[] losses = [0.1f];
        var report = new StepReport(1, 10, 0, 0.5, 0.01, losses, 0.1);
        log.Write(report);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            log.Write(report);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
