namespace Smile.Net.Evaluation;

/// <summary>Which side had voxels of the organ at all.</summary>
public enum OrganOutcome
{
    /// <summary>Truth and prediction both have the organ: every metric is a number.</summary>
    Scored,

    /// <summary>Neither has it: right, but no metric is defined. Every metric is NaN and enters no mean.</summary>
    BothEmpty,

    /// <summary>The truth has it, the prediction does not: Dice, IoU and surface Dice are 0; HD95 is NaN and enters no mean.</summary>
    Missed,

    /// <summary>The prediction has it, the truth does not: as <see cref="Missed"/>.</summary>
    FalseAlarm,
}

/// <summary>One organ of one case: counts in voxels, ignored ones left out.</summary>
/// <param name="Organ">The organ's index.</param>
/// <param name="TP">True positives.</param>
/// <param name="FP">False positives.</param>
/// <param name="FN">False negatives.</param>
/// <param name="TN">True negatives.</param>
/// <param name="Hd95">95th percentile Hausdorff distance, mm; NaN where a side is empty or surfaces were not asked for.</param>
/// <param name="SurfaceDice">Surface Dice at the tolerance; NaN where both sides are empty or surfaces were not asked for.</param>
public sealed record OrganScore(int Organ, long TP, long FP, long FN, long TN, double Hd95, double SurfaceDice)
{
    /// <summary>Voxels of the prediction.</summary>
    public long Predicted => TP + FP;

    /// <summary>Voxels of the truth.</summary>
    public long Reference => TP + FN;

    /// <summary>2 TP / (2 TP + FP + FN); NaN where both sides are empty.</summary>
    public double Dice => 2.0 * TP / (2.0 * TP + FP + FN);

    /// <summary>TP / (TP + FP + FN); NaN where both sides are empty.</summary>
    public double IoU => (double)TP / (TP + FP + FN);

    /// <summary>Which side was empty.</summary>
    public OrganOutcome Outcome => (Reference > 0, Predicted > 0) switch
    {
        (true, true) => OrganOutcome.Scored,
        (true, false) => OrganOutcome.Missed,
        (false, true) => OrganOutcome.FalseAlarm,
        (false, false) => OrganOutcome.BothEmpty,
    };
}

/// <summary>The scored organs of one case: those annotated in it, or all where the truth is complete.</summary>
/// <param name="Id">The case.</param>
/// <param name="Organs">By index; an organ that is not scored is not listed.</param>
public sealed record CaseScore(string Id, IReadOnlyList<OrganScore> Organs)
{
    /// <summary>The predicted label map's file, where there is one.</summary>
    public string? PredictionFile { get; init; }

    /// <summary>The true label map's file, where there is one.</summary>
    public string? ReferenceFile { get; init; }
}
