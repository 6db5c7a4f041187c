namespace Smile.Net.Evaluation;

/// <summary>How far the surfaces of two masks lie apart, mm; NaN where it is not defined.</summary>
/// <param name="Hd">
/// The largest distance from a surface voxel of either mask to the other surface: the Hausdorff distance, which CHAOS calls MSSD.
/// </param>
/// <param name="Hd95">The larger of the two directed 95th percentiles of those distances.</param>
/// <param name="Assd">Their mean over the surface voxels of both masks together, as in CHAOS.</param>
/// <param name="SurfaceDice">The share of both surfaces that lies within the tolerance of the other; no length.</param>
public readonly record struct SurfaceScore(double Hd, double Hd95, double Assd, double SurfaceDice)
{
    /// <summary>Of surfaces that were not measured, or of two masks that are both empty.</summary>
    public static SurfaceScore None { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>Of two masks one of which is empty: nothing of the other is near it, and how far it is nobody can say.</summary>
    public static SurfaceScore OneSided { get; } = None with { SurfaceDice = 0 };
}
