using System.Text.Json;
using System.Text.Json.Serialization;
using Smile.Net.Data;
using Smile.Net.Relabel;

namespace Smile.Net.Runs;

/// <summary>Where a run stands: with weights, moments and stored pseudo labels, all that decides the bits of what follows.</summary>
public sealed record RunState
{
    /// <summary>Updates done.</summary>
    public int Step { get; init; }

    /// <summary>
    /// Updates since the optimiser's moments were zero: those of the run, or of the round where rounds begin from the first weights.
    /// </summary>
    public int Updates { get; init; }

    /// <summary>0, or the SMILEr round whose pseudo labels are learnt from.</summary>
    public int Stage { get; init; }

    /// <summary>Position of the slice sampler: the words of its generator.</summary>
    public IReadOnlyList<ulong> Sampler { get; init; } = [];

    /// <summary>No round follows: the audit stopped them, or one was undone.</summary>
    public bool RoundsEnded { get; init; }

    /// <summary>F1 of each held-out annotation in its organ's best round so far (<see cref="RelabelAudit"/>).</summary>
    public IReadOnlyList<double> Audit { get => field ?? []; init; } // absent in files of earlier versions

    /// <summary>What the numbers of <see cref="Audit"/> are: f1; empty in runs of earlier versions, where they were precisions.</summary>
    public string AuditMeasure { get; init; } = "";

    /// <summary>All validations so far.</summary>
    public IReadOnlyList<ValidationReport> History { get; init; } = [];

    /// <summary>Organs of the data set that the model has not learnt, because no training case showed one.</summary>
    public IReadOnlyList<string> NotLearnt { get => field ?? []; init; } // absent in files of earlier versions

    /// <summary>Hash of images, labels and annotation states of the run.</summary>
    public string DataHash { get; init; } = "";
}

/// <summary>JSON of what a run stores beside its settings; NaN is written by name.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(RunState))]
[JsonSerializable(typeof(RunManifest))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(CaseSpacings))]
internal sealed partial class RunJson : JsonSerializerContext;

/// <summary>manifest.json: what made the run.</summary>
public sealed record RunManifest
{
    public string Smile { get; init; } = "";

    public string DotNet { get; init; } = "";

    public string System { get; init; } = "";

    public string Backend { get; init; } = "";

    public int Seed { get; init; }

    public string DataHash { get; init; } = "";

    /// <summary>Of the first start, ISO 8601 in UTC.</summary>
    public string Started { get; init; } = "";

    /// <summary>The organs, bit 0 first.</summary>
    public IReadOnlyList<string> Organs { get; init; } = [];

    /// <summary>Of the cases that are trained on, as they are trained on, mm; null in manifests of before it was stored.</summary>
    public CaseSpacings? Spacing { get; init; }

    internal string ToText() => JsonSerializer.Serialize(this, RunJson.Default.RunManifest);

    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public static RunManifest Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), RunJson.Default.RunManifest) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new DataException($"{path}: cannot be read: {e.Message} Start a new run.", e);
        }
    }
}
