using System.Text.Json.Nodes;
using Smile.Bench;

namespace Smile.Kit.Report;

/// <summary>The tables of a report; a stage without lines has none.</summary>
internal sealed class KitTables(IReadOnlyList<JsonObject> lines, TextWriter text)
{
    private const int MostNamed = 40, MostKernels = 12;

    public void Tests()
    {
        JsonObject[] tests = [.. Of("tests", "test")];
        if (tests.Length == 0)
            return;
        Head("Operations' tests", "precision | tests | passed | failed | bits equal | bits different | seconds", 6);
        foreach (var group in tests.GroupBy(test => Text(test, "precision")))
            Row(group.Key, $"{group.Count()}", Count(group, "result", "passed"), Count(group, "result", "failed"),
                Count(group, "bits", "equal"), Count(group, "bits", "different"), InvariantText.Of($"{group.Sum(Number("seconds")):F1}"));
        text.WriteLine();
        text.WriteLine("Bits are compared with those of the emulator, recorded where the kit was made. Each test also asks for the same "
            + "bits twice and for the scalar reference's numbers.");
        text.WriteLine();
        List("Failed", tests.Where(test => Text(test, "result") == "failed")
            .Select(test => $"{Text(test, "test")}: {Text(test, "message")}"));
        List("Other bits than the emulator's", tests.Where(test => Text(test, "bits") == "different")
            .Select(test => $"{Text(test, "test")}: {Text(test, "difference")}"));

        static string Count(IEnumerable<JsonObject> of, string member, string value) => $"{of.Count(test => Text(test, member) == value)}";
    }

    public void Steps()
    {
        JsonObject[] steps = [.. Of("steps", "median_ms")], peers = [.. Of("peer", "median_ms")];
        if (steps.Length == 0)
            return;
        Head("Training steps, ms", "step | precision | launches, then | loss | on the CPU | right | ours | least | "
            + "eager | ours / eager | compiled | ours / compiled | reduce-overhead | ours / that", 12);
        foreach (var group in steps.GroupBy(Shape))
        {
            JsonObject first = group.First();
            double[] times = [.. group.SelectMany(step => step["times"]!.AsArray()).Select(time => (double)time!).Order()];
            double ours = times.Length == 0 ? 0 : times[times.Length / 2];
            var cells = new List<string>
            {
                $"{Text(first, "backbone")} {Text(first, "batch")} x {Text(first, "size")}", Text(first, "precision"),
                $"{Text(first, "launches")}, {Text(first, "replay")}", InvariantText.Of($"{Number("loss")(first):F6}"),
                InvariantText.Of($"{Number("expected")(first):F6}"), group.All(step => (bool)step["agrees"]!) ? "yes" : "WRONG",
                InvariantText.Of($"{ours:F3}"), times.Length == 0 ? "" : InvariantText.Of($"{times[0]:F3}"),
            };
            foreach (string mode in (string[])["eager", "compiled", "reduce-overhead"])
            {
                double[] theirs = [.. peers.Where(peer => Shape(peer) == group.Key && Text(peer, "mode") == mode)
                    .Select(Number("median_ms")).Order()];
                cells.Add(theirs.Length == 0 ? "" : InvariantText.Of($"{theirs[theirs.Length / 2]:F3}"));
                cells.Add(theirs.Length == 0 ? "" : InvariantText.Of($"{ours / theirs[theirs.Length / 2]:F2}"));
            }

            Row([.. cells]);
        }

        text.WriteLine();
        text.WriteLine("Device time of a step that is replayed as a graph: the median of all turns. PyTorch's turns lie between ours.");
        text.WriteLine();
    }

    public void StepKernels()
    {
        JsonObject[] kernels = [.. Of("step kernels", "kernel")];
        if (kernels.Length == 0)
            return;
        Head("Kernels of the steps", "step | precision | kernel | grid | launches | us of all | the model's | bound by the model", 4);
        foreach (var group in kernels.GroupBy(Shape))
            foreach (JsonObject row in group.OrderByDescending(Number("microseconds")).Take(MostKernels))
                Row($"{Text(row, "backbone")} {Text(row, "batch")} x {Text(row, "size")}", Text(row, "precision"), Text(row, "kernel"),
                    Text(row, "grid"), Text(row, "launches"), InvariantText.Of($"{Number("microseconds")(row):F1}"),
                    row["model_microseconds"] is { } model ? InvariantText.Of($"{(double)model:F1}") : "", Text(row, "model_bound"));
        text.WriteLine();
        text.WriteLine($"The {MostKernels} longest of each step, each launched alone with its operands in the cache as far as they fit; "
            + "results.jsonl has all. The model counts 2.5 us for a launch.");
        text.WriteLine();
    }

