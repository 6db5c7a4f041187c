namespace Smile.Net.Settings;

/// <summary>The names of the rules that choose among a round's candidates.</summary>
public static class Selections
{
    /// <summary>The highest scores: the paper's.</summary>
    public const string Score = "score";

    /// <summary>The lower of the scores of the slice and its mirror image: agreement under a flip.</summary>
    public const string Flips = "flips";

    /// <summary>What a small network, trained on the annotated organs, says of a prediction's being right.</summary>
    public const string Confidence = "confidence";

    /// <summary>The highest scores, their number bounded by the organ's volumes in the cases in which it is annotated.</summary>
    public const string Prior = "prior";

    /// <summary>The highest scores, as many as the organ's mean annotated volume says, predicted as the organ or not quite.</summary>
    public const string Volume = "volume";

    /// <summary>
    /// No rule but the ceiling of all of them: every hidden voxel of the organ, for studies in which annotations were taken away.
    /// </summary>
    public const string Truth = "truth";

    /// <summary>All rules, the paper's first.</summary>
    public static IReadOnlyList<string> All { get; } = [Score, Flips, Confidence, Prior, Volume];
}
