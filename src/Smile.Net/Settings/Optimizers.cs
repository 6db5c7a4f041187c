namespace Smile.Net.Settings;

/// <summary>The names of the optimisers.</summary>
public static class Optimizers
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    public const string Sgd = "sgd";

    /// <summary>Adam with decoupled weight decay.</summary>
    public const string AdamW = "adamw";

    /// <summary>All, the paper's first.</summary>
    public static IReadOnlyList<string> All { get; } = [Sgd, AdamW];
}

/// <summary>The names of the ways in which the learning rate falls.</summary>
public static class Schedules
{
    /// <summary>(1 - share of the steps)^power.</summary>
    public const string Poly = "poly";

    /// <summary>Half a cosine.</summary>
    public const string Cosine = "cosine";

    /// <summary>It does not fall: for an average of the weights that reaches far back (<c>train.ema</c>).</summary>
    public const string Constant = "constant";

    /// <summary>All, DeepLab's first.</summary>
    public static IReadOnlyList<string> All { get; } = [Poly, Cosine, Constant];
}
