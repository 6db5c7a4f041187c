using System.Text.Json;
using System.Text.Json.Nodes;
using Smile.Bench.Gpu;

namespace Smile.Kit.Run;

/// <summary>PyTorch's step beside ours, by torch_step.py and the machine's own python3, where that has torch.</summary>
internal sealed class Peer(Child child, ResultLines lines)
{
    private const string Python = "python3";

    /// <summary>Whether there is a torch that finds the device; a line says what there is.</summary>
    public bool Find(TimeSpan limit)
    {
        ChildEnd? end = child.Program("peer", limit, Python,
            ["-c", "import torch; print(torch.__version__, 'cuda' if torch.cuda.is_available() else 'without cuda')"], [], null);
        bool found = end is { Exit: 0 } && end.Output.EndsWith(" cuda", StringComparison.Ordinal);
        lines.Add("peer", found
            ? new { Torch = end!.Output, Skipped = (string?)null }
            : new { Torch = "", Skipped = (string?)$"no torch to compare with: {(end is null ? "there is no python3" : end.Output)}" });
        return found;
    }

    /// <summary>A line a mode, as soon as it is measured; false where none was.</summary>
    public bool Measure(StepShape shape, string precision, string[] modes, TimeSpan limit)
    {
        if (limit <= TimeSpan.Zero)
            return false;
        bool any = false;
        ChildEnd? end = child.Program("peer", limit, Python,
            [Path.Combine(AppContext.BaseDirectory, "torch_step.py"), "--backbone", shape.Backbone, "--batch", $"{shape.Batch}",
                "--size", $"{shape.Size}", "--precision", precision, "--modes", string.Join(',', modes), "--lines"],
            [], line =>
            {
                try
                {
                    lines.Add("peer", JsonNode.Parse(line)!.AsObject());
                    any = true;
                }
                catch (Exception e) when (e is JsonException or InvalidOperationException)
                {
                    // What torch prints of its own is in the log.
                }
            });
        if (end?.Exit != 0)
            lines.Add("peer", new
            {
                shape.Backbone,
                shape.Batch,
                shape.Size,
                Precision = precision,
                Skipped = end?.Exit is null ? "no time left" : $"torch_step.py ended with {end.Exit}: {end.Output}",
            });
        return any;
    }
}
