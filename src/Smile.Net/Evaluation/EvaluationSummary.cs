using Smile.Net.Data;

namespace Smile.Net.Evaluation;

/// <summary>One organ over all cases. Means are over the cases in which the metric is a number, and NaN where there is none.</summary>
/// <param name="Organ">The organ's name.</param>
/// <param name="Cases">Cases in which the organ was scored, empty ones included.</param>
/// <param name="BothEmpty">Of these, without the organ in truth and prediction; they enter no mean.</param>
/// <param name="Missed">Of these, in the truth only.</param>
/// <param name="FalseAlarms">Of these, in the prediction only.</param>
/// <param name="Mean">The means.</param>
/// <param name="DiceDeviation">Sample standard deviation of Dice over the cases; NaN below two that have a number.</param>
public sealed record OrganSummary(
    string Organ, int Cases, int BothEmpty, int Missed, int FalseAlarms, MeanScore Mean, double DiceDeviation);

/// <summary>Means of <see cref="OrganScore"/>'s values.</summary>
public sealed record MeanScore(
    double Dice, double IoU, double Hd95, double SurfaceDice, double TP, double FP, double FN, double TN,
    double Predicted, double Reference)
{
    internal static MeanScore Of(IReadOnlyCollection<OrganScore> scores) => new(
        Mean(scores, s => s.Dice), Mean(scores, s => s.IoU), Mean(scores, s => s.Hd95), Mean(scores, s => s.SurfaceDice),
        Mean(scores, s => s.TP), Mean(scores, s => s.FP), Mean(scores, s => s.FN), Mean(scores, s => s.TN),
        Mean(scores, s => s.Predicted), Mean(scores, s => s.Reference));

    internal static MeanScore Of(IReadOnlyCollection<MeanScore> means) => new(
        Mean(means, m => m.Dice), Mean(means, m => m.IoU), Mean(means, m => m.Hd95), Mean(means, m => m.SurfaceDice),
        Mean(means, m => m.TP), Mean(means, m => m.FP), Mean(means, m => m.FN), Mean(means, m => m.TN),
        Mean(means, m => m.Predicted), Mean(means, m => m.Reference));

    private static double Mean<T>(IEnumerable<T> of, Func<T, double> value) => Statistics.Mean(of.Select(value));
}

/// <summary>The result of an evaluation.</summary>
/// <param name="Cases">Case by case.</param>
/// <param name="Organs">Organ by organ, every organ of the study.</param>
/// <param name="Foreground">The mean of the organs' means; an organ without a value is left out.</param>
public sealed record EvaluationSummary(IReadOnlyList<CaseScore> Cases, IReadOnlyList<OrganSummary> Organs, MeanScore Foreground)
{
    /// <summary>Takes the means; sums run in the order of the cases.</summary>
    public static EvaluationSummary Of(IReadOnlyList<CaseScore> cases, OrganSet organs)
    {
        OrganSummary[] rows = [.. organs.Names.Select((name, k) =>
            Row(name, [.. cases.SelectMany(each => each.Organs).Where(score => score.Organ == k)]))];
        return new EvaluationSummary(cases, rows, MeanScore.Of([.. rows.Select(row => row.Mean)]));
    }

    private static OrganSummary Row(string organ, OrganScore[] scores) => new(
        organ, scores.Length, Count(scores, OrganOutcome.BothEmpty), Count(scores, OrganOutcome.Missed),
        Count(scores, OrganOutcome.FalseAlarm),
        MeanScore.Of(scores), Statistics.Deviation(scores.Select(score => score.Dice)));

    private static int Count(OrganScore[] scores, OrganOutcome outcome) => scores.Count(score => score.Outcome == outcome);
}
