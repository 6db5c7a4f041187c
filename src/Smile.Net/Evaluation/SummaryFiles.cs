using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Smile.Net.Evaluation;

/// <summary>Writes an evaluation as nnU-Net's summary.json and as a table, metrics.csv.</summary>
public static class SummaryFiles
{
    /// <summary>The names in a run folder.</summary>
    public const string JsonName = "summary.json", CsvName = "metrics.csv";

    /// <summary>
    /// nnU-Net's keys (foreground_mean, mean, metric_per_case; Dice, IoU, FP, ...), the other metrics beside them, and what the
    /// labels mean under "organs". Organ k is label k + 1. A value that is not defined is written as nnU-Net writes it, the bare
    /// word NaN, which Python's json reads and strict JSON parsers do not; metrics.csv holds the same numbers for those. A file that
    /// does not exist, because the maps were in memory, is "".
    /// </summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WriteJson(string path, EvaluationSummary summary) => IndentedJson.Write(path, json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("foreground_mean");
        WriteMetrics(json, summary.Foreground, null);
        json.WriteStartObject("mean");
        for (int k = 0; k < summary.Organs.Count; k++)
        {
            json.WritePropertyName(Key(k));
            WriteMetrics(json, summary.Organs[k].Mean, summary.Organs[k]);
        }

        json.WriteEndObject();
        json.WriteStartArray("metric_per_case");
        foreach (CaseScore each in summary.Cases)
            WriteCase(json, each);
        json.WriteEndArray();
        json.WriteStartObject("organs");
        for (int k = 0; k < summary.Organs.Count; k++)
            json.WriteString(Key(k), summary.Organs[k].Organ);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>One row a scored organ of a case; lengths in mm, volumes in ml; NaN where a value is not defined.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WriteCsv(string path, EvaluationSummary summary)
    {
        var text = new StringBuilder("case,organ,outcome,").AppendJoin(',', Metric.All.Select(metric => metric.Column)).Append('\n');
        foreach (CaseScore each in summary.Cases)
            foreach (OrganScore score in each.Organs)
                text.Append(CultureInfo.InvariantCulture,
                        $"{Quoted(each.Id)},{Quoted(summary.Organs[score.Organ].Organ)},{Word(score.Outcome)},")
                    .AppendJoin(',', Metric.All.Select(metric => metric.Of(score).ToString(CultureInfo.InvariantCulture))).Append('\n');
        AtomicFile.WriteText(path, text.ToString());
    }

    private static void WriteCase(Utf8JsonWriter json, CaseScore each)
    {
        json.WriteStartObject();
        json.WriteStartObject("metrics");
        foreach (OrganScore score in each.Organs)
        {
            json.WritePropertyName(Key(score.Organ));
            WriteMetrics(json, MeanScore.Of([score]), null);
        }

        json.WriteEndObject();
        json.WriteString("prediction_file", each.PredictionFile ?? "");
        json.WriteString("reference_file", each.ReferenceFile ?? "");
        json.WriteEndObject();
    }

    /// <summary>By key, as nnU-Net sorts them.</summary>
    private static void WriteMetrics(Utf8JsonWriter json, MeanScore score, OrganSummary? organ)
    {
        IEnumerable<(string Key, double Value)> values = Metric.All.Select(metric => (metric.Key, score[metric]));
        if (organ is not null)
        {
            values = values.Concat([("n_both_empty", organ.BothEmpty), ("n_cases", organ.Cases), ("n_false_alarm", organ.FalseAlarms),
                ("n_missed", organ.Missed)]);
        }

        json.WriteStartObject();
        foreach (var (key, value) in values.OrderBy(each => each.Key, StringComparer.Ordinal))
            Write(json, key, value);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        if (double.IsNaN(value))
            json.WriteRawValue("NaN", skipInputValidation: true);
        else
            json.WriteNumberValue(value);
    }

    private static string Key(int organ) => (organ + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>The outcome's name in the files.</summary>
    public static string Word(OrganOutcome outcome) => outcome switch
    {
        OrganOutcome.Scored => "scored",
        OrganOutcome.BothEmpty => "both_empty",
        OrganOutcome.Missed => "missed",
        _ => "false_alarm",
    };

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
