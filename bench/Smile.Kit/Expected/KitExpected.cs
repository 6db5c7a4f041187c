using System.Text.Json;
using System.Text.Json.Nodes;
using Smile.Bench.Gpu;
using Smile.Bench.Ptx;
using Smile.Kit.OnGpu;
using Smile.Kit.Run;
using Smile.Net.Settings;

namespace Smile.Kit.Expected;

/// <summary>
/// What is computed where the kit is made, so that no minute of a GPU goes to it: files in expected/SIZE beside the program.
/// </summary>
internal static class KitExpected
{
    private const string Bits = "bits.tsv", Losses = "losses.json", Counts = "counts.json", Kit = "kit.json";

    /// <summary>The device that the machine code's model is of.</summary>
    private const string ModelGpu = "h200";

    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <summary>Computes everything; 0, or 6 where a test fails on the emulator.</summary>
    /// <param name="size">For which size.</param>
    /// <param name="folder">The folder of the size's files.</param>
    /// <param name="commit">What the kit is made of.</param>
    public static int Make(KitSize size, string folder, string commit)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Kit), new JsonObject { ["commit"] = commit, ["made"] = $"{DateTime.UtcNow:u}" }.ToString());
        using (var counting = new Counting(size.Kernels))
            Write(folder, Counts, CountedKernel.Of(counting));
        Write(folder, Losses, size.Steps.ToDictionary(NameOf, StepTime.ExpectedOf));
        Models(size, folder);
        return OpTests.Record(size, Path.Combine(folder, Bits));
    }

    /// <summary>The commit that the kit is made of; "unknown" where nothing says.</summary>
    public static string Commit(KitSize size) => Read(size, Kit) is { } text ? (string)JsonNode.Parse(text)!["commit"]! : "unknown";

    /// <summary>The bits of the operations' tests; null where the kit has none.</summary>
    public static OpBits? BitsOf(KitSize size) => OpBits.Read(size.Expected(Bits));

    /// <summary>The loss of a step's third update on the CPU; null where the kit has none.</summary>
    public static double? LossOf(KitSize size, StepShape shape) =>
        Read(size, Losses) is { } text && JsonNode.Parse(text)![NameOf(shape)] is { } loss ? (double)loss : null;

    /// <summary>What the emulator counted of the kernels.</summary>
    public static IReadOnlyList<CountedKernel> CountsOf(KitSize size) =>
        Read(size, Counts) is { } text ? JsonSerializer.Deserialize<CountedKernel[]>(text, _json)! : [];

    /// <summary>The rows of the machine code's model of a step on a device; none where the kit has no model of it.</summary>
    public static IReadOnlyList<JsonObject> ModelOf(KitSize size, StepShape shape, string precision, string? device)
    {
        bool known = device is not null && GpuSpecification.Find(device) == GpuSpecification.Named(ModelGpu);
        return known && Read(size, ModelName(shape, precision)) is { } text
            ? [.. JsonNode.Parse(text)!["rows"]!.AsArray().Select(row => row!.AsObject())]
            : [];
    }

    /// <summary>Asks NVIDIA's compiler for the steps that the model knows; says so where it is not here.</summary>
    private static void Models(KitSize size, string folder)
    {
        foreach (StepShape shape in size.Steps.Where(shape => shape.Batch == Bench.Ptx.Step.StepQuestion.Batch))
            foreach (string precision in Precisions.All)
            {
                string file = Path.Combine(folder, ModelName(shape, precision));
                int exit = PtxCommand.Run(["--step", shape.Backbone, "--size", $"{shape.Size}", "--precision", precision, "--gpu", ModelGpu,
                    "--json", file]);
                if (exit == 0)
                    continue;
                Console.Error.WriteLine("The kit has no times of the model: see above.");
                return;
            }
    }

    private static string ModelName(StepShape shape, string precision) => $"model-{ModelGpu}-{NameOf(shape)}-{precision}.json";

    private static string NameOf(StepShape shape) => $"{shape.Backbone}-{shape.Batch}x{shape.Size}";

    private static void Write<T>(string folder, string name, T value) =>
        File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(value, _json));

    private static string? Read(KitSize size, string name) =>
        File.Exists(size.Expected(name)) ? File.ReadAllText(size.Expected(name)) : null;
}
