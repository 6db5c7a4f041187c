using Smile.Host.Phantom;
using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>One curve of a study: a method, the settings in which it differs from the study's, and where it is run.</summary>
/// <param name="Label">Its name in files and tables; that of the method for the three of the paper.</param>
/// <param name="Method">One of <see cref="Methods"/>.</param>
/// <param name="Alphas">Shares of the annotations that are dropped, ascending.</param>
/// <param name="Set">"key=value", over the study's settings.</param>
internal sealed record Variant(string Label, string Method, IReadOnlyList<double> Alphas, IReadOnlyList<string> Set)
{
    /// <summary>One of the paper's three methods with the study's own settings.</summary>
    public bool Main => Label == Method;

    /// <summary>Why its annotations are missing, one of <see cref="DropModes"/>.</summary>
    public string Drop { get; init; } = DropModes.Random;

    /// <summary>Each organ is learnt by a model of its own, from the cases that annotate it, with its part of the updates.</summary>
    public bool EachAlone { get; init; }

    /// <summary>Shares that are asked for in place of the study's are its own too, as they are of the three methods.</summary>
    public bool AtAnyAlpha { get; init; }
}

/// <summary>
/// The paper's study (section 3): methods x alpha x random splits, with the same backbone, the same number of updates, the same seeds
/// and the same missing annotations for every method.
/// </summary>
internal sealed record Study
{
    /// <summary>Of the preset.</summary>
    public required string Name { get; init; }

    /// <summary>It is of the user's data alone: there are no phantoms in their place.</summary>
    public bool NeedsData { get; init; }

    /// <summary>Each organ keeps an annotated training case, whatever is dropped; with few training cases it does anyway.</summary>
    public bool KeepOne { get; init; }

    /// <summary>The phantoms that are generated where no data set is given.</summary>
    public required PhantomOptions Phantom { get; init; }

    /// <summary>How many.</summary>
    public required int Cases { get; init; }

    /// <summary>Data set folders; empty: phantoms.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Random divisions into training and test cases, K.</summary>
    public required int Splits { get; init; }

    /// <summary>Share of the cases that a split tests on.</summary>
    public double HeldOut { get; init; } = 0.2;

    /// <summary>
    /// Of the phantoms, the splits and the drops. Split s adds s to it, and to the run's seed: two splits share neither
    /// test cases by intent, nor missing annotations, nor first weights.
    /// </summary>
    public ulong Seed { get; init; } = 2018;

    public required IReadOnlyList<Variant> Variants { get; init; }

    /// <summary>Numbers of training cases that every variant is run with, ascending; empty: all of the split's.</summary>
    public IReadOnlyList<int> TrainCases { get; init; } = [];

    /// <summary>What is expected, stated before the runs.</summary>
    public IReadOnlyList<Claim> Claims { get; init; } = Claim.Paper;

    /// <summary>Of every run but for <c>train.method</c>, <c>run.seed</c> and what its variant sets.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>alpha of figure 5 and of table 1: the paper's 0.7 where the study has it, else the largest.</summary>
    public double ShownAlpha
    {
        get
        {
            var alphas = Variants.Where(v => v.Main).SelectMany(v => v.Alphas).ToArray();
            return alphas.Contains(0.7) ? 0.7 : alphas.DefaultIfEmpty(0).Max();
        }
    }

    /// <summary><see cref="Cell.TrainCases"/> of figure 5 and of table 1: the largest.</summary>
    public int ShownTrainCases => TrainCases.DefaultIfEmpty(0).Max();

    /// <summary>The study of the paper with the methods' own settings, on 0, 10 .. 90 %.</summary>
    public static IReadOnlyList<Variant> MainVariants(IReadOnlyList<double> alphas) =>
        [.. Methods.All.Select(method => new Variant(method, method, alphas, []))];
}
