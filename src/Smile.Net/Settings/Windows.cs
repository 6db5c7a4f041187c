namespace Smile.Net.Settings;

/// <summary>Where the intensities that the network sees come from.</summary>
public static class Windows
{
    /// <summary>From data.window_low to data.window_high, mapped to [-1, 1].</summary>
    public const string Fixed = "fixed";

    /// <summary>From the training cases, at the start of the run: percentiles, mean and deviation of annotated voxels.</summary>
    public const string Auto = "auto";

    /// <summary>Both.</summary>
    public static IReadOnlyList<string> All { get; } = [Fixed, Auto];
}
