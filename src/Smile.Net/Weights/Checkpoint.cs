using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Smile.Net.Models;
using Smile.Net.Tensors;
using Smile.Net.Training;

namespace Smile.Net.Weights;

/// <summary>
/// A network's weights with what is needed to use them and to go on training: a safetensors file whose tensors have
/// torchvision's names and shapes, moments as <c>momentum/&lt;name&gt;</c>, and JSON texts in the metadata.
/// </summary>
/// <param name="Settings">Of the run that made the weights.</param>
/// <param name="Organs">The organs, in the order of the network's outputs.</param>
/// <param name="State">Where the run stood.</param>
public sealed record Checkpoint(RunSettings Settings, IReadOnlyList<string> Organs, RunState State)
{
    private const string Format = "smile-checkpoint", Version = "1", MomentPrefix = "momentum/";

    /// <summary>Whether the outputs are softmax classes with background first, not sigmoids.</summary>
    public bool Softmax => Settings.Train.Method == Methods.Baseline;

    /// <summary>Writes weights and running statistics, and the moments where training is to go on from the file.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Save(string path, Network network, bool moments)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["format_version"] = Version,
            ["settings"] = Settings.ToText(),
            ["organs"] = JsonSerializer.Serialize(Organs, RunJson.Default.IReadOnlyListString),
            ["state"] = JsonSerializer.Serialize(State, RunJson.Default.RunState),
        };
        var tensors = network.Parameters.Select(p => TensorSource.Floats(p.Name, p.Shape, () => p.Read(network.Backend, p.Value)));
        if (moments)
            tensors = tensors.Concat(network.Parameters.Where(p => p.Trained)
                .Select(p => TensorSource.Floats(MomentPrefix + p.Name, p.Shape, () => p.Read(network.Backend, p.Moment))));
        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>Reads the metadata.</summary>
    /// <exception cref="DataException">The file is damaged, or was not written by Smile.</exception>
    public static Checkpoint Read(string path)
    {
        using Safetensors file = Safetensors.Open(path);
        return Read(file);
    }

    /// <summary>Reads metadata, weights, statistics and moments; every tensor of the network must be there.</summary>
    /// <exception cref="DataException">As for <see cref="Read(string)"/>, or a tensor is missing or has another shape.</exception>
    public static Checkpoint Resume(string path, Network network)
    {
        using Safetensors file = Safetensors.Open(path);
        Checkpoint checkpoint = Read(file);
        foreach (Parameter p in network.Parameters)
        {
            p.Write(network.Backend, p.Value, Exactly(file, p.Name, p.Shape));
            if (p.Trained)
                p.Write(network.Backend, p.Moment, Exactly(file, MomentPrefix + p.Name, p.Shape));
        }

        return checkpoint;
    }

    /// <summary>
    /// Copies weights and statistics by name into the network; tensors of any safetensors file with torchvision's names will do.
    /// Moments and <c>num_batches_tracked</c> are passed over.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="network">Keeps what it holds where the file has nothing that fits.</param>
    /// <param name="partial">Accept missing, unexpected and differently shaped tensors, and report them; at least one must fit.</param>
    /// <exception cref="DataException">
    /// The file is damaged; or does not fit exactly and <paramref name="partial"/> is false; or nothing fits.
    /// </exception>
    public static LoadReport LoadWeights(string path, Network network, bool partial = false)
    {
        using Safetensors file = Safetensors.Open(path);
        var byName = network.Parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
        var report = new LoadReport(
            [.. file.Tensors.Where(t => byName.TryGetValue(t.Name, out Parameter? p) && Fits(t, p.Shape)).Select(t => t.Name)],
            [.. byName.Keys.Where(name => !file.TryGet(name, out _)).Order(StringComparer.Ordinal)],
            [.. file.Tensors.Where(t => !byName.ContainsKey(t.Name) && !PassedOver(t.Name)).Select(t => t.Name)],
            [.. file.Tensors.Where(t => byName.TryGetValue(t.Name, out Parameter? p) && !Fits(t, p.Shape))
                .Select(t => $"{t.Name} {t.Type}[{string.Join(", ", t.Shape)}], expected F32[{string.Join(", ", byName[t.Name].Shape)}]")]);
        if (report.Loaded.Count == 0 || (!partial && !report.Complete))
            throw new DataException($"{path}: the weights do not fit the network: {report}.");
        foreach (string name in report.Loaded)
            byName[name].Write(network.Backend, byName[name].Value, file.ReadFloats(name));
        return report;
    }

    /// <summary>Writes a copy of a checkpoint that says another state; the tensors are the same.</summary>
    /// <exception cref="DataException">The file is damaged, or the copy cannot be written.</exception>
    internal static void Copy(string from, string to, RunState state)
    {
        using Safetensors file = Safetensors.Open(from);
        var metadata = new Dictionary<string, string>(file.Metadata, StringComparer.Ordinal) { ["state"] = JsonSerializer.Serialize(state, RunJson.Default.RunState) };
        SafetensorsWriter.Write(to, file.Tensors.Select(t => TensorSource.Floats(t.Name, t.Shape, () => file.ReadFloats(t.Name))), metadata);
    }

    private static Checkpoint Read(Safetensors file)
    {
        string format = Text(file, "format"), version = Text(file, "format_version");
        if (format != Format || version != Version)
            throw new DataException($"{file.Path}: is '{format}' version {version}; this program reads {Format} version {Version}.");
        RunSettings settings;
        try
        {
            settings = RunSettings.FromText(Text(file, "settings"), "settings");
        }
        catch (ConfigException e)
        {
            throw new DataException($"{file.Path}: {e.Message} It was written by another version of Smile.", e);
        }

        var organs = Json(file, "organs", RunJson.Default.IReadOnlyListString);
        return new Checkpoint(settings, organs, Json(file, "state", RunJson.Default.RunState));
    }

    private static T Json<T>(Safetensors file, string key, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Text(file, key), type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new DataException($"{file.Path}: __metadata__.{key} cannot be read: {e.Message}", e);
        }
    }

    private static string Text(Safetensors file, string key) => file.Metadata.TryGetValue(key, out string? text)
        ? text
        : throw new DataException($"{file.Path}: has no __metadata__.{key}; it is no checkpoint of Smile. "
            + "Its weights can be loaded with train.weights.");

    private static float[] Exactly(Safetensors file, string name, IReadOnlyList<int> shape)
    {
        float[] values = file.ReadFloats(name);
        return file.TryGet(name, out TensorEntry entry) && Fits(entry, shape)
            ? values
            : throw new DataException($"{file.Path}: tensor '{name}' has shape [{string.Join(", ", entry.Shape)}], "
                + $"the network needs [{string.Join(", ", shape)}].");
    }

    private static bool Fits(TensorEntry entry, IReadOnlyList<int> shape) =>
        entry.Type == TensorType.F32 && entry.Shape.SequenceEqual(shape);

    /// <summary>Whether the tensor of that name is an optimiser's moment.</summary>
    internal static bool IsMoment(string name) => name.StartsWith(MomentPrefix, StringComparison.Ordinal);

    private static bool PassedOver(string name) =>
        IsMoment(name) || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);
}

/// <summary>What <see cref="Checkpoint.LoadWeights"/> did with each name.</summary>
/// <param name="Loaded">Copied.</param>
/// <param name="Missing">The network has it, the file has not.</param>
/// <param name="Unexpected">The file has it, the network has not.</param>
/// <param name="Mismatched">Both have it, with another shape or type.</param>
public sealed record LoadReport(
    IReadOnlyList<string> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<string> Mismatched)
{
    private const int Shown = 6;

    /// <summary>Every tensor of the network was loaded and the file holds no other.</summary>
    public bool Complete => Missing.Count + Unexpected.Count + Mismatched.Count == 0;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Loaded.Count} loaded" + Part("missing", Missing) + Part("unexpected", Unexpected) + Part("of another shape", Mismatched);

    private static string Part(string what, IReadOnlyList<string> names) => names.Count == 0
        ? ""
        : $"; {names.Count} {what}: {string.Join(", ", names.Take(Shown))}{(names.Count > Shown ? ", ..." : "")}";
}
