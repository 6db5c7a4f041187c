using System.Globalization;
using System.Text;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Host.Runs;

/// <summary>
/// What whoever is given a run's checkpoint must know of it, as Markdown: what it is for, what it was taught on, how well it did on what,
/// and what speaks against it (Mitchell et al. 2019, Model Cards for Model Reporting). It names no path and no case.
/// </summary>
internal sealed record ModelCard
{
    /// <summary>The name in a run folder.</summary>
    public const string FileName = "model-card.md";

    /// <summary>The name of the checkpoint that was scored.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of its weights.</summary>
    public required string Hash { get; init; }

    /// <summary>What it says of itself.</summary>
    public required Checkpoint Model { get; init; }

    /// <summary>The cases that were loaded to train on, those held out among them.</summary>
    public required IReadOnlyList<CaseData> Loaded { get; init; }

    /// <summary>On what it was scored, as in "validation".</summary>
    public required string Kind { get; init; }

    /// <summary>The scores.</summary>
    public required EvaluationSummary Scores { get; init; }

    /// <summary>What speaks against it.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    public string ToText()
    {
        var text = new StringBuilder("# Model card\n\n");
        text.Append("Segments ").AppendJoin(", ", Model.Organs)
            .Append(" in CT volumes, slice by slice; made by Smile ").Append(Model.Program)
            .Append(".\n\n**For research alone. It is no medical device: no decision about a patient may rest on it.**\n\n");
        Table(text, "Model", ModelRows());
        Table(text, "Training", TrainingRows());
        AppendScores(text);
        text.Append("## Limits\n\n");
        IEnumerable<string> limits =
        [
            .. Faults,
            .. RunWarnings.NotLearnt(Model.State.NotLearnt),
            "It knows images like those that it was trained on; on others (scanner, contrast phase, field of view, disease, age) nothing "
                + "was measured",
        ];
        foreach (string limit in limits)
            text.Append(CultureInfo.InvariantCulture, $"- {limit}.\n");
        return text.ToString();
    }

    private IEnumerable<(string, string)> ModelRows()
    {
        RunSettings settings = Model.Settings;
        yield return ("file", $"`{File}`");
        yield return ("SHA-256 of the weights", $"`{Hash}`");
        yield return ("network", $"{settings.Model.Backbone}, head {settings.Model.Head}, decoder {settings.Model.Decoder}, output stride "
            + Invariant.Text(settings.Model.OutputStride));
        string apart = settings.Data.Slices > 1 && settings.SliceDistance().Millimetres is { } mm ? $", {Invariant.Text(mm)} mm apart" : "";
        yield return ("input", string.Create(CultureInfo.InvariantCulture,
            $"{settings.Data.WindowLow:G4} to {settings.Data.WindowHigh:G4} HU, what is beyond clipped; "
            + $"{Words.Count(settings.Data.Slices, "slice", "neighbouring slices")}{apart}"));
        yield return ("spacing in the plane", settings.PlaneSpacing() is { } spacing
            ? string.Create(CultureInfo.InvariantCulture, $"{spacing.Y:G4} x {spacing.X:G4} mm (y, x), to which images are brought")
            : "each image's own");
        if (Model.Thresholds is { } thresholds)
            yield return ("thresholds calibrated on validation cases (`--threshold calibrated`; else 0.5, as below)",
                string.Join(", ", Model.Organs.Zip(thresholds,
                    (organ, value) => string.Create(CultureInfo.InvariantCulture, $"{organ} {value}"))));
        yield return ("output", settings.Train.Method == Methods.Baseline ? "softmax over background and organs" : "a sigmoid an organ");
    }

    private IEnumerable<(string, string)> TrainingRows()
    {
        TrainSettings train = Model.Settings.Train;
        yield return ("method", string.Create(CultureInfo.InvariantCulture,
            $"{train.Method}, {train.Steps} steps of {train.Batch} slices, seed {Model.Settings.Run.Seed}"));
        yield return ("cases, those held out among them", Invariant.Text(Loaded.Count));
        for (int k = 0; k < Model.Organs.Count; k++)
            yield return ($"{Model.Organs[k]} annotated in", Invariant.Text(Loaded.Count(data => data.Annotated.Has(k))));
        if (Model.Spacing is { } trained)
            yield return ("slices lie apart",
                string.Create(CultureInfo.InvariantCulture, $"{trained.Z.Least:G4} to {trained.Z.Most:G4} mm"));
    }

    private void AppendScores(StringBuilder text)
    {
        string cases = Words.Count(Scores.Cases.Count, $"{Kind} case", $"{Kind} cases");
        text.Append(CultureInfo.InvariantCulture, $"## Scores\n\nOn {cases}")
            .Append(Kind == "training" ? ", on which it was trained: they say nothing about new patients.\n\n" : ".\n\n")
            .Append("| organ | Dice (deviation) | HD95 mm | cases | missed | false alarms |\n|---|---|---|---|---|---|\n");
        foreach (OrganSummary organ in Scores.Organs)
        {
            string dice = $"{Invariant.Text(organ.Mean.Dice)} ({Invariant.Text(organ.DiceDeviation)})";
            string hd95 = Invariant.Text(organ.Mean.Hd95, "0.0");
            text.Append(CultureInfo.InvariantCulture,
                $"| {organ.Organ} | {dice} | {hd95} | {organ.Cases} | {organ.Missed} | {organ.FalseAlarms} |\n");
        }

        text.Append(CultureInfo.InvariantCulture,
            $"| mean | {Invariant.Text(Scores.Foreground.Dice)} | {Invariant.Text(Scores.Foreground.Hd95, "0.0")} | | | |\n\n");
    }

    private static void Table(StringBuilder text, string heading, IEnumerable<(string Name, string Value)> rows)
    {
        text.Append(CultureInfo.InvariantCulture, $"## {heading}\n\n| | |\n|---|---|\n");
        foreach (var (name, value) in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
        text.Append('\n');
    }
}
