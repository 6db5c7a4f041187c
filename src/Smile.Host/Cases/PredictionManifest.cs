using System.Text.Json.Nodes;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Weights;

namespace Smile.Host.Cases;

/// <summary>
/// What <c>smile predict --manifest</c> writes: by what the label maps were made, and what was found in each case and said of it.
/// </summary>
/// <param name="path">The checkpoint's.</param>
/// <param name="model">What it says of itself.</param>
internal sealed class PredictionManifest(string path, Checkpoint model)
{
    private const string Ending = ".json";

    private readonly JsonArray _cases = [];

    /// <summary>The backend that predicts, by its own name.</summary>
    public required string Device { get; init; }

    /// <summary>Options of the command line that change what is written, by their names.</summary>
    public required JsonObject Options { get; init; }

    /// <summary>What holds of all cases.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Refuses a name that another file of the prediction has, or that is no JSON's, before anything is predicted.</summary>
    /// <param name="file">The manifest's name.</param>
    /// <param name="names">The file that names the labels; null where there is none.</param>
    /// <exception cref="ConfigException">It is refused.</exception>
    public static void Demand(string file, string? names)
    {
        if (!file.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            throw new ConfigException($"--manifest {file}: JSON is written. Give the file the ending {Ending}.");
        if (names is not null && Path.GetFullPath(names) == Path.GetFullPath(file))
            throw new ConfigException($"--manifest {file}: the names of the labels are written there. Name another file.");
    }

    /// <summary>Takes a case that was predicted.</summary>
    /// <param name="job">What was segmented, and where the result is.</param>
    /// <param name="geometry">The image's grid.</param>
    /// <param name="found">Of each organ, ml, in the order of the model's organs.</param>
    /// <param name="cleaned">What cleaning did to each organ.</param>
    /// <param name="warnings">What was said of the case.</param>
    public void Add(PredictionJob job, Geometry geometry, IReadOnlyList<double> found, IReadOnlyList<CleanedOrgan> cleaned,
        IEnumerable<string> warnings)
    {
        var (dz, dy, dx) = geometry.Spacing;
        double voxel = dz * dy * dx / 1000;
        _cases.Add(new JsonObject
        {
            ["image"] = job.Image,
            ["output"] = job.Output,
            ["size_zyx"] = new JsonArray(geometry.Depth, geometry.Height, geometry.Width),
            ["spacing_zyx_mm"] = new JsonArray(dz, dy, dx),
            ["volumes_ml"] = ByOrgan(found),
            ["removed_ml"] = ByOrgan([.. cleaned.Select(organ => organ.Removed * voxel)]),
            ["filled_ml"] = ByOrgan([.. cleaned.Select(organ => organ.Filled * voxel)]),
            ["warnings"] = Texts(warnings),
        });
    }

    /// <summary>Takes a case that failed.</summary>
    public void AddFailure(PredictionJob job, string error) =>
        _cases.Add(new JsonObject { ["image"] = job.Image, ["error"] = error });

    /// <summary>Writes the file.</summary>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void Write(string file) => IndentedJson.Write(file, new JsonObject
    {
        ["smile"] = SmileVersion.Text,
        ["device"] = Device,
        ["options"] = Options.DeepClone(),
        ["model"] = new JsonObject
        {
            ["file"] = path,
            ["weights_sha256"] = WeightsHash.OfFile(path),
            ["trained_by"] = model.Program,
            ["organs"] = Texts(model.Organs),
            ["not_learnt"] = Texts(model.State.NotLearnt),
            ["seen_only"] = model.SeenOnly,
            ["thresholds"] = model.Thresholds is { } thresholds ? new JsonArray([.. thresholds.Select(t => (JsonNode?)t)]) : null,
            ["spacing_yx_mm"] = model.Settings.PlaneSpacing() is { } spacing ? new JsonArray(spacing.Y, spacing.X) : null,
            ["settings"] = JsonNode.Parse(model.Settings.ToText()),
        },
        ["warnings"] = Texts(Warnings),
        ["cases"] = _cases.DeepClone(),
    });

    private JsonObject ByOrgan(IReadOnlyList<double> values) =>
        new([.. model.Organs.Zip(values, (organ, ml) => KeyValuePair.Create(organ, (JsonNode?)Math.Round(ml, 3)))]);

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode?)text)];
}
