using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Prediction;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Net.Runs;

/// <summary>
/// A network's weights with what is needed to use them and to go on training: a safetensors file whose tensors have
/// torchvision's names and shapes, moments as <c>momentum/&lt;name&gt;</c>, and JSON texts in the metadata.
/// </summary>
/// <param name="Settings">Of the run that made the weights.</param>
/// <param name="Organs">The organs, in the order of the network's outputs.</param>
/// <param name="State">Where the run stood.</param>
public sealed record Checkpoint(RunSettings Settings, IReadOnlyList<string> Organs, RunState State)
{
    private const string Format = "smile-checkpoint", Version = "1", SpacingKey = "spacing", ProgramKey = "smile";

    /// <summary>What alone the weights have seen, where that is no patient: "phantoms"; else empty.</summary>
    public string SeenOnly { get; init; } = "";

    /// <summary>The version of Smile that wrote the file (<see cref="SmileVersion"/>); empty in files of before it was stored.</summary>
    public string Program { get; init; } = "";

    /// <summary>Whether the outputs are softmax classes with background first, not sigmoids.</summary>
    public bool Softmax => Settings.Train.Method == Methods.Baseline;

    /// <summary>Of the cases as they were trained on; null in files of before it was stored.</summary>
    public CaseSpacings? Spacing { get; init; }

    /// <summary>
    /// The probability above which a voxel is an organ's, one an organ, as these weights' validation found it
    /// (<see cref="ThresholdCalibration"/>); null where they were not validated, or by an earlier version.
    /// </summary>
    public IReadOnlyList<double>? Thresholds => State.History.Count > 0 && State.History[^1] is { } last
        && (last.Step, last.Stage) == (State.Step, State.Stage) && last.Thresholds.Count == Organs.Count
        && last.Thresholds.All(threshold => threshold > 0 && threshold < 1) ? last.Thresholds : null;

    /// <summary><see cref="Thresholds"/>, where somebody wants them.</summary>
    /// <param name="path">This file's.</param>
    /// <exception cref="DataException">There are none.</exception>
    public IReadOnlyList<double> DemandThresholds(string path) => Thresholds ?? throw new DataException(
        $"{path}: has no calibrated thresholds: the weights were not validated, or by an earlier version of Smile. Leave --threshold "
        + "calibrated out, or train with validation cases (data.validation).");

    /// <summary>Writes weights and running statistics, and the moments where training is to go on from the file.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Save(string path, Network network, TensorSet tensors)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["format_version"] = Version,
            [ProgramKey] = SmileVersion.Text,
            ["settings"] = Settings.WithoutPaths().ToText(),
            ["organs"] = JsonSerializer.Serialize(Organs, RunJson.Default.IReadOnlyListString),
            ["state"] = JsonSerializer.Serialize(State, RunJson.Default.RunState),
        };
        if (Spacing is not null)
            metadata[SpacingKey] = JsonSerializer.Serialize(Spacing, RunJson.Default.CaseSpacings);
        SafetensorsWriter.Write(path, NetworkWeights.Of(network, tensors), metadata);
    }

    /// <summary>Reads the metadata.</summary>
    /// <exception cref="DataException">The file is damaged, or was not written by Smile.</exception>
    public static Checkpoint Read(string path)
    {
        using Safetensors file = Safetensors.Open(path);
        return Read(file);
    }

    /// <summary>Makes a predictor of a checkpoint's model and weights.</summary>
    /// <param name="path">A checkpoint that Smile wrote.</param>
    /// <param name="checkpoint">Its metadata.</param>
    /// <param name="open">Opens a backend; called again where the size of the slices changes.</param>
    /// <param name="batch">Slices a pass.</param>
    /// <exception cref="DataException">The file is damaged or not a checkpoint of Smile.</exception>
    public static Predictor LoadPredictor(string path, out Checkpoint checkpoint, Func<IBackend> open, int batch = 8)
    {
        checkpoint = Read(path);
        var predictor = new Predictor(checkpoint.Settings, checkpoint.Organs.Count, open, batch);
        try
        {
            predictor.LoadWeights(path);
            return predictor;
        }
        catch
        {
            predictor.Dispose();
            throw;
        }
    }

    /// <summary>Reads metadata, weights, statistics and moments; every tensor of the network must be there.</summary>
    /// <exception cref="DataException">As for <see cref="Read(string)"/>, or a tensor is missing or has another shape.</exception>
    public static Checkpoint Resume(string path, Network network)
    {
        using Safetensors file = Safetensors.Open(path);
        Checkpoint checkpoint = Read(file);
        NetworkWeights.Resume(file, network);
        return checkpoint;
    }

    /// <summary>Writes a copy of a checkpoint that says another state; the tensors are the same.</summary>
    /// <exception cref="DataException">The file is damaged, or the copy cannot be written.</exception>
    internal static void Copy(string from, string to, RunState state)
    {
        using Safetensors file = Safetensors.Open(from);
        var metadata = new Dictionary<string, string>(file.Metadata, StringComparer.Ordinal)
        {
            ["state"] = JsonSerializer.Serialize(state, RunJson.Default.RunState),
        };
        var tensors = file.Tensors.Select(t => TensorSource.Floats(t.Name, t.Shape, () => file.ReadFloats(t.Name)));
        SafetensorsWriter.Write(to, tensors, metadata);
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
        return new Checkpoint(settings, organs, Json(file, "state", RunJson.Default.RunState))
        {
            Spacing = file.Metadata.ContainsKey(SpacingKey) ? Json(file, SpacingKey, RunJson.Default.CaseSpacings) : null,
            SeenOnly = file.Metadata.GetValueOrDefault("seen_only", ""),
            Program = file.Metadata.GetValueOrDefault(ProgramKey, ""),
        };
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
}
