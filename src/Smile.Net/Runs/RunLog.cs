using System.Buffers;
using System.Text.Json;
using Smile.Kernels.Gpu;
using Smile.Net.Relabel;

namespace Smile.Net.Runs;

/// <summary>
/// log.jsonl: one JSON object a line, each with the kind of event, the step and the stage. A line is handed to the system
/// whole as soon as it is made; a step's line allocates nothing.
/// </summary>
internal sealed class RunLog : IDisposable
{
    private static readonly JsonEncodedText MeanDice = JsonEncodedText.Encode("mean_dice"), Precision = JsonEncodedText.Encode("precision"),
        Recall = JsonEncodedText.Encode("recall"), F1 = JsonEncodedText.Encode("f1"), Fall = JsonEncodedText.Encode("fall"),
        FallError = JsonEncodedText.Encode("fall_error"), AbsentError = JsonEncodedText.Encode("absent_error");

    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly JsonEncodedText[] _organs;

    private RunLog(string path, IReadOnlyList<string> organs)
    {
        _stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _json = new Utf8JsonWriter(_buffer);
        _organs = [.. organs.Select(organ => JsonEncodedText.Encode(organ))];
    }

    /// <summary>Opens the log to go on after a checkpoint: later lines, and a line that was cut off, are dropped.</summary>
    public static RunLog Open(string path, int step, int stage, IReadOnlyList<string> organs)
    {
        if (File.Exists(path))
        {
            var whole = File.ReadAllText(path).Split('\n').SkipLast(1);
            var kept = whole.Where(line => At(line) is { } at && (at.Step < step || (at.Step == step && at.Stage <= stage)));
            AtomicFile.WriteText(path, string.Concat(kept.Select(line => line + "\n")));
        }

        return new RunLog(path, organs);
    }

    public void Write(in StepReport report)
    {
        Begin("step", report.Step, report.Stage);
        _json.WriteNumber("loss"u8, report.Loss);
        _json.WriteNumber("lr"u8, report.LearningRate);
        _json.WriteNumber("seconds"u8, report.Seconds);
        if (!double.IsNaN(report.RegionLoss))
            _json.WriteNumber("region_loss"u8, report.RegionLoss);
        if (!double.IsNaN(report.GradientNorm))
            _json.WriteNumber("gradient_norm"u8, report.GradientNorm);
        ReadOnlySpan<float> losses = report.OrganLoss.Span;
        if (losses.Length > 0)
        {
            _json.WriteStartObject("organ_loss"u8);
            for (int k = 0; k < losses.Length; k++)
                _json.WriteNumber(_organs[k], losses[k]);
            _json.WriteEndObject();
        }

        End();
    }

    public void Write(ValidationReport report)
    {
        Begin("validation", report.Step, report.Stage);
        Number(MeanDice, report.MeanDice);
        _json.WriteStartObject("dice"u8);
        for (int k = 0; k < report.OrganDice.Count; k++)
            Number(_organs[k], report.OrganDice[k]);
        _json.WriteEndObject();
        if (report.Thresholds.Count > 0)
        {
            _json.WriteStartObject("thresholds"u8);
            for (int k = 0; k < report.Thresholds.Count; k++)
                _json.WriteNumber(_organs[k], report.Thresholds[k]);
            _json.WriteEndObject();
        }

        _json.WriteBoolean("best"u8, report.Best);
        End();
    }

    public void Write(RoundReport report)
    {
        Begin("round", report.Step, report.Round);
        _json.WriteNumber("gamma"u8, report.Gamma);
        _json.WriteString("select"u8, report.Select);
        _json.WriteStartObject("organs"u8);
        for (int k = 0; k < report.Organs.Count; k++)
        {
            _json.WriteStartObject(_organs[k]);
            _json.WriteNumber("candidates"u8, report.Organs[k].Candidates);
            _json.WriteNumber("selected"u8, report.Organs[k].Selected);
            Number(Precision, report.Organs[k].Precision);
            Number(Recall, report.Organs[k].Recall);
            if (report.HasNegatives)
                Negatives(report.Organs[k]);
            if (report.Exceeded.FirstOrDefault(each => each.Organ == k) is { } excess)
            {
                _json.WriteNumber("cases_exceeded"u8, excess.Cases);
                _json.WriteString("most_added_case"u8, excess.Case);
                _json.WriteNumber("most_added_ml"u8, excess.AddedMl);
                _json.WriteNumber("largest_annotated_ml"u8, excess.LargestMl);
            }

            _json.WriteEndObject();
        }

        _json.WriteEndObject();
        End();
    }

    /// <summary>The audit of a round; the line belongs to the round's stage, whether its labels are taken or not.</summary>
    public void Write(RoundReport report, RoundAudit audit)
    {
        Begin("audit", report.Step, report.Round);
        _json.WriteNumber("gamma"u8, report.Gamma);
        _json.WriteBoolean("stopped"u8, audit.Stopped);
        _json.WriteStartArray("reasons"u8);
        foreach (string reason in audit.Reasons)
            _json.WriteStringValue(reason);
        _json.WriteEndArray();
        _json.WriteStartObject("organs"u8);
        for (int k = 0; k < audit.Organs.Count; k++)
        {
            _json.WriteStartObject(_organs[k]);
            _json.WriteNumber("held_out"u8, audit.Organs[k].Cases);
            _json.WriteNumber("selected"u8, audit.Organs[k].Selected);
            Number(Precision, audit.Organs[k].Precision);
            Number(Recall, audit.Organs[k].Recall);
            Number(F1, audit.Organs[k].F1);
            Number(Fall, audit.Falls[k].Mean);
            Number(FallError, audit.Falls[k].Error);
            if (report.HasNegatives)
                Negatives(audit.Organs[k]);
            _json.WriteEndObject();
        }

        _json.WriteEndObject();
        End();
    }

    /// <summary>What a step launches on a GPU.</summary>
    public void Write(LaunchCount ofStep, int step, int stage)
    {
        Begin("launches", step, stage);
        _json.WriteNumber("kernels"u8, ofStep.Kernels);
        _json.WriteNumber("graphs"u8, ofStep.Graphs);
        _json.WriteNumber("nodes"u8, ofStep.Nodes);
        End();
    }

    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    /// <summary>Where a line belongs; null for a line that is not whole.</summary>
    private static (int Step, int Stage)? At(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return (document.RootElement.GetProperty("step").GetInt32(), document.RootElement.GetProperty("stage").GetInt32());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private void Begin(string kind, int step, int stage)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("kind"u8, kind);
        _json.WriteNumber("step"u8, step);
        _json.WriteNumber("stage"u8, stage);
    }

    /// <summary>JSON has no NaN: null stands for "not known".</summary>
    private void Number(JsonEncodedText name, double value)
    {
        if (double.IsFinite(value))
            _json.WriteNumber(name, value);
        else
            _json.WriteNull(name);
    }

    private void Negatives(OrganRound organ)
    {
        _json.WriteNumber("absent"u8, organ.Absent);
        Number(AbsentError, organ.AbsentError);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _buffer.GetSpan(1)[0] = (byte)'\n';
        _buffer.Advance(1);
        _stream.Write(_buffer.WrittenSpan);
    }
}
