using System.Text.Json;
using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Net.Tests.Evaluation;

public sealed class EvaluationSummaryTests : IDisposable
{
    private static readonly OrganSet Organs = new(["liver", "stomach"]);
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-summary-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Means_leave_out_what_has_no_value_and_say_how_many()
    {
        EvaluationSummary summary = Four();
        OrganSummary liver = summary.Organs[0];
        // Dice 1, 0 (missed), 0 (false alarm), none (both empty).
        Assert.Equal((4, 1, 1, 1), (liver.Cases, liver.BothEmpty, liver.Missed, liver.FalseAlarms));
        Assert.Equal(1 / 3.0, liver.Mean.Dice, 1e-15);
        Assert.Equal(0, liver.Mean.Hd95);
        Assert.Equal(0, summary.Organs[1].Cases);
        Assert.True(double.IsNaN(summary.Organs[1].Mean.Dice));
        Assert.Equal(liver.Mean.Dice, summary.Foreground.Dice);
    }

    [Fact]
    public void The_foreground_is_the_mean_of_the_organs()
    {
        EvaluationSummary summary = EvaluationSummary.Of(
            [EvaluatorTests.Score([1, 1, 2, 0], [1, 0, 2, 0], 0b11), EvaluatorTests.Score([1, 2], [1, 0], 0b01, id: "b")], Organs);
        Assert.Equal((2 / 3.0 + 1) / 2, summary.Organs[0].Mean.Dice, 1e-15);
        Assert.Equal(1, summary.Organs[1].Mean.Dice);
        Assert.Equal((summary.Organs[0].Mean.Dice + 1) / 2, summary.Foreground.Dice, 1e-15);
    }

    [Fact]
    public void The_json_has_the_keys_of_nnUNet_and_a_bare_NaN()
    {
        string path = Path.Combine(_folder, SummaryFiles.JsonName);
        SummaryFiles.WriteJson(path, Four());
        string text = File.ReadAllText(path);
        Assert.Contains("\"Dice\": NaN,", text, StringComparison.Ordinal);
        // What Python's json makes of it, as far as a strict parser can.
        using JsonDocument json = JsonDocument.Parse(text.Replace(": NaN", ": -1", StringComparison.Ordinal));
        JsonElement root = json.RootElement;
        Assert.Equal(1 / 3.0, root.GetProperty("foreground_mean").GetProperty("Dice").GetDouble(), 1e-15);
        Assert.Equal(1, root.GetProperty("mean").GetProperty("1").GetProperty("n_missed").GetInt32());
        Assert.Equal(-1, root.GetProperty("mean").GetProperty("2").GetProperty("Dice").GetDouble());
        JsonElement first = root.GetProperty("metric_per_case")[0];
        Assert.Equal("pred/a.nii.gz", first.GetProperty("prediction_file").GetString());
        Assert.Equal("labelsTs/a.nii.gz", first.GetProperty("reference_file").GetString());
        Assert.False(first.GetProperty("metrics").TryGetProperty("2", out _));
        string[] keys =
        [
            "ASSD", "Dice", "FN", "FP", "HD", "HD95", "IoU", "MSSD", "Precision", "RAVD", "Recall", "SurfaceDice", "TN", "TP",
            "n_pred", "n_ref", "volume_pred_ml", "volume_ref_ml",
        ];
        Assert.Equal(keys, first.GetProperty("metrics").GetProperty("1").EnumerateObject().Select(entry => entry.Name));
        Assert.Equal(2, first.GetProperty("metrics").GetProperty("1").GetProperty("n_ref").GetInt32());
        Assert.Equal("stomach", root.GetProperty("organs").GetProperty("2").GetString());
    }

    [Fact]
    public void The_table_has_a_row_for_each_scored_organ()
    {
        string path = Path.Combine(_folder, SummaryFiles.CsvName);
        SummaryFiles.WriteCsv(path, EvaluationSummary.Of([EvaluatorTests.Score([1, 1, 2, 0], [1, 0, 0, 0], 0b11, id: "a,\"b\"")], Organs));
        string[] columns =
        [
            "case", "organ", "outcome", "dice", "iou", "precision", "recall", "ravd_percent", "hd95_mm", "hd_mm", "mssd_mm", "assd_mm",
            "surface_dice", "volume_pred_ml", "volume_ref_ml", "tp", "fp", "fn", "tn", "n_pred", "n_ref",
        ];
        string[] rows =
        [
            string.Join(',', columns),
            """"
            "a,""b""",liver,scored,0.6666666666666666,0.5,1,0.5,50,0.95,1,1,0.3333333333333333,1,0.001,0.002,1,0,1,2,1,2
            """",
            """"
            "a,""b""",stomach,missed,0,0,NaN,0,100,NaN,NaN,NaN,NaN,0,0,0.001,0,0,1,3,0,1
            """",
        ];
        Assert.Equal(rows, File.ReadAllLines(path));
    }

    private static EvaluationSummary Four() => EvaluationSummary.Of(
        [
            EvaluatorTests.Score([1, 1, 2], [1, 1, 0], 0b01) with { PredictionFile = "pred/a.nii.gz", ReferenceFile = "labelsTs/a.nii.gz" },
            EvaluatorTests.Score([1, 1, 2], [0, 0, 0], 0b01, id: "b"),
            EvaluatorTests.Score([0, 0, 2], [0, 1, 0], 0b01, id: "c"),
            EvaluatorTests.Score([0, 0, 2], [0, 2, 0], 0b01, id: "d"),
        ], Organs);
}
