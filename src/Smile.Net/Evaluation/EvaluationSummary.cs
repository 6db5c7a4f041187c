using Smile.Net.Data;

namespace Smile.Net.Evaluation;

/// <summary>One organ over all cases. Means are over the cases in which the metric is a number, and NaN where there is none.</summary>
/// <param name="Organ">The organ's name.</param>
/// <param name="Cases">Cases in which the organ was scored, empty ones included.</param>
/// <param name="BothEmpty">Of these, without the organ in truth and prediction; they enter no mean.</param>
/// <param name="Missed">Of these, in the truth only.</param>
/// <param name="FalseAlarms">Of these, in the prediction only.</param>
/// <param name="Mean">The means.</param>
public sealed record OrganSummary(string Organ, int Cases, int BothEmpty, int Missed, int FalseAlarms, MeanScore Mean);

/// <summary>Means of <see cref="OrganScore"/>'s values.</summary>
public sealed record MeanScore(
    double Dice, double IoU, double Hd95, double SurfaceDice, double TP, double FP, double FN, double TN, double Predicted, double Reference)
{
    internal static MeanScore Of(IReadOnlyCollection<OrganScore> scores) => new(
        Mean(scores.Select(s => s.Dice)), Mean(scores.Select(s => s.IoU)), Mean(scores.Select(s => s.Hd95)), Mean(scores.Select(s => s.SurfaceDice)),
        Mean(scores.Select(s => (double)s.TP)), Mean(scores.Select(s => (double)s.FP)), Mean(scores.Select(s => (double)s.FN)),
        Mean(scores.Select(s => (double)s.TN)), Mean(scores.Select(s => (double)s.Predicted)), Mean(scores.Select(s => (double)s.Reference)));

    internal static MeanScore Of(IReadOnlyCollection<MeanScore> means) => new(
        Mean(means.Select(m => m.Dice)), Mean(means.Select(m => m.IoU)), Mean(means.Select(m => m.Hd95)), Mean(means.Select(m => m.SurfaceDice)),
        Mean(means.Select(m => m.TP)), Mean(means.Select(m => m.FP)), Mean(means.Select(m => m.FN)),
        Mean(means.Select(m => m.TN)), Mean(means.Select(m => m.Predicted)), Mean(means.Select(m => m.Reference)));

    private static double Mean(IEnumerable<double> values)
    {
        double sum = 0;
        int count = 0;
        foreach (double value in values.Where(value => !double.IsNaN(value)))
            (sum, count) = (sum + value, count + 1);
        return sum / count;
    }
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
        OrganSummary[] rows = [.. organs.Names.Select((name, k) => Row(name, [.. cases.SelectMany(each => each.Organs).Where(score => score.Organ == k)]))];
        return new EvaluationSummary(cases, rows, MeanScore.Of([.. rows.Select(row => row.Mean)]));
    }

    private static OrganSummary Row(string organ, OrganScore[] scores) => new(
        organ, scores.Length, Count(scores, OrganOutcome.BothEmpty), Count(scores, OrganOutcome.Missed), Count(scores, OrganOutcome.FalseAlarm), MeanScore.Of(scores));

    private static int Count(OrganScore[] scores, OrganOutcome outcome) => scores.Count(score => score.Outcome == outcome);
}
