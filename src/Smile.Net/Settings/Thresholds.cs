namespace Smile.Net.Settings;

/// <summary>The names of the thresholds that a voxel's probability of an organ must exceed.</summary>
public static class Thresholds
{
    /// <summary>p &gt; 1/2; the baseline's classes compete.</summary>
    public const string Half = "0.5";

    /// <summary>An organ's own, found on the validation cases.</summary>
    public const string Calibrated = "calibrated";

    /// <summary>All, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [Half, Calibrated];
}
