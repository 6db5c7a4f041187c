namespace Smile.Net.Data;

/// <summary>
/// Which labels one organ's classifier is trained on (paper, table 1): counts of voxels over all cases, ignored voxels left out.
/// "Used" is the label that training sees, "is" the truth.
/// </summary>
/// <param name="Organ">The organ.</param>
/// <param name="Cases">Cases.</param>
/// <param name="MissingCases">Cases in which the organ is not annotated.</param>
/// <param name="Voxels">Voxels.</param>
/// <param name="Positives">Voxels of the organ, as far as they are known.</param>
/// <param name="MissingPositives">Of these, in cases where it is not annotated.</param>
/// <param name="MissingVoxels">Voxels in those cases.</param>
/// <param name="Baseline">What the softmax baseline uses: every voxel.</param>
/// <param name="Smile">What SMILE uses: known voxels.</param>
/// <param name="OtherOrgans">Voxels of annotated other organs in cases where this one is not annotated: epsilon, as a count.</param>
public sealed record OrganLabels(
    string Organ, int Cases, int MissingCases, long Voxels, long Positives, long MissingPositives, long MissingVoxels,
    LabelCells Baseline, LabelCells Smile, long OtherOrgans)
{
    /// <summary>Of the cases in which the organ is not annotated, those whose label map does not hold its hidden truth.</summary>
    public required int UnknownCases { get; init; }

    /// <summary>
    /// Shares of all voxels of what the baseline uses. How much of its background is the organ, and how much is not, is NaN where a case
    /// without the annotation has no hidden truth either.
    /// </summary>
    public (double TruePositives, double FalseNegatives, double FalsePositives, double TrueNegatives) BaselineShares =>
        UnknownCases == 0 ? Baseline.Of(Voxels) : Baseline.Of(Voxels) with { FalseNegatives = double.NaN, TrueNegatives = double.NaN };

    /// <summary>Shares of all voxels of what SMILE uses: known labels alone, so that no hidden truth is asked for.</summary>
    public (double TruePositives, double FalseNegatives, double FalsePositives, double TrueNegatives) SmileShares => Smile.Of(Voxels);

    /// <summary>beta: the organ's share of all voxels; NaN where it is not known.</summary>
    public double Beta => UnknownCases == 0 ? Share(Positives, Voxels) : double.NaN;

    /// <summary>The share of cases in which the organ is not annotated: the alpha that an experiment sets.</summary>
    public double AlphaByCases => Share(MissingCases, Cases);

    /// <summary>
    /// The share of the organ's voxels that lie in such cases. The paper's TP = (1 - alpha) beta and FN = alpha beta hold exactly
    /// with this alpha; with the alpha by cases only where the organ is as large in the cases with it as in those without. NaN where it is
    /// not known.
    /// </summary>
    public double AlphaByOrgan => UnknownCases == 0 ? Share(MissingPositives, Positives) : double.NaN;

    /// <summary>
    /// The share of the other voxels that lie in such cases, with which TN = (1 - alpha) (1 - beta) + epsilon holds exactly; NaN where it
    /// is not known.
    /// </summary>
    public double AlphaByBackground => UnknownCases == 0 ? Share(MissingVoxels - MissingPositives, Voxels - Positives) : double.NaN;

    /// <summary>
    /// epsilon, exact: the share of all voxels that annotated other organs fill in cases where this organ is not annotated. (The
    /// paper writes the sum of the other betas, its value were every other organ annotated there and this organ nowhere.)
    /// </summary>
    public double Epsilon => Share(OtherOrgans, Voxels);

    /// <summary>The paper's (1 - alpha) beta, true positives of both methods, for any of the three alphas.</summary>
    public double ExpectedTruePositives(double alpha) => (1 - alpha) * Beta;

    /// <summary>The paper's alpha beta, false negatives of the baseline.</summary>
    public double ExpectedBaselineFalseNegatives(double alpha) => alpha * Beta;

    /// <summary>The paper's 1 - beta, true negatives of the baseline.</summary>
    public double ExpectedBaselineTrueNegatives => 1 - Beta;

    /// <summary>The paper's (1 - alpha) (1 - beta) + epsilon, true negatives of SMILE.</summary>
    public double ExpectedSmileTrueNegatives(double alpha) => (1 - alpha) * (1 - Beta) + Epsilon;

    private static double Share(long part, long whole) => (double)part / whole;
}

