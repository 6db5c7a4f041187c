using Smile.Kernels.Ops.MaskedLoss;

namespace Smile.Net.Settings;

/// <summary>The names of the losses: one of the pixels, one of the organs' regions, or the sum of two.</summary>
public static class Losses
{
    /// <summary>Cross-entropy: binary of each organ, or over classes for the baseline.</summary>
    public const string Bce = "bce";

    /// <summary>Cross-entropy of which easy pixels count less.</summary>
    public const string Focal = "focal";

    /// <summary>1 - Dice of each organ's region over the batch.</summary>
    public const string Dice = "dice";

    /// <summary>Dice that weighs false positives and false negatives apart.</summary>
    public const string Tversky = "tversky";

    /// <summary>The sum of both.</summary>
    public const string BceDice = $"{Bce}+{Dice}";

    /// <summary>All, the paper's first.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Bce, BceDice, $"{Bce}+{Tversky}", Focal, $"{Focal}+{Dice}", $"{Focal}+{Tversky}", Dice, Tversky];

    /// <summary>The region's part of a loss, dice or tversky; null where it has none.</summary>
    public static string? RegionOf(string loss) => loss.Split('+')[^1] is var name && name is Dice or Tversky ? name : null;

    /// <summary>What the loss of the settings is made of.</summary>
    internal static LossTerms Terms(TrainSettings train)
    {
        string[] parts = train.Loss.Split('+');
        bool pixels = parts[0] is Bce or Focal, tversky = parts[^1] == Tversky;
        return new LossTerms(
            pixels ? 1 : 0,
            parts[0] == Focal ? (float)train.FocalGamma : 0,
            train.LossNorm == LossNorms.Known,
            RegionOf(train.Loss) is null ? 0 : (float)train.DiceWeight,
            tversky ? (float)train.TverskyAlpha : 0.5f,
            tversky ? (float)train.TverskyBeta : 0.5f);
    }
}

/// <summary>What the pixels' loss is divided by.</summary>
public static class LossNorms
{
    /// <summary>The pixels of the batch, known or not: the paper's.</summary>
    public const string All = "all";

    /// <summary>What is known: pairs of pixel and organ; for the baseline pixels that are not ignored.</summary>
    public const string Known = "known";

    /// <summary>Both.</summary>
    public static IReadOnlyList<string> Names { get; } = [All, Known];
}
