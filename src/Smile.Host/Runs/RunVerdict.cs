using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Evaluation;
using Smile.Net.Settings;

namespace Smile.Host.Runs;

/// <summary>What speaks against a finished run, as far as its scores and its loss tell.</summary>
/// <param name="Faults">What it has not learnt, a sentence each.</param>
/// <param name="Expected">Whether it made enough updates to have learnt something: then a fault fails the command.</param>
internal sealed record RunVerdict(IReadOnlyList<string> Faults, bool Expected)
{
    /// <summary>Updates below which a run is a trial: that it has learnt nothing is told, and is no failure.</summary>
    public const int LeastUpdates = 200;

    // The first losses, and the share of the last ones, that are averaged.
    private const int First = 5;
    private const double LastShare = 0.1;

    // How far above the loss of a network that knows nothing no sane learning rate comes.
    private const double Rise = 2;

    /// <summary>
    /// An organ that was trained on and is predicted in no case that has it, or nowhere in the right place, in all cases that were scored;
    /// and a loss that did not fall. A learning rate is named where the loss rose far above that of a network that knows nothing.
    /// </summary>
    /// <param name="summary">Scores of the organs that were trained on.</param>
    /// <param name="losses">Of all steps.</param>
    /// <param name="train">The settings.</param>
    public static RunVerdict Of(EvaluationSummary summary, IReadOnlyList<double> losses, TrainSettings train)
    {
        var faults = new List<string>();
        for (int k = 0; k < summary.Organs.Count; k++)
        {
            OrganScore[] there = [.. summary.Cases.SelectMany(each => each.Organs).Where(score => score.Organ == k && score.Reference > 0)];
            if (there.Length == 0 || there.Any(score => score.TP > 0))
                continue;
            string cases = Words.Count(there.Length, "scored case has it", "scored cases have it");
            faults.Add(there.All(score => score.Predicted == 0)
                ? $"{summary.Organs[k].Organ} is predicted nowhere, and {cases}"
                : $"{summary.Organs[k].Organ} has Dice 0: what is predicted lies nowhere on it, and {cases}");
        }

        AddLoss(faults, losses, train, summary.Organs.Count);
        return new RunVerdict(faults, train.Steps >= LeastUpdates);
    }

    private static void AddLoss(List<string> faults, IReadOnlyList<double> losses, TrainSettings train, int organs)
    {
        if (losses.Count < 2 * First)
            return;
        double first = losses.Take(First).Average();
        double last = losses.TakeLast(Math.Max(First, (int)(LastShare * losses.Count))).Average();
        double ignorant = KnowsNothing(losses[0], train, organs);
        var (peakStep, peak) = losses.Index().MaxBy(each => each.Item);
        bool fell = last < first, rose = peak > Rise * ignorant;
        if (!fell)
            faults.Add($"the loss did not fall: {Invariant.Text(first)} in the first steps, {Invariant.Text(last)} in the last");
        if (rose && faults.Count > 0)
        {
            faults.Add($"train.lr {Invariant.Text(train.LearningRate, "0.######")} is too high: the loss rose to {Invariant.Text(peak)} "
                + $"(step {Invariant.Text(peakStep + 1)}), and a network that knows nothing has {Invariant.Text(ignorant)}");
        }
        else if (!fell)
        {
            faults.Add($"train.lr {Invariant.Text(train.LearningRate, "0.######")} may be too low, or too high");
        }
    }

    /// <summary>
    /// The loss of a network that gives every class the same probability, where all labels are known; of losses of regions, which have no
    /// such number, the first one.
    /// </summary>
    private static double KnowsNothing(double first, TrainSettings train, int organs) =>
        train.Loss != Losses.Bce ? first : train.Method == Methods.Baseline ? Math.Log(organs + 1) : organs * Math.Log(2);
}
