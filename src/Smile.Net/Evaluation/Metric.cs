namespace Smile.Net.Evaluation;

/// <summary>A number of a score, as it is averaged and written.</summary>
/// <param name="Key">Its name in summary.json; nnU-Net's where nnU-Net has it.</param>
/// <param name="Column">Its name in metrics.csv.</param>
/// <param name="Of">The number; NaN where it is not defined.</param>
public sealed record Metric(string Key, string Column, Func<OrganScore, double> Of)
{
    public static Metric Dice { get; } = new("Dice", "dice", s => s.Dice);

    public static Metric IoU { get; } = new("IoU", "iou", s => s.IoU);

    public static Metric Precision { get; } = new("Precision", "precision", s => s.Precision);

    public static Metric Recall { get; } = new("Recall", "recall", s => s.Recall);

    public static Metric Ravd { get; } = new("RAVD", "ravd_percent", s => s.Ravd);

    public static Metric Hd95 { get; } = new("HD95", "hd95_mm", s => s.Surfaces.Hd95);

    public static Metric Hd { get; } = new("HD", "hd_mm", s => s.Surfaces.Hd);

    /// <summary>The same number as <see cref="Hd"/>, under CHAOS's name.</summary>
    public static Metric Mssd { get; } = new("MSSD", "mssd_mm", s => s.Surfaces.Hd);

    public static Metric Assd { get; } = new("ASSD", "assd_mm", s => s.Surfaces.Assd);

    public static Metric SurfaceDice { get; } = new("SurfaceDice", "surface_dice", s => s.Surfaces.SurfaceDice);

    public static Metric PredictedMl { get; } = new("volume_pred_ml", "volume_pred_ml", s => s.PredictedMl);

    public static Metric ReferenceMl { get; } = new("volume_ref_ml", "volume_ref_ml", s => s.ReferenceMl);

    /// <summary>All, in the order of the table's columns; counts of voxels last.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        Dice, IoU, Precision, Recall, Ravd, Hd95, Hd, Mssd, Assd, SurfaceDice, PredictedMl, ReferenceMl,
        new("TP", "tp", s => s.TP), new("FP", "fp", s => s.FP), new("FN", "fn", s => s.FN), new("TN", "tn", s => s.TN),
        new("n_pred", "n_pred", s => s.Predicted), new("n_ref", "n_ref", s => s.Reference),
    ];
}
