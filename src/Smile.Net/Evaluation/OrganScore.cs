namespace Smile.Net.Evaluation;

/// <summary>Which side had voxels of the organ at all.</summary>
public enum OrganOutcome
{
    /// <summary>Truth and prediction both have the organ: every metric is a number.</summary>
    Scored,

    /// <summary>Neither has it: right, but no overlap and no distance is defined: they are NaN and enter no mean.</summary>
    BothEmpty,

    /// <summary>
    /// The truth has it, the prediction does not: Dice, IoU and surface Dice are 0; distances are NaN and enter no mean.
    /// </summary>
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
public sealed record OrganScore(int Organ, long TP, long FP, long FN, long TN)
{
    /// <summary>Of a voxel, ml.</summary>
    public required double VoxelMl { get; init; }

    /// <summary>Distances of the surfaces; none where a side is empty or they were not asked for.</summary>
    public SurfaceScore Surfaces { get; init; } = SurfaceScore.None;

    /// <summary>Voxels of the prediction.</summary>
    public long Predicted => TP + FP;

    /// <summary>Voxels of the truth.</summary>
    public long Reference => TP + FN;

    /// <summary>2 TP / (2 TP + FP + FN); NaN where both sides are empty.</summary>
    public double Dice => 2.0 * TP / (2.0 * TP + FP + FN);

    /// <summary>TP / (TP + FP + FN); NaN where both sides are empty.</summary>
    public double IoU => (double)TP / (TP + FP + FN);

    /// <summary>TP / (TP + FP); NaN where nothing is predicted.</summary>
    public double Precision => (double)TP / Predicted;

    /// <summary>TP / (TP + FN); NaN where the truth has none.</summary>
    public double Recall => (double)TP / Reference;

    /// <summary>
    /// Relative absolute volume difference, percent of the truth's volume (CHAOS: 100 |V_pred - V_ref| / V_ref); NaN where the truth
    /// has none.
    /// </summary>
    public double Ravd => Reference == 0 ? double.NaN : 100.0 * Math.Abs(Predicted - Reference) / Reference;

    /// <summary>Volume of the prediction, ml.</summary>
    public double PredictedMl => Predicted * VoxelMl;

    /// <summary>Volume of the truth, ml.</summary>
    public double ReferenceMl => Reference * VoxelMl;

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
