using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tests.Runs;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Prediction;

public sealed class PredictorSpacingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-spacing-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Methods.Smile)]
    [InlineData(Methods.Baseline)]
    public void Volumes_of_the_models_spacing_get_the_bits_of_a_model_without(string method)
    {
        Volume volume = Noise(Geometry.Regular(3, 13, 22, 2, 1.5, 0.8));
        using Predictor native = Load(method, Spacings.Native), model = Load(method, "1.5,0.8");
        PredictedVolume expected = native.Predict(volume, probabilities: true, cancel: TestContext.Current.CancellationToken);
        PredictedVolume found = model.Predict(volume, probabilities: true, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(expected.Labels, found.Labels);
        Assert.Equal(expected.Probabilities![1], found.Probabilities![1]);
        Assert.Null(native.Spacing);
        Assert.Equal(new PlaneSpacing(1.5, 0.8), model.Spacing);
    }

    [Theory]
    [InlineData(Methods.Smile, 0.7, 1.9)]
    [InlineData(Methods.Smile, 2.7, 2.7)]
    [InlineData(Methods.Baseline, 0.4, 0.4)]
    public void Others_are_brought_to_it_and_their_logits_back(string method, double y, double x)
    {
        foreach (var (depth, height, width) in new[] { (5, 13, 22), (1, 1, 9), (2, 1, 1) })
        {
            Volume volume = Noise(Geometry.Regular(depth, height, width, 2, 1, 1));
            using Predictor native = Load(method, Spacings.Native), model = Load(method, new PlaneSpacing(y, x).ToString());
            PredictedVolume found = model.Predict(volume, probabilities: true, cancel: TestContext.Current.CancellationToken);
            Assert.Equal(volume.Voxels.Length, found.Labels.Length);
            PlaneGrid grid = PlaneGrid.To("test", volume.Geometry, new PlaneSpacing(y, x))!, back = grid.Back;
            int outputs = method == Methods.Baseline ? 3 : 2, pixels = height * width;
            var logits = new float[pixels * outputs];
            native.EachSlice(grid.Image("test", volume), (z, at) =>
            {
                back.Numbers(at, logits, outputs);
                for (int p = 0; p < pixels; p++)
                {
                    ReadOnlySpan<float> voxel = logits.AsSpan(p * outputs, outputs);
                    byte label = method == Methods.Baseline ? Decision.OfSoftmax(voxel) : Decision.OfSigmoids(voxel);
                    Assert.Equal(label, found.Labels[z * pixels + p]);
                    if (method == Methods.Smile)
                        Assert.Equal(1 / (1 + Math.Exp(-voxel[1])), found.Probabilities![1][z * pixels + p], 1e-6);
                }
            }, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void A_pass_reads_no_more_pixels_than_one_without_resampling()
    {
        using Predictor model = Load(Methods.Smile, "8,8", batch: 3);
        Volume volume = Noise(Geometry.Regular(5, 40, 40, 2, 1, 1));
        byte[] expected = model.Predict(volume, cancel: TestContext.Current.CancellationToken).Labels;
        model.MostPixels = 2 * 40 * 40; // the network's slices of 8 x 8 would all fit
        using var slabs = new CountedSlabs(volume);
        Assert.Equal(expected, model.Predict(slabs, cancel: TestContext.Current.CancellationToken));
        Assert.Equal([2, 2, 1], slabs.Counts);
    }

    [Fact]
    public void A_checkpoint_keeps_the_spacings_of_its_cases_and_older_ones_have_none()
    {
        CaseSpacings spacings = new(new(2, 5), new(0.7, 0.7), new(0.7, 0.7));
        string path = Save(Methods.Smile, Toy.Settings() with { Data = new DataSettings { Spacing = "0.7,0.7" } }, spacings);
        Checkpoint read = Checkpoint.Read(path);
        Assert.Equal(spacings, read.Spacing);
        Assert.Equal(new PlaneSpacing(0.7, 0.7), read.Settings.PlaneSpacing());
        using (Safetensors file = Safetensors.Open(path))
        {
            var metadata = file.Metadata.ToDictionary();
            metadata.Remove("spacing");
            metadata["settings"] = """{"data":{"window_low":-100}}""";
            TensorSource[] tensors = [.. file.Tensors.Select(t => TensorSource.Floats(t.Name, t.Shape, () => file.ReadFloats(t.Name)))];
            SafetensorsWriter.Write(path + ".old", tensors, metadata);
        }

        Checkpoint old = Checkpoint.Read(path + ".old");
        Assert.Null(old.Spacing);
        Assert.Null(old.Settings.PlaneSpacing());
        Assert.Equal(Spacings.Native, old.Settings.Data.Spacing);
    }

    [Fact]
    public void A_volume_beyond_what_a_model_was_trained_on_is_doubted()
    {
        CaseSpacings spacings = new(new(2, 5), new(0.7, 0.9), new(0.7, 0.9));
        Geometry At(double z, double yx) => Geometry.Regular(1, 1, 1, z, yx, yx);
        Assert.Null(spacings.Doubt(At(5, 0.9 * 1.09), null));
        Assert.Contains("3 x 3 mm", spacings.Doubt(At(5, 3), null), StringComparison.Ordinal);
        Assert.NotNull(spacings.Doubt(At(5, 0.6), null));
        Assert.Null(spacings.Doubt(At(5, 3), new PlaneSpacing(0.8, 0.8)));
        Assert.Contains("11 mm apart", spacings.Doubt(At(11, 0.8), new PlaneSpacing(0.8, 0.8)), StringComparison.Ordinal);
        Assert.NotNull(spacings.Doubt(At(0.9, 0.8), null));
        Assert.False(new CaseSpacings(new(1, 9), new(0.7, 0.76), new(0.7, 0.7)).AreMixed);
        Assert.True(spacings.AreMixed);
    }

    private Predictor Load(string method, string spacing, int batch = 8)
    {
        RunSettings settings = Toy.Settings(method);
        string path = Save(method, settings with { Data = settings.Data with { Spacing = spacing } }, null);
        return Checkpoint.LoadPredictor(path, out _, () => Backends.Open("scalar"), batch);
    }

    private string Save(string method, RunSettings settings, CaseSpacings? spacing)
    {
        using Network network = Toy.RandomNetwork(settings, method == Methods.Baseline ? 3 : 2);
        string path = Path.Combine(_folder, $"{Guid.NewGuid()}.safetensors");
        new Checkpoint(settings, Toy.Organs.Names, new RunState()) { Spacing = spacing }.Save(path, network, TensorSet.Weights);
        return path;
    }

    private static Volume Noise(Geometry geometry)
    {
        var rng = new Rng(5);
        return new Volume(geometry, [.. Enumerable.Range(0, (int)geometry.Voxels).Select(_ => (float)(40 + 150 * rng.Normal()))]);
    }
}
