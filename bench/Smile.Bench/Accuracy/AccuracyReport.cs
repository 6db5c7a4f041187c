using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Smile.Bench.Cpu;
using Smile.Host.Experiments;

namespace Smile.Bench.Accuracy;

/// <summary>Outcomes, seed by seed; their table, and what they miss of the targets.</summary>
/// <param name="options">Of the run.</param>
/// <param name="args">Which were read from these words.</param>
/// <param name="data">What was learnt from.</param>
/// <param name="contenders">Who learnt.</param>
internal sealed class AccuracyReport(
    AccuracyOptions options, IReadOnlyList<string> args, AccuracyData data, IReadOnlyList<Contender> contenders)
{
    /// <summary>Mean Dice and that of the pancreas on the real slices, by minutes of training on two threads.</summary>
    private static readonly (double Minutes, double Mean, double Pancreas)[] _targets = [(1, 0.83, 0.68), (8.5, 0.88, 0.80)];

    /// <summary>By how much what is not annotated has to be worse as background than as not known, at the minutes of a target.</summary>
    private const double AboveBaseline = 0.15;

    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly Dictionary<string, List<Outcome>> _outcomes = contenders.ToDictionary(each => each.Name, _ => new List<Outcome>());

    /// <summary>Takes an outcome; a line that tells it.</summary>
    public string Add(Contender contender, int seed, Outcome outcome)
    {
        _outcomes[contender.Name].Add(outcome);
        string dice = string.Join("  ", data.Organs.Names.Zip(outcome.Dice).Select(each => Text($"{each.First} {each.Second:F3}")));
        return Text($"seed {seed}  {contender.Name,-8}  {dice}  mean {outcome.Mean:F3}  ")
            + Text($"{outcome.Updates} updates, {outcome.Seconds:F0} s, {outcome.PeakBytes >> 20} MiB");
    }

    /// <summary>Means over the seeds with half of their 95 % intervals.</summary>
    public string Table()
    {
        var text = new StringBuilder();
        text.AppendLine($"| contender | {string.Join(" | ", data.Organs.Names)} | mean | updates | slices/s | seconds | peak MiB |");
        text.AppendLine($"|---|{string.Concat(Enumerable.Repeat("---|", data.Organs.Count + 5))}");
        foreach (Contender each in contenders)
        {
            List<Outcome> made = _outcomes[each.Name];
            string dice = string.Join(" | ", Enumerable.Range(0, data.Organs.Count).Select(k => Range(made.Select(o => o.Dice[k]))));
            text.Append(Text($"| {each.What} | {dice} | **{Range(made.Select(o => o.Mean))}** | "));
            text.Append(Text($"{made.Average(o => o.Updates):F0} | {made.Average(o => o.Slices / o.Seconds):F0} | "));
            text.AppendLine(Text($"{made.Average(o => o.Seconds):F1} | {made.Max(o => o.PeakBytes) >> 20} |"));
        }

        return text.ToString();
    }

    /// <summary>The table with what made it.</summary>
    public string Page() => Text($"""
        # Accuracy after {options.Minutes} minutes of training, {DateTime.UtcNow:yyyy-MM-dd}

        `bash bench/torchsharp-debian12.sh {string.Join(' ', args.Prepend("accuracy"))}` at {Results.Commit()};
        {Machine.Processor()}, {Environment.ProcessorCount} threads; {Libtorch.Description}.
        Dice of the label map per held-out subject (every fifth of each set), mean over the subjects, mean over {options.Seeds} seeds and
        half of its 95 % interval (t). {Sides()}

        {Counted()}{Table()}
        """);

    private string Counted() => options.Updates.Count == 0 ? ""
        : "By the number of updates that a quiet machine makes in these minutes, not by the clock: "
            + string.Join(", ", options.Updates.Select(each => Text($"{each.Key} {each.Value}")))
            + $".{Environment.NewLine}{Environment.NewLine}";

    /// <summary>What was done about images that are stored the wrong way round.</summary>
    public string Sides() => options.AsStored ? "All data sets were taken as they are stored."
        : data.Mirrored.Count == 0 ? "No data set's images are mirrored."
        : $"Left and right were exchanged for all in {string.Join(", ", data.Mirrored.Select(Path.GetFileName))}, whose images are "
            + "mirrored.";

    /// <summary>Every outcome.</summary>
    public string Json() => JsonSerializer.Serialize(
        new
        {
            minutes = options.Minutes,
            commit = Results.Commit(),
            processor = Machine.Processor(),
            mirrored = data.Mirrored.Select(Path.GetFileName),
            organs = data.Organs.Names,
            outcomes = _outcomes,
        }, _json);

    /// <summary>What is not met; where no target stands for these minutes, that Smile is behind a peer.</summary>
    public IEnumerable<string> Missed()
    {
        if (!_outcomes.TryGetValue(Contender.Default, out List<Outcome>? own))
            yield break;
        double mean = own.Average(o => o.Mean), seconds = own.Average(o => o.Seconds);
        foreach (var (minutes, least, pancreas) in _targets.Where(target => target.Minutes == options.Minutes))
        {
            if (!(mean >= least))
                yield return Text($"mean Dice {mean:F3} after {minutes} minutes; at least {least} is asked for");
            int k = data.Organs.IndexOf("pancreas");
            if (k >= 0 && own.Average(o => o.Dice[k]) is var found && !(found >= pancreas))
                yield return Text($"pancreas {found:F3} after {minutes} minutes; at least {pancreas} is asked for");
            if (_outcomes.TryGetValue(Contender.Baseline, out List<Outcome>? background)
                && background.Average(o => o.Mean) is var low && !(mean - low >= AboveBaseline))
                yield return Text($"the baseline has {low:F3}, Smile {mean:F3}; {AboveBaseline} more are asked for");
        }

        foreach (Contender peer in contenders.Where(each => each.IsTorch))
            if (_outcomes[peer.Name].Average(o => o.Mean) is var theirs && !(mean > theirs))
                yield return Text($"{peer.What} has {theirs:F3}, Smile {mean:F3}");
        if (!options.Updates.ContainsKey(Contender.Default) && !(seconds <= 1.05 * options.Minutes * 60 + 1))
            yield return Text($"Smile took {seconds:F1} s of {options.Minutes * 60:F0}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Range(IEnumerable<double> values)
    {
        Interval mean = StudentT.Mean(values);
        return Text($"{mean.Mean:F3}") + (double.IsNaN(mean.High) ? "" : Text($" ± {mean.High - mean.Mean:F3}"));
    }
}
