namespace Smile.Net.Settings;

/// <summary>The names of what an organ's annotated volume is the volume of, for <see cref="Selections.Volume"/>.</summary>
public static class VolumeBases
{
    /// <summary>A case: all of them show as much of the body.</summary>
    public const string Case = "case";

    /// <summary>A slice: some cases are higher than others, as parts of scans and picked slices are.</summary>
    public const string Slice = "slice";

    /// <summary>All, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [Case, Slice];
}
