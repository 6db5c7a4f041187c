using System.Text.Json;

namespace Smile.Host.Tests.Commands;

/// <summary>
/// The metrics beside values that MedPy, MONAI and a comparison of all pairs of surface voxels gave for the same files; where the libraries
/// define a metric in different ways, the one that docs/data.md states.
/// </summary>
public sealed class EvaluateReferenceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-reference-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("identical-ellipsoids")]
    [InlineData("shifted-by-one-slice")]
    [InlineData("shifted-in-the-plane")]
    [InlineData("two-apart")]
    [InlineData("one-voxel-each")]
    [InlineData("touching-the-border")]
    [InlineData("a-far-speck")]
    [InlineData("a-plate-of-one-slice")]
    [InlineData("with-a-hole")]
    [InlineData("prediction-empty")]
    [InlineData("truth-empty")]
    [InlineData("both-empty")]
    public void Every_metric_is_the_reference_value(string name)
    {
        string files = TestData.Require("../cases/metrics");
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(files, "expected.json")));
        JsonElement expected = reference.RootElement.GetProperty("cases").GetProperty(name);
        string names = Path.Combine(_folder, "names.json");
        File.WriteAllText(names, """{ "labels": { "background": 0, "organ": 1 } }""");
        string prediction = Path.Combine(files, name + "-prediction.nii.gz"), truth = Path.Combine(files, name + "-truth.nii.gz");
        var result = SmileCli.Run("evaluate", "-p", prediction, "-r", truth, "--labels", names, "-o", _folder);
        Assert.True(result.ExitCode == 0, result.Error);
        string text = File.ReadAllText(Path.Combine(_folder, "summary.json"));
        using JsonDocument json = JsonDocument.Parse(text.Replace(": NaN", ": \"NaN\"", StringComparison.Ordinal));
        JsonElement scores = json.RootElement.GetProperty("metric_per_case")[0].GetProperty("metrics").GetProperty("1");

        (string Key, string[] Path)[] values =
        [
            ("Dice", ["dice"]), ("RAVD", ["ravd_percent_absolute"]), ("Precision", ["precision"]), ("Recall", ["recall"]),
            ("HD", ["by_pairs", "hd"]), ("MSSD", ["by_pairs", "hd"]), ("HD95", ["by_pairs", "hd95_larger_of_directed"]),
            ("ASSD", ["by_pairs", "assd_pooled"]),
            ("volume_pred_ml", ["volume_ml", "prediction"]), ("volume_ref_ml", ["volume_ml", "truth"]),
            ("n_pred", ["voxels", "prediction"]), ("TP", ["voxels", "both"]),
        ];
        foreach (var (key, path) in values)
        {
            JsonElement score = scores.GetProperty(key);
            // The reference is rounded to six places; squared distances are float32.
            if (Find(expected, path) is { } value)
                Assert.True(Math.Abs(score.GetDouble() - value) <= 1e-6 * (1 + value), $"{key}: {score}, not {value}");
            else if (key != "volume_pred_ml" && key != "volume_ref_ml")
                Assert.Equal("NaN", score.ToString());
        }

        // At 3 mm, the default; of an empty side the reference has none, and nothing agrees where the other side is there.
        if (Find(expected, "by_pairs", "surface_dice_3mm") is { } share)
            Assert.Equal(share, scores.GetProperty("SurfaceDice").GetDouble(), 1e-6);
    }

    private static double? Find(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (string part in path)
            if (!element.TryGetProperty(part, out element))
                return null;
        return element.GetDouble();
    }
}