/// <summary>The four cells of the confusion of used labels against the truth, in voxels; <see cref="Of"/> gives shares.</summary>
/// <param name="TruePositives">Is the organ, used as the organ.</param>
/// <param name="FalseNegatives">Is the organ, used as not the organ.</param>
/// <param name="FalsePositives">Is not the organ, used as the organ.</param>
/// <param name="TrueNegatives">Is not the organ, used as not the organ.</param>
public readonly record struct LabelCells(long TruePositives, long FalseNegatives, long FalsePositives, long TrueNegatives)
{
    /// <summary>Voxels used at all.</summary>
    public long Used => TruePositives + FalseNegatives + FalsePositives + TrueNegatives;

    /// <summary>The cells as shares of <paramref name="voxels"/>, in the order of the parameters.</summary>
    public (double TruePositives, double FalseNegatives, double FalsePositives, double TrueNegatives) Of(long voxels) =>
        ((double)TruePositives / voxels, (double)FalseNegatives / voxels, (double)FalsePositives / voxels, (double)TrueNegatives / voxels);

    internal LabelCells With(bool isOrgan, bool used, long count) => (isOrgan, used) switch
    {
        (true, true) => this with { TruePositives = TruePositives + count },
        (true, false) => this with { FalseNegatives = FalseNegatives + count },
        (false, true) => this with { FalsePositives = FalsePositives + count },
        (false, false) => this with { TrueNegatives = TrueNegatives + count },
    };
}

/// <summary>
/// Table 1 of the paper as a measurement: how many right and wrong labels the baseline and SMILE learn from, as far as the truth is at
/// hand.
/// The labels are those that training uses (<see cref="AmbiguityMap"/>), not a formula.
/// </summary>
public static class LabelAnalysis
{
    /// <summary>One row an organ, in their order.</summary>
    /// <exception cref="DataException">There is no case.</exception>
    public static IReadOnlyList<OrganLabels> Of(IReadOnlyList<CaseData> cases, OrganSet organs)
    {
        if (cases.Count == 0)
            throw new DataException("There is no case to analyse.");
        var histograms = cases.Select(Histogram).ToArray();
        return [.. Enumerable.Range(0, organs.Count).Select(k => Row(cases, histograms, organs, k))];
    }

    private static OrganLabels Row(IReadOnlyList<CaseData> cases, long[][] histograms, OrganSet organs, int k)
    {
        LabelCells baseline = default, smile = default;
        long voxels = 0, positives = 0, missingPositives = 0, missingVoxels = 0, otherOrgans = 0;
        int missingCases = 0;
        for (int i = 0; i < cases.Count; i++)
        {
            OrganBits annotated = cases[i].Annotated;
            bool missing = !annotated.Has(k);
            missingCases += missing ? 1 : 0;
            for (byte label = 0; label <= organs.Count; label++)
            {
                long count = histograms[i][label];
                bool isOrgan = label == Labels.Of(k);
                byte visible = AmbiguityMap.Visible(label, annotated);
                (OrganBits organBits, OrganBits knownBits) = AmbiguityMap.Bits(label, annotated, organs.Count);
                voxels += count;
                positives += isOrgan ? count : 0;
                missingVoxels += missing ? count : 0;
                missingPositives += missing && isOrgan ? count : 0;
                otherOrgans += missing && visible != Labels.Background ? count : 0;
                baseline = baseline.With(isOrgan, visible == Labels.Of(k), count);
                if (knownBits.Has(k))
                    smile = smile.With(isOrgan, organBits.Has(k), count);
            }
        }

        return new OrganLabels(organs.Names[k], cases.Count, missingCases, voxels, positives, missingPositives, missingVoxels, baseline,
            smile, otherOrgans)
        {
            UnknownCases = cases.Count(each => !each.Truth.Has(k)),
        };
    }

    private static long[] Histogram(CaseData source)
    {
        var counts = new long[256];
        ReadOnlySpan<byte> labels = source.Labels.Runs(out ReadOnlySpan<ushort> lengths);
        for (int run = 0; run < labels.Length; run++)
            counts[labels[run]] += lengths[run];
        return counts;
    }
}
