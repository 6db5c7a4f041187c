using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Smile.Kit.Expected;
using Smile.Kit.Run;

namespace Smile.Kit.Report;

/// <summary>The lines of a run for people, as bench/results holds them, and the same as one JSON.</summary>
internal static class KitReport
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <summary>Writes FOLDER/DEVICE/DATE-COMMIT.md and .json of what is there; the first one's path, null without a device.</summary>
    public static string? Write(KitOptions options, ResultLines lines)
    {
        JsonObject[] all = [.. lines.Read()];
        if (all.FirstOrDefault(line => Is(line, "devices") && line["name"] is not null) is not { } device)
            return null;
        string name = (string)device["name"]!, commit = KitExpected.Commit(options.Size);
        string folder = Path.Combine(options.Output, FolderOf(name));
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}-{commit}.md"));
        using var text = new StringWriter();
        text.WriteLine($"# {name}, commit {commit}");
        text.WriteLine();
        text.WriteLine("`bash bench/gpu-kit`, unpacked: "
            + string.Create(CultureInfo.InvariantCulture, $"`./run --minutes {options.Minutes} --output FOLDER")
            + $"{(options.Size == KitSize.Tiny ? " --tiny" : "")}`");
        text.WriteLine();
        if (name.StartsWith("emulated", StringComparison.Ordinal))
            text.WriteLine("The device is Smile's emulator: times are what it took on this CPU, and say nothing of a GPU.\n");
        text.WriteLine($"Compute capability {device["capability"]}, {(long)device["memory_bytes"]! >> 20} MiB, CUDA {device["cuda"]}; "
            + $"beside it {all[0]["processor"]}, {all[0]["processor_count"]} cores.");
        text.WriteLine();
        var tables = new KitTables(all, text);
        tables.Tests();
        tables.Steps();
        tables.StepKernels();
        tables.Kernels();
        tables.Tools();
        tables.Demo();
        tables.Skipped();
        Replace(path, text.ToString());
        Replace(Path.ChangeExtension(path, ".json"),
            new JsonObject { ["device"] = name, ["commit"] = commit, ["lines"] = new JsonArray([.. all]) }.ToJsonString(_json));
        return path;
    }

    /// <summary>The folder of a device: its name in small letters, what is no letter or digit a hyphen.</summary>
    public static string FolderOf(string device) =>
        string.Concat(device.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));

    /// <summary>Whether a line is of a stage.</summary>
    public static bool Is(JsonObject line, string stage) => (string?)line["stage"] == stage;

    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".tmp", text);
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
