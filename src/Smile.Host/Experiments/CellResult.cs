using System.Text.Json.Serialization;
using Smile.Host.Reports;
using Smile.Net.Runs;

namespace Smile.Host.Experiments;

/// <summary>Dice of one test case, an organ each; NaN where the organ was not scored.</summary>
internal sealed record CaseDice(string Case, IReadOnlyList<double> Dice)
{
    /// <summary>The voxels behind it, an organ each, 0 where the organ was not scored; null in cells of earlier versions.</summary>
    public IReadOnlyList<OrganVoxels>? Voxels { get; init; }
}

/// <summary>The test cases once more, with thresholds that were calibrated on the validation cases.</summary>
/// <param name="Thresholds">An organ each.</param>
/// <param name="Dice">As <see cref="CellResult.Dice"/>.</param>
/// <param name="Average">As <see cref="CellResult.Average"/>.</param>
/// <param name="Cases">As <see cref="CellResult.Cases"/>.</param>
internal sealed record CalibratedScore(
    IReadOnlyList<double> Thresholds, IReadOnlyList<double> Dice, double Average, IReadOnlyList<CaseDice> Cases);

/// <summary>A finished cell, as its file holds it.</summary>
internal sealed record CellResult
{
    public required string Id { get; init; }

    /// <summary><see cref="Cell.Key"/>: of what decides the result.</summary>
    public required string Key { get; init; }

    public required string Label { get; init; }

    public required string Method { get; init; }

    public required double Alpha { get; init; }

    public required int Split { get; init; }

    /// <inheritdoc cref="Cell.TrainCases"/>
    public int TrainCases { get; init; }

    /// <summary>The cell that was run, where this one shares its result.</summary>
    public string? SameAs { get; init; }

    /// <summary>Mean Dice over the test cases, an organ each.</summary>
    public required IReadOnlyList<double> Dice { get; init; }

    /// <summary>Mean of the organs' means.</summary>
    public required double Average { get; init; }

    /// <summary>The test cases by id.</summary>
    public required IReadOnlyList<CaseDice> Cases { get; init; }

    /// <summary>The same weights at calibrated thresholds; null without validation cases, and in cells of earlier versions.</summary>
    public CalibratedScore? Calibrated { get; init; }

    /// <summary>The scores of this cell at calibrated thresholds in place of its own; null where it has none.</summary>
    public CellResult? AtCalibrated() => Calibrated is null ? null : this with
    {
        Dice = Calibrated.Dice,
        Average = Calibrated.Average,
        Cases = Calibrated.Cases,
    };

    /// <summary>SMILEr's rounds against the hidden truth, over the training cases; empty for the other methods.</summary>
    public required IReadOnlyList<RoundRow> Rounds { get; init; }

    /// <summary>On annotated organs of the validation cases.</summary>
    public required IReadOnlyList<ValidationReport> Validations { get; init; }

    /// <summary>The step whose weights were tested: that of the best validation, else the last.</summary>
    public required int PickedStep { get; init; }

    /// <summary>SHA-256 over the predicted label maps of all test cases.</summary>
    public required string Predictions { get; init; }

    /// <summary>SHA-256 over the weights that were tested: equal where two runs went the same way bit for bit.</summary>
    public string Weights { get; init; } = "";

    /// <summary>What ran it.</summary>
    public required string Device { get; init; }

    /// <summary>CPU threads it was given; 0: one a core.</summary>
    public required int Threads { get; init; }

    /// <summary>Wall time of training and scoring; of the last sitting where the cell was resumed.</summary>
    public required double Seconds { get; init; }

    /// <summary>ISO 8601, UTC.</summary>
    public required string Finished { get; init; }

    /// <summary>What the figures draw.</summary>
    public IReadOnlyList<KeptSlice> Slices { get; init; } = [];
}

/// <summary>The finished cells in results.json, whatever stands beside them.</summary>
internal sealed record StoredCells(IReadOnlyList<CellResult> Cells);

/// <summary>One slice that is kept to be drawn, (y, x), with what was predicted there.</summary>
/// <param name="Case">The case.</param>
/// <param name="Organ">Whose classifier is shown; empty: all organs.</param>
/// <param name="Z">The slice.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Grey">The image through the window, 0 .. 255.</param>
/// <param name="Truth">Labels; of one organ 0 and 1.</param>
/// <param name="Stages">One prediction, or one a round.</param>
internal sealed record KeptSlice(
    string Case, string Organ, int Z, int Height, int Width, byte[] Grey, byte[] Truth, IReadOnlyList<KeptStage> Stages);

/// <summary>A prediction.</summary>
/// <param name="Round">0 for a model that has learnt from the annotation alone.</param>
/// <param name="Gamma">The share taken in the round that follows; NaN where none does.</param>
/// <param name="Predicted">As the slice's truth.</param>
/// <param name="Selected">1 where the voxel was taken as pseudo label for the next stage; empty where no round follows.</param>
internal sealed record KeptStage(int Round, double Gamma, byte[] Predicted, byte[] Selected);

/// <summary>JSON of a study's files; NaN is written by name, voxels in base64.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(CellResult))]
[JsonSerializable(typeof(StudyRecord))]
[JsonSerializable(typeof(StudyResults))]
[JsonSerializable(typeof(StoredCells))]
internal sealed partial class StudyJson : JsonSerializerContext;
