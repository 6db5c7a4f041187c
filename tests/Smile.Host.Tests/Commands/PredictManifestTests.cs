using System.Globalization;
using System.Text.Json;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Weights;

namespace Smile.Host.Tests.Commands;

public sealed class PredictManifestTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-manifest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Manifest => Path.Combine(_folder, "manifest.json");

    [Fact]
    public void It_says_what_predicted_and_how_much_of_each_organ_was_found()
    {
        string image = trained.Data.Image("test_0"), output = Path.Combine(_folder, "organs.nii.gz");
        JsonElement manifest = Predict(0, image, output, "--keep-largest");
        Assert.Equal(SmileVersion.Text, manifest.GetProperty("smile").GetString());
        Assert.Equal("scalar", manifest.GetProperty("device").GetString());
        JsonElement model = manifest.GetProperty("model"), options = manifest.GetProperty("options");
        Assert.Equal(WeightsHash.OfFile(trained.Final), model.GetProperty("weights_sha256").GetString());
        Assert.Equal("smiler", model.GetProperty("settings").GetProperty("train").GetProperty("method").GetString());
        Assert.Equal(["liver", "stomach"], model.GetProperty("organs").EnumerateArray().Select(organ => organ.GetString()!));
        Assert.True(options.GetProperty("keep_largest").GetBoolean());
        Assert.False(options.GetProperty("tta").GetBoolean());
        JsonElement only = Assert.Single(manifest.GetProperty("cases").EnumerateArray());
        Assert.Equal((image, output), (only.GetProperty("image").GetString(), only.GetProperty("output").GetString()));
        LabelMap labels = NiftiReader.ReadLabels(output).Labels;
        var (dz, dy, dx) = labels.Geometry.Spacing;
        Assert.Equal([dz, dy, dx], only.GetProperty("spacing_zyx_mm").EnumerateArray().Select(each => each.GetDouble()));
        Assert.Equal(labels.Voxels.Count(label => label == 2) * dz * dy * dx / 1000,
            only.GetProperty("volumes_ml").GetProperty("stomach").GetDouble(), 0.0006);
    }

    [Fact]
    public void What_is_warned_of_stands_there_with_its_case_and_so_does_a_case_that_failed()
    {
        string images = Path.Combine(_folder, "images");
        Directory.CreateDirectory(images);
        NiftiWriter.Write(Path.Combine(images, "far.nii"), new Volume(Geometry.Regular(4, 16, 16, 90, 1, 1), new float[4 * 256]));
        File.WriteAllText(Path.Combine(images, "text.nii"), "no NIfTI");
        JsonElement manifest = Predict(5, images, Path.Combine(_folder, "out"));
        JsonElement[] cases = [.. manifest.GetProperty("cases").EnumerateArray()];
        Assert.Equal(2, cases.Length);
        Assert.Contains(cases[0].GetProperty("warnings").EnumerateArray(),
            warning => warning.GetString()!.Contains("far.nii", StringComparison.Ordinal));
        Assert.Contains("text.nii", cases[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Calibrated_thresholds_are_taken_and_told_and_a_model_without_is_refused()
    {
        string image = trained.Data.Image("test_0"), output = Path.Combine(_folder, "organs.nii.gz");
        IReadOnlyList<double> thresholds = Checkpoint.Read(trained.Final).Thresholds!;
        JsonElement manifest = Predict(0, image, output, "--threshold", "calibrated");
        Assert.Equal("calibrated", manifest.GetProperty("options").GetProperty("threshold").GetString());
        Assert.Equal(thresholds,
            manifest.GetProperty("model").GetProperty("thresholds").EnumerateArray().Select(each => each.GetDouble()));
        Assert.Equal("0.5", Predict(0, image, output).GetProperty("options").GetProperty("threshold").GetString());
        SmileCli.Fails(3, ["predict", "-i", image, "-o", output, "--threshold", "calibrated"], "no calibrated thresholds",
            "data.validation");
        SmileCli.Fails(2, ["predict", "-i", image, "-o", output, "--threshold", "0.3"], "'0.3'");
        string model = Path.Combine(_folder, "model.onnx");
        Assert.Equal(0, SmileCli.Run("export", trained.Run, "-o", model, "--threshold", "calibrated").ExitCode);
        Assert.Contains("calibrated.shift", File.ReadAllText(model), StringComparison.Ordinal);
        SmileCli.Fails(3, ["export", "-o", model, "--threshold", "calibrated"], "no calibrated thresholds");
    }

    [Fact]
    public void What_holds_of_all_cases_is_told_once()
    {
        string image = Path.Combine(_folder, "image.nii"), output = Path.Combine(_folder, "organs.nii");
        NiftiWriter.Write(image, new Volume(Geometry.Regular(4, 16, 16, 7, 4, 4), new float[4 * 256]));
        var result = SmileCli.Run("predict", "-i", image, "-o", output, "--manifest", Manifest); // the shipped model, on no phantom
        Assert.True(result.ExitCode == 0, result.Error);
        using var manifest = JsonDocument.Parse(File.ReadAllText(Manifest));
        string warning = Assert.Single(manifest.RootElement.GetProperty("warnings").EnumerateArray()).GetString()!;
        Assert.Contains("nothing but phantoms", warning, StringComparison.Ordinal);
        Assert.Equal("phantoms", manifest.RootElement.GetProperty("model").GetProperty("seen_only").GetString());
    }

    [Fact]
    public void A_name_that_will_not_do_is_refused_before_anything_is_predicted()
    {
        string image = trained.Data.Image("test_0"), output = Path.Combine(_folder, "organs.nii");
        string[] predict = ["predict", "-i", image, "-o", output, "-m", trained.Run, "--device", "scalar", "--manifest"];
        SmileCli.Fails(2, [.. predict, Path.Combine(_folder, "manifest.txt")], "manifest.txt", ".json");
        SmileCli.Fails(2, [.. predict, Path.Combine(_folder, "organs.labels.json")], "organs.labels.json", "names of the labels");
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private JsonElement Predict(int exitCode, string input, string output, params string[] more)
    {
        var result = SmileCli.Run(
            ["predict", "-i", input, "-o", output, "-m", trained.Final, "--device", "scalar", "--manifest", Manifest, .. more]);
        Assert.True(result.ExitCode == exitCode, string.Create(CultureInfo.InvariantCulture, $"exit {result.ExitCode}: {result.Error}"));
        using var document = JsonDocument.Parse(File.ReadAllText(Manifest));
        return document.RootElement.Clone();
    }
}