    public void Kernels()
    {
        JsonObject[] kernels = [.. Of("kernels", "kernel")];
        if (kernels.Length == 0)
            return;
        Head("Kernels", "kernel | case | precision | right | registers | local | us | bound, us | of the bound", 5);
        foreach (JsonObject row in kernels)
            Row(Text(row, "kernel"), Text(row, "case"), Text(row, "precision"), (bool)row["right"]! ? "yes" : Text(row, "difference"),
                Text(row, "registers"), Text(row, "local_bytes"), InvariantText.Of($"{Number("microseconds")(row):F2}"),
                row["bound_microseconds"] is { } bound ? InvariantText.Of($"{(double)bound:F2} {Text(row, "bound_by")}") : "",
                row["of_the_bound"] is { } share ? InvariantText.Of($"{(double)share:P0}") : "");
        text.WriteLine();
    }

    public void Tools()
    {
        JsonObject[] tools = [.. Of("tools", "exit")];
        if (tools.Length == 0)
            return;
        Head("Tools", "tool | exit code | last line | log", 0);
        foreach (JsonObject row in tools)
            Row(Text(row, "tool"), Text(row, "exit"), Text(row, "output").Replace('|', '/'), Text(row, "log"));
        text.WriteLine();
    }

    public void Demo()
    {
        foreach (JsonObject start in Of("start", "seconds_to_first_step"))
            text.WriteLine(InvariantText.Of($"From the start of the process to the end of the first step of {Text(start, "backbone")}: ",
                $"{Number("seconds_to_first_step")(start):F2} s (the first such line with empty caches, the second with full ones).\n"));
        JsonObject[] demo = [.. Of("demo", "method")];
        if (demo.Length == 0)
            return;
        Head("Demo, Dice", "device | method | organs | mean | seconds of all methods", 2);
        foreach (JsonObject row in demo)
            Row(Text(row, "device"), Text(row, "method"),
                string.Join(", ", row["organs"]!.AsArray().Zip(row["dice"]!.AsArray(), (organ, dice) => $"{organ} {Dice(dice)}")),
                Dice(row["mean_dice"]), InvariantText.Of($"{Number("seconds_of_all")(row):F1}"));
        text.WriteLine();

        static string Dice(JsonNode? value) =>
            value!.GetValueKind() == System.Text.Json.JsonValueKind.Number ? InvariantText.Of($"{(double)value:F3}") : $"{value}";
    }

    public void Skipped() => List("Skipped or failed", lines.Where(line => line["skipped"] is not null || line["failed"] is not null)
        .Select(line => string.Join(", ", line
            .Where(member => member.Value is not null).Select(member => $"{member.Key} {member.Value}"))));

    private IEnumerable<JsonObject> Of(string stage, string member) =>
        lines.Where(line => KitReport.Is(line, stage) && line[member] is not null);

    private void Head(string title, string columns, int right)
    {
        text.WriteLine($"## {title}");
        text.WriteLine();
        text.WriteLine($"| {columns} |");
        text.WriteLine($"|{string.Concat(Enumerable.Repeat("---|", columns.Split('|').Length - right))}"
            + string.Concat(Enumerable.Repeat("---:|", right)));
    }

    private void Row(params string[] cells) => text.WriteLine($"| {string.Join(" | ", cells)} |");

    private void List(string title, IEnumerable<string> items)
    {
        string[] all = [.. items];
        if (all.Length == 0)
            return;
        text.WriteLine($"{title}:");
        text.WriteLine();
        foreach (string item in all.Take(MostNamed))
            text.WriteLine($"- {item.ReplaceLineEndings(" ")}");
        if (all.Length > MostNamed)
            text.WriteLine($"- and {all.Length - MostNamed} more in results.jsonl");
        text.WriteLine();
    }

    private static string Shape(JsonObject line) =>
        $"{Text(line, "backbone")} {Text(line, "batch")} {Text(line, "size")} {Text(line, "precision")}";

    private static string Text(JsonObject line, string member) => line[member]?.ToString() ?? "";

    private static Func<JsonObject, double> Number(string member) => line => (double)line[member]!;
}
