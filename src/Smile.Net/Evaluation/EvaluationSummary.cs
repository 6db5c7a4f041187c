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

/// <summary>Means of each <see cref="Metric"/>.</summary>
public sealed class MeanScore
{
    private readonly Dictionary<string, double> _means;

    private MeanScore(Func<Metric, double> mean) => _means = Metric.All.ToDictionary(metric => metric.Key, mean, StringComparer.Ordinal);

    /// <summary>NaN where no score has a number.</summary>
    public double this[Metric metric] => _means[metric.Key];

    public double Dice => this[Metric.Dice];

    public double IoU => this[Metric.IoU];

    public double Hd95 => this[Metric.Hd95];

    public double SurfaceDice => this[Metric.SurfaceDice];

    internal static MeanScore Of(IReadOnlyCollection<OrganScore> scores) =>
        new(metric => Statistics.Mean(scores.Select(metric.Of)));

    internal static MeanScore Of(IReadOnlyCollection<MeanScore> means) =>
        new(metric => Statistics.Mean(means.Select(mean => mean[metric])));
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
