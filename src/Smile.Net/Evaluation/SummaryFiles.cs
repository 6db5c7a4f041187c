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
    /// nnU-Net's keys (foreground_mean, mean, metric_per_case; Dice, IoU, FP, ...), HD95 and SurfaceDice beside them, and what the
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

    /// <summary>One row a scored organ of a case; lengths in mm; NaN where a value is not defined.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WriteCsv(string path, EvaluationSummary summary)
    {
        var text = new StringBuilder("case,organ,outcome,dice,iou,hd95_mm,surface_dice,tp,fp,fn,tn,n_pred,n_ref\n");
        foreach (CaseScore each in summary.Cases)
            foreach (OrganScore score in each.Organs)
                text.Append(CultureInfo.InvariantCulture,
                        $"{Quoted(each.Id)},{Quoted(summary.Organs[score.Organ].Organ)},{Word(score.Outcome)},")
                    .Append(CultureInfo.InvariantCulture, $"{score.Dice},{score.IoU},{score.Hd95},{score.SurfaceDice},")
                    .Append(CultureInfo.InvariantCulture,
                        $"{score.TP},{score.FP},{score.FN},{score.TN},{score.Predicted},{score.Reference}\n");
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

    private static void WriteMetrics(Utf8JsonWriter json, MeanScore score, OrganSummary? organ)
    {
        json.WriteStartObject();
        Write(json, "Dice", score.Dice);
        Write(json, "FN", score.FN);
        Write(json, "FP", score.FP);
        Write(json, "HD95", score.Hd95);
        Write(json, "IoU", score.IoU);
        Write(json, "SurfaceDice", score.SurfaceDice);
        Write(json, "TN", score.TN);
        Write(json, "TP", score.TP);
        if (organ is not null)
        {
            json.WriteNumber("n_both_empty", organ.BothEmpty);
            json.WriteNumber("n_cases", organ.Cases);
            json.WriteNumber("n_false_alarm", organ.FalseAlarms);
            json.WriteNumber("n_missed", organ.Missed);
        }

        Write(json, "n_pred", score.Predicted);
        Write(json, "n_ref", score.Reference);
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

    private static string Word(OrganOutcome outcome) => outcome switch
    {
        OrganOutcome.Scored => "scored",
        OrganOutcome.BothEmpty => "both_empty",
        OrganOutcome.Missed => "missed",
        _ => "false_alarm",
    };

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
