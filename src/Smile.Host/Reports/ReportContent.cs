using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Host.Reports;

/// <summary>Everything that report.html shows; parts that are empty are left out.</summary>
internal sealed record ReportContent
{
    public required string Title { get; init; }

    /// <summary>The outcome in a sentence or two.</summary>
    public required string Summary { get; init; }

    /// <summary>What speaks against the outcome, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public required IReadOnlyList<string> Organs { get; init; }

    /// <summary>In the order they are shown.</summary>
    public required IReadOnlyList<MethodResult> Methods { get; init; }

    /// <summary>What the Dice are means over: "4 test cases".</summary>
    public string CasesScored { get; init; } = "";

    /// <summary>The scores case by case; null leaves them out.</summary>
    public EvaluationSummary? Scores { get; init; }

    /// <summary>HU shown as black and as white.</summary>
    public (double Low, double High) Window { get; init; } = (-160, 240);

    /// <summary>Slices that are shown with truth and predictions, the worst first.</summary>
    public IReadOnlyList<ShownSlice> Shown { get; init; } = [];

    /// <summary>What the training labels of one case teach.</summary>
    public Ambiguity? Ambiguity { get; init; }

    /// <summary>Pseudo labels by round and organ, over all training cases.</summary>
    public IReadOnlyList<RoundRow> Rounds { get; init; } = [];

    /// <summary>The audit of the rounds, where annotations were held out for it.</summary>
    public IReadOnlyList<AuditRow> Audits { get; init; } = [];

    /// <summary>Where the labels come from (<see cref="LedgerTable"/>); null where no round was made.</summary>
    public Table? Ledger { get; init; }

    /// <summary>Pictures of one case, a round each.</summary>
    public IReadOnlyList<AddedPixels> Added { get; init; } = [];

    /// <summary>The paper's table 1, measured.</summary>
    public Table? LabelAnalysis { get; init; }

    /// <summary>Resolved settings under dotted keys.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>Program, runtime, device, data.</summary>
    public IReadOnlyList<(string Name, string Value)> Versions { get; init; } = [];
}

/// <summary>Header and rows of a table.</summary>
internal sealed record Table(IReadOnlyList<string> Header, IReadOnlyList<string[]> Rows);

/// <summary>What one method reached.</summary>
/// <param name="Name">baseline, SMILE, SMILEr.</param>
/// <param name="Dice">Mean over the cases, an organ each; NaN where nothing could be scored.</param>
/// <param name="Deviation">Standard deviation of Dice over the cases, an organ each; NaN below two cases.</param>
/// <param name="Loss">Training loss by step.</param>
/// <param name="Predictions">Canonical labels of each slice that is shown; empty where there are none.</param>
internal sealed record MethodResult(
    string Name, IReadOnlyList<double> Dice, IReadOnlyList<double> Deviation, IReadOnlyList<(double X, double Y)> Loss,
    IReadOnlyList<byte[]> Predictions)
{
    /// <summary>Mean over the organs that could be scored.</summary>
    public double MeanDice => Dice.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}

/// <summary>Two mask words a voxel of a training case, bit k: is organ k, is known for organ k.</summary>
internal sealed record Ambiguity(string Case, string Annotated, Volume Volume, VoxelBits IsOrgan, VoxelBits IsKnown);

/// <summary>The pseudo labels of a training case after a round: bit k of a voxel's word.</summary>
internal sealed record AddedPixels(string Caption, Volume Volume, byte[] Labels, VoxelBits Added);
