namespace Smile.Net.Settings;

/// <summary>The names of the three methods.</summary>
public static class Methods
{
    public const string Baseline = "baseline";
    public const string Smile = "smile";
    public const string Smiler = "smiler";

    /// <summary>All three, in the order of the paper's figure 3.</summary>
    public static IReadOnlyList<string> All { get; } = [Baseline, Smile, Smiler];
}
