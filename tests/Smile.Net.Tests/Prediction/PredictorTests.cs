using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tests.Runs;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Prediction;

public sealed class PredictorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-predict-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(new[] { -1f, -2f, -0.1f }, 0)]
    [InlineData(new[] { 0f, 0f, 0f }, 0)]
    [InlineData(new[] { 0.5f, 2f, 1f }, 2)]
    [InlineData(new[] { -5f, -1f, 1e-9f }, 3)]
    [InlineData(new[] { 2f, 2f, 1f }, 1)]
    [InlineData(new[] { float.NaN, 1f, float.NaN }, 2)]
    public void Sigmoids_above_one_half_compete_by_score(float[] logits, byte label) => Assert.Equal(label, Decision.OfSigmoids(logits));

    [Theory]
    [InlineData(new[] { 1f, -2f, -0.1f }, 0)]
    [InlineData(new[] { -3f, -2f, -4f }, 1)]
    [InlineData(new[] { 1f, 2f, 2f }, 1)]
    [InlineData(new[] { 1f, 1f, 0f }, 0)]
    public void Softmax_takes_the_highest_class(float[] logits, byte label) => Assert.Equal(label, Decision.OfSoftmax(logits));

    [Theory]
    [InlineData(Methods.Smile)]
    [InlineData(Methods.Baseline)]
    public void A_checkpoint_predicts_volumes_of_any_size(string method)
    {
        string file = SaveRandom(method, out RunSettings settings);
        using Predictor predictor = Checkpoint.LoadPredictor(file, out Checkpoint checkpoint, () => Backends.Open("scalar"), batch: 3);
        Assert.Equal(Toy.Organs.Names, checkpoint.Organs);
        Assert.Equal(settings.ToText(), checkpoint.Settings.ToText());
        foreach (var (depth, height, width) in new[] { (5, 13, 22), (2, 24, 24), (1, 1, 9) })
        {
            Volume volume = Noise(depth, height, width);
            int done = 0;
            PredictedVolume all = predictor.Predict(volume, probabilities: true, progress: z => Assert.Equal(++done, z),
                cancel: TestContext.Current.CancellationToken);
            Assert.Equal(depth, done);
            Assert.Equal(volume.Voxels.Length, all.Labels.Length);
            Assert.Equal(2, all.Probabilities!.Count);
            Assert.All(all.Probabilities, p => Assert.All(p, value => Assert.InRange(value, 0f, 1f)));
            // A slice is predicted alike wherever in the batch it stands.
            var last = new Volume(Geometry.Regular(1, height, width, 1, 1, 1), volume.Slice(depth - 1).ToArray());
            PredictedVolume one = predictor.Predict(last, probabilities: true, cancel: TestContext.Current.CancellationToken);
            Assert.Equal(all.Labels[^one.Labels.Length..], one.Labels);
            Assert.Equal(all.Probabilities[1][^one.Labels.Length..], one.Probabilities![1]);
        }
    }

    [Fact]
    public void Large_slices_are_predicted_fewer_at_a_time_and_alike()
    {
        using Predictor predictor = Checkpoint.LoadPredictor(SaveRandom(Methods.Smile, out _), out _, () => Backends.Open("scalar"),
            batch: 3);
        Volume volume = Noise(5, 13, 22); // rows of 24 pixels, 16 of them
        using var three = new CountedSlabs(volume);
        byte[] expected = predictor.Predict(three, cancel: TestContext.Current.CancellationToken);
        Assert.Equal([3, 2], three.Counts);
        const int Two = 2 * 16 * 24;
        foreach ((int most, int[] counts) in new[] { (Two, new[] { 2, 2, 1 }), (Two - 1, [1, 1, 1, 1, 1]), (1, [1, 1, 1, 1, 1]) })
        {
            predictor.MostPixels = most;
            using var fewer = new CountedSlabs(volume);
            Assert.Equal(expected, predictor.Predict(fewer, cancel: TestContext.Current.CancellationToken));
            Assert.Equal(counts, fewer.Counts);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Test_time_augmentation_is_the_mean_of_the_logits_of_slices_that_were_changed_by_hand(bool flip)
    {
        string file = SaveRandom(Methods.Smile, out RunSettings settings, s => s with { Augment = s.Augment with { Flip = flip } });
        IReadOnlyList<SliceView> views = SliceView.Augmented(settings);
        Assert.Equal(flip ? [new(false, 0), new(false, 2), new(true, 0), new(true, 2)] : [new(false, 0), new(false, 2)], views);
        using Predictor predictor = Checkpoint.LoadPredictor(file, out _, () => Backends.Open("scalar"), batch: 3);
        Volume volume = Noise(5, 13, 22);
        Assert.Equal([SliceView.Plain], predictor.Views);
        float[] plain = Logits(predictor, volume), mean = new float[plain.Length];
        foreach (SliceView view in views)
        {
            // In a volume of the padded size, whose edges are the window's minimum as padding is.
            float[] seen = Logits(predictor, Changed(volume, view, 16, 24));
            for (int i = 0; i < mean.Length; i++)
            {
                int output = i % 2, x = i / 2 % 22, y = i / 2 / 22 % 13, z = i / 2 / 22 / 13;
                int from = view.Shift + (view.Mirrored ? 21 - x : x);
                mean[i] += seen[((z * 16 + y + view.Shift) * 24 + from) * 2 + output];
            }
        }

        predictor.Views = views;
        float[] augmented = Logits(predictor, volume);
        Assert.All(mean.Zip(augmented), pair => Assert.Equal(pair.First / views.Count, pair.Second, 1e-5f));
        Assert.NotEqual(plain, augmented);
        PredictedVolume all = predictor.Predict(volume, probabilities: true, cancel: TestContext.Current.CancellationToken);
        for (int v = 0; v < all.Labels.Length; v++)
            Assert.Equal(augmented[2 * v] > 0 || augmented[2 * v + 1] > 0, all.Labels[v] > 0);
        predictor.Views = [SliceView.Plain];
        Assert.Equal(plain, Logits(predictor, volume));
    }

    private static float[] Logits(Predictor predictor, Volume volume)
    {
        var all = new List<float>();
        predictor.EachSlice(volume, (_, logits) => all.AddRange(logits), TestContext.Current.CancellationToken);
        return [.. all];
    }

    private static Volume Changed(Volume volume, SliceView view, int height, int width)
    {
        Geometry grid = volume.Geometry;
        var voxels = new float[grid.Depth * height * width];
        Array.Fill(voxels, -3000);
        for (int i = 0; i < volume.Voxels.Length; i++)
        {
            int x = i % grid.Width, y = i / grid.Width % grid.Height, z = i / grid.Width / grid.Height;
            int to = view.Shift + (view.Mirrored ? grid.Width - 1 - x : x);
            voxels[(z * height + y + view.Shift) * width + to] = volume.Voxels[i];
        }

        return new Volume(Geometry.Regular(grid.Depth, height, width, 1, 1, 1), voxels);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Neighbouring_slices_are_seen_as_channels_in_batches_of_any_size_and_either_order(int slices)
    {
        string file = SaveRandom(Methods.Smile, out RunSettings settings, s => s with { Data = s.Data with { Slices = slices } });
        Volume volume = Noise(5, 13, 22);
        int reach = slices / 2;
        using Predictor one = Checkpoint.LoadPredictor(file, out _, () => Backends.Open("scalar"), batch: 1);
        using Predictor three = Checkpoint.LoadPredictor(file, out _, () => Backends.Open("scalar"), batch: 3);
        float[] expected = Logits(one, volume), logits = new float[16 * 24 * 2];
        for (int z = 0; z < 5; z++)
        {
            var image = new float[16 * 24 * slices];
            Array.Fill(image, -1);
            for (int p = 0; p < 13 * 22; p++)
                for (int c = 0; c < slices; c++)
                    image[(p / 22 * 24 + p % 22) * slices + c] =
                        settings.Intensities.Map(volume.Slice(Math.Clamp(z + c - reach, 0, 4))[p]);
            one.Logits(image, 16, 24, logits);
            for (int p = 0; p < 13 * 22; p++)
                Assert.Equal(logits.AsSpan((p / 22 * 24 + p % 22) * 2, 2).ToArray(), expected.AsSpan((z * 13 * 22 + p) * 2, 2).ToArray());
        }

        Assert.Equal(expected, Logits(three, volume));
        byte[] labels = three.Predict(volume, cancel: TestContext.Current.CancellationToken).Labels;
        using var backwards = new Backwards(volume);
        Assert.Equal(labels, three.Predict(backwards, cancel: TestContext.Current.CancellationToken));
        var alone = new Volume(Geometry.Regular(1, 13, 22, 1, 1, 1), volume.Slice(0).ToArray());
        Assert.Equal(13 * 22, three.Predict(alone, cancel: TestContext.Current.CancellationToken).Labels.Length);
    }

    /// <summary>Reads the last slice first.</summary>
    private sealed class Backwards(Volume volume) : ISlabReader
    {
        public Geometry Geometry => volume.Geometry;

        public int SliceAt(int n) => volume.Geometry.Depth - 1 - n;

        public void Read(int n, int count, float[] slab)
        {
            for (int i = 0; i < count; i++)
                volume.Slice(SliceAt(n + i)).CopyTo(slab.AsSpan(i * Geometry.Height * Geometry.Width));
        }

        public void Dispose()
        {
        }
    }

    [Fact]
    public void Labels_and_probabilities_agree()
    {
        using Predictor predictor = Checkpoint.LoadPredictor(SaveRandom(Methods.Smile, out _), out _, () => Backends.Open("scalar"));
        PredictedVolume all = predictor.Predict(Noise(3, 16, 16), probabilities: true, cancel: TestContext.Current.CancellationToken);
        Assert.Contains(Labels.Background, all.Labels);
        Assert.Contains(all.Labels, label => label != Labels.Background);
        for (int v = 0; v < all.Labels.Length; v++)
        {
            float p0 = all.Probabilities![0][v], p1 = all.Probabilities[1][v];
            Assert.Equal(Math.Max(p0, p1) > 0.5f, all.Labels[v] > 0);
            Assert.True(all.Labels[v] == 0 || (all.Labels[v] == 1 ? p0 >= p1 : p1 >= p0));
        }
    }

    [Fact]
    public void Foreign_and_damaged_files_are_named()
    {
        string path = Path.Combine(_folder, "foreign.safetensors");
        SafetensorsWriter.Write(path, [TensorSource.Floats("conv1.weight", [1], () => [1])], new Dictionary<string, string>());
        Refused(path, "no checkpoint of Smile");

        string good = SaveRandom(Methods.Smile, out _);
        File.WriteAllBytes(path, File.ReadAllBytes(good)[..^1]);
        Refused(path, "truncated");

        using (Safetensors file = Safetensors.Open(good))
        {
            var metadata = file.Metadata.ToDictionary();
            TensorSource[] tensors = [.. file.Tensors.Select(t => TensorSource.Floats(t.Name, t.Shape, () => file.ReadFloats(t.Name)))];
            SafetensorsWriter.Write(path, tensors.Where(t => t.Name != "bn1.weight"), metadata);
            Refused(path, "1 missing: bn1.weight");
            SafetensorsWriter.Write(path, tensors.Append(TensorSource.Floats("zz", [1], () => [1])), metadata);
            Refused(path, "1 unexpected: zz");
            SafetensorsWriter.Write(path,
                tensors.Select(t => t.Name == "bn1.weight" ? TensorSource.Floats(t.Name, [2, 2], () => file.ReadFloats("bn1.weight")) : t),
                metadata);
            Refused(path, "bn1.weight F32[2, 2], expected F32[4]");
            SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(metadata) { ["format_version"] = "2" });
            Refused(path, "version 2");
            SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(metadata)
            {
                ["settings"] = """{"train":{"epochs":1}}""",
            });
            Refused(path, "train.epochs");
            SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(metadata) { ["state"] = "{" });
            Refused(path, "__metadata__.state");
        }
    }

    [Fact]
    public void Partial_loading_takes_what_fits_and_lists_the_rest()
    {
        string path = Path.Combine(_folder, "partial.safetensors");
        SafetensorsWriter.Write(path,
            [
                TensorSource.Floats("bn1.bias", [4], () => [1, 2, 3, 4]),
                TensorSource.Floats("conv1.weight", [64, 3, 7, 7], () => new float[64 * 147]),
                TensorSource.Floats("fc.bias", [1], () => [0]),
                TensorSource.Words("bn1.num_batches_tracked", [], () => [7]),
            ], new Dictionary<string, string>());
        using Network network = Toy.RandomNetwork(Toy.Settings(), outputs: 2);
        LoadReport report = NetworkWeights.Load(path, network, partial: true);
        Assert.Equal(["bn1.bias"], report.Loaded);
        Assert.Equal(["fc.bias"], report.Unexpected);
        Assert.StartsWith("conv1.weight", Assert.Single(report.Mismatched), StringComparison.Ordinal);
        Assert.Equal(network.Parameters.Count - 2, report.Missing.Count);
        var bias = network.Parameters.Single(p => p.Name == "bn1.bias");
        Assert.Equal([1f, 2f, 3f, 4f], bias.Read(network.Backend, bias.Value));
        Assert.Throws<DataException>(() => NetworkWeights.Load(path, network));

        SafetensorsWriter.Write(path, [TensorSource.Floats("fc.bias", [1], () => [0])], new Dictionary<string, string>());
        Assert.Throws<DataException>(() => NetworkWeights.Load(path, network, partial: true));
    }

    private static void Refused(string path, string message)
    {
        var error = Assert.Throws<DataException>(() => Checkpoint.LoadPredictor(path, out _, () => Backends.Open("scalar")));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A checkpoint with random weights whose head speaks up: logits of either sign.</summary>
    private string SaveRandom(string method, out RunSettings settings, Func<RunSettings, RunSettings>? change = null)
    {
        settings = Toy.Settings(method);
        settings = change?.Invoke(settings) ?? settings;
        using Network network = Toy.RandomNetwork(settings, method == Methods.Baseline ? 3 : 2);
        string path = Path.Combine(_folder, method + ".safetensors");
        new Checkpoint(settings, Toy.Organs.Names, new RunState()).Save(path, network, TensorSet.Weights);
        return path;
    }

    private static Volume Noise(int depth, int height, int width)
    {
        var rng = new Rng(5);
        var voxels = new float[depth * height * width];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = (float)(40 + 150 * rng.Normal());
        return new Volume(Geometry.Regular(depth, height, width, 1, 1, 1), voxels);
    }
}
