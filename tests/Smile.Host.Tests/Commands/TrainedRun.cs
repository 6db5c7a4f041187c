using System.Text.Json;

namespace Smile.Host.Tests.Commands;

/// <summary>A data set and a SMILEr run on it, made once for the tests of a class; nothing in them may be changed.</summary>
public sealed class TrainedRun : IDisposable
{
    /// <summary>A network and a budget of a second.</summary>
    internal static readonly string[] Small =
    [
        "--steps", "12", "--set", "model.width=4", "--set", "model.head=conv", "--set", "train.size=16", "--set", "train.batch=2",
        "--set", "augment.shift=2", "--device", "scalar",
    ];

    public TrainedRun()
    {
        string annotations = Path.Combine(Data.Folder, "annotations.json");
        File.WriteAllText(annotations, """{ "case_0": ["liver"], "case_1": ["stomach"], "case_3": [] }""");
        var result = SmileCli.Run(["train", "--data", Data.Folder, "-o", Run, "--method", "smiler", .. Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Output = result.Out;
    }

    internal TinyDataset Data { get; } = new();

    public string Root { get; } = Directory.CreateTempSubdirectory("smile-run-").FullName;

    public string Run => Path.Combine(Root, "run");

    public string Final => Path.Combine(Run, "checkpoints", "final.safetensors");

    /// <summary>What the training wrote on the standard output.</summary>
    public string Output { get; }

    /// <summary>A copy of the final checkpoint in which one weight is NaN.</summary>
    public string WithoutANumber(string folder)
    {
        byte[] bytes = File.ReadAllBytes(Final);
        BitConverter.TryWriteBytes(bytes.AsSpan(^4), float.NaN);
        string path = Path.Combine(folder, "diverged.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A copy of the final checkpoint that sees every organ everywhere.</summary>
    public string SeeingAll(string folder)
    {
        byte[] bytes = File.ReadAllBytes(Final);
        int header = (int)BitConverter.ToInt64(bytes);
        using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, header));
        JsonElement range = json.RootElement.GetProperty("classifier.bias").GetProperty("data_offsets");
        for (int at = range[0].GetInt32(); at < range[1].GetInt32(); at += sizeof(float))
            BitConverter.TryWriteBytes(bytes.AsSpan(8 + header + at), 100f);
        string path = Path.Combine(folder, "all.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose()
    {
        Data.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
