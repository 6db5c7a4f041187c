namespace Smile.Net.Weights;

/// <summary>What <see cref="NetworkWeights.Load"/> did with each name.</summary>
/// <param name="Loaded">Copied.</param>
/// <param name="Missing">The network has it, the file has not.</param>
/// <param name="Unexpected">The file has it, the network has not.</param>
/// <param name="Mismatched">Both have it, with another shape or type.</param>
internal sealed record LoadReport(
    IReadOnlyList<string> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<string> Mismatched)
{
    private const int Shown = 6;

    /// <summary>Every tensor of the network was loaded and the file holds no other.</summary>
    public bool Complete => Missing.Count + Unexpected.Count + Mismatched.Count == 0;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Loaded.Count} loaded" + Part("missing", Missing) + Part("unexpected", Unexpected) + Part("of another shape", Mismatched);

    private static string Part(string what, IReadOnlyList<string> names) => names.Count == 0
        ? ""
        : $"; {names.Count} {what}: {string.Join(", ", names.Take(Shown))}{(names.Count > Shown ? ", ..." : "")}";
}
