using System.Text.Json;
using Smile.Net.Relabel;

namespace Smile.Host.Reports;

/// <summary>log.jsonl of a run folder, read back for charts.</summary>
internal sealed class RunLogFile
{
    private readonly List<(double Step, double Loss)> _loss = [];
    private readonly List<(double Step, double Rate)> _rate = [];
    private readonly List<(double Step, double[] Dice)> _dice = [];
    private readonly List<RoundRow> _rounds = [];
    private readonly List<AuditRow> _audits = [];
    private readonly List<(int Round, ExcessVolume Excess)> _exceeded = [];
    private readonly List<(int Round, string Reason)> _refusals = [];

    /// <summary>Training loss by step.</summary>
    public IReadOnlyList<(double X, double Y)> Loss => _loss;

    /// <summary>Learning rate by step.</summary>
    public IReadOnlyList<(double X, double Y)> LearningRate => _rate;

    /// <summary>SMILEr's rounds, an organ each.</summary>
    public IReadOnlyList<RoundRow> Rounds => _rounds;

    /// <summary>The audit of SMILEr's rounds, an organ each; empty where nothing is held out.</summary>
    public IReadOnlyList<AuditRow> Audits => _audits;

    /// <summary>Organs of which a round added far more than people drew.</summary>
    public IReadOnlyList<(int Round, ExcessVolume Excess)> Exceeded => _exceeded;

    /// <summary>Why the audit refused a round, and the rounds ended.</summary>
    public IReadOnlyList<(int Round, string Reason)> Refusals => _refusals;

    /// <summary>Validation Dice of organ <paramref name="organ"/> by step; NaN where nothing could be scored.</summary>
    public IReadOnlyList<(double X, double Y)> Dice(int organ) => [.. _dice.Select(d => (d.Step, d.Dice[organ]))];

    /// <summary>Reads the file; a line that a kill cut off is passed over, as the run itself does.</summary>
    public static RunLogFile Read(string path, IReadOnlyList<string> organs)
    {
        var log = new RunLogFile();
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            log.Add(line, organs);
        return log;
    }

    private void Add(string line, IReadOnlyList<string> organs)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            double step = root.GetProperty("step").GetInt32();
            switch (root.GetProperty("kind").GetString())
            {
                case "step":
                    _loss.Add((step, root.GetProperty("loss").GetDouble()));
                    _rate.Add((step, root.GetProperty("lr").GetDouble()));
                    break;
                case "validation":
                    var dice = root.GetProperty("dice");
                    _dice.Add((step, [.. organs.Select(organ => Number(dice.GetProperty(organ)))]));
                    break;
                case "round":
                    _rounds.AddRange(organs.Select(organ => Row(root, organ)));
                    _exceeded.AddRange(organs.Select((organ, k) => Excess(root, organ, k)).OfType<ExcessVolume>()
                        .Select(excess => (root.GetProperty("stage").GetInt32(), excess)));
                    break;
                case "audit":
                    _audits.AddRange(organs.Select(organ => Audit(root, organ)));
                    if (root.GetProperty("stopped").GetBoolean())
                        _refusals.AddRange(root.GetProperty("reasons").EnumerateArray()
                            .Select(reason => (root.GetProperty("stage").GetInt32(), reason.GetString()!)));
                    break;
            }
        }
        catch (JsonException)
        {
            // The last line of a run that was killed.
        }
    }

    private static RoundRow Row(JsonElement root, string organ)
    {
        var of = root.GetProperty("organs").GetProperty(organ);
        return new RoundRow(root.GetProperty("stage").GetInt32(), root.GetProperty("gamma").GetDouble(), organ,
            of.GetProperty("candidates").GetInt64(), of.GetProperty("selected").GetInt64(),
            Number(of.GetProperty("precision")), Number(of.GetProperty("recall")))
        {
            Absent = of.TryGetProperty("absent", out var absent) ? absent.GetInt64() : null,
            AbsentError = AbsentError(of),
        };
    }

    /// <summary>Null where nothing was too much. Logs of earlier versions do not name the case.</summary>
    private static ExcessVolume? Excess(JsonElement root, string organ, int index)
    {
        var of = root.GetProperty("organs").GetProperty(organ);
        return of.TryGetProperty("cases_exceeded", out var cases)
            ? new ExcessVolume(index, cases.GetInt32(), of.TryGetProperty("most_added_case", out var most) ? most.GetString()! : "one",
                of.GetProperty("most_added_ml").GetDouble(), of.GetProperty("largest_annotated_ml").GetDouble())
            : null;
    }

    private static AuditRow Audit(JsonElement root, string organ)
    {
        var of = root.GetProperty("organs").GetProperty(organ);
        return new AuditRow(root.GetProperty("stage").GetInt32(), root.GetProperty("gamma").GetDouble(), organ,
            of.GetProperty("held_out").GetInt32(),
            Number(of.GetProperty("precision")), Number(of.GetProperty("recall")), Number(of.GetProperty("fall")),
            Number(of.GetProperty("fall_error")),
            root.GetProperty("stopped").GetBoolean())
        {
            AbsentError = AbsentError(of),
        };
    }

    private static double? AbsentError(JsonElement of) => of.TryGetProperty("absent_error", out var error) ? Number(error) : null;

    private static double Number(JsonElement element) => element.ValueKind == JsonValueKind.Number ? element.GetDouble() : double.NaN;
}
