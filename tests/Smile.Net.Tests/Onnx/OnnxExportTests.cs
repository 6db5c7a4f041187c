using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Onnx;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Onnx;

/// <summary>Exported models beside Smile's own prediction, in OnnxRuntime.</summary>
public sealed class OnnxExportTests : IDisposable
{
    // Sums of up to some thousand products in float32, in another order, through up to a hundred layers (docs/numerics.md).
    private const float Tolerance = 1e-4f;

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string, string> Networks()
    {
        var all = new TheoryData<string, string, string>();
        foreach (string backbone in new[] { "tiny", "resnet18", "resnet34", "resnet50", "resnet101" })
            foreach (string head in Heads.All)
                foreach (string decoder in Decoders.All)
                    all.Add(backbone, head, decoder);
        return all;
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Each_network_predicts_what_Smile_predicts(string backbone, string head, string decoder) => Same(
        new RunSettings { Model = new ModelSettings { Backbone = backbone, Width = 4, Head = head, Decoder = decoder, Rates = [1, 2] } },
        seed: backbone.Length + 10 * head.Length + 100 * decoder.Length);

    [Theory]
    [InlineData(3, Methods.Smile)]
    [InlineData(5, Methods.Smiler)]
    [InlineData(1, Methods.Baseline)]
    [InlineData(3, Methods.Baseline)]
    public void Each_number_of_slices_and_each_method_does(int slices, string method) => Same(new RunSettings
    {
        Data = new DataSettings { Slices = slices },
        Model = new ModelSettings { Width = 4 },
        Train = new TrainSettings { Method = method },
    }, seed: slices);

    [Theory]
    [InlineData(4, 0, Decoders.None)]
    [InlineData(16, 2, Decoders.V3Plus)]
    [InlineData(32, 1, Decoders.UNet)]
    [InlineData(32, 0, Decoders.None)]
    public void Each_stride_does(int stride, int decoderStride, string decoder) => Same(new RunSettings
    {
        Model = new ModelSettings
        {
            Width = 4,
            OutputStride = stride,
            Decoder = decoder,
            DecoderStride = decoderStride,
            MultiGrid = [1, 2],
        },
    }, seed: stride);

    [Fact]
    public void A_window_that_was_found_in_the_data_is_in_the_graph() => Same(new RunSettings
    {
        Data = new DataSettings { Window = Windows.Auto, WindowLow = -70, WindowHigh = 210, WindowMean = 85, WindowDeviation = 41 },
        Model = new ModelSettings { Width = 4 },
    }, seed: 9);

    [Fact]
    public void Normalisations_that_are_kept_are_nodes_and_predict_the_same()
    {
        var settings = new RunSettings { Model = new ModelSettings { Backbone = "resnet18", Width = 4, Head = Heads.Aspp3 } };
        ModelProto kept = Same(settings, seed: 3, keepNorm: true), folded = Same(settings, seed: 3);
        int norms = kept.Graph.Node.Count(node => node.OpType == "BatchNormalization");
        Assert.Equal(20 + 7, norms); // ResNet-18's, and those of the head: 1x1, three rates, pooling, projection, 3x3
        Assert.DoesNotContain(folded.Graph.Node, node => node.OpType == "BatchNormalization");
        Assert.Equal(norms, kept.Graph.Node.Count - folded.Graph.Node.Count);
    }

    [Theory]
    [InlineData(Methods.Smile)]
    [InlineData(Methods.Baseline)]
    public void Calibrated_thresholds_are_in_the_graph_where_they_are_asked_for(string method)
    {
        var settings = new RunSettings { Model = new ModelSettings { Width = 4 }, Train = new TrainSettings { Method = method } };
        ModelProto plain = Same(settings, seed: 6);
        ModelProto calibrated = Same(settings, seed: 6, thresholds: [0.2, 0.55, 0.4]);
        Assert.Equal(plain.Graph.Node.Count + 1, calibrated.Graph.Node.Count);
        Assert.Equal("[0.2,0.55,0.4]", calibrated.MetadataProps.Single(each => each.Key == "thresholds").Value);
        Assert.Equal("null", plain.MetadataProps.Single(each => each.Key == "thresholds").Value);
        string without = Save(settings, seed: 7);
        Assert.Contains("no calibrated thresholds",
            Assert.Throws<DataException>(() => OnnxExport.Write(without, Path.Combine(_folder, "no.onnx"), calibrated: true)).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "no.onnx")));
    }

    [Fact]
    public void The_metadata_say_what_a_user_must_know()
    {
        string path = Save(new RunSettings
        {
            Data = new DataSettings { Spacing = "1.5,0.75", Folders = ["/home/somebody/data"] },
            Model = new ModelSettings { Width = 4 },
        }, seed: 1);
        ModelProto model = Export(path);
        Dictionary<string, string> told = model.MetadataProps.ToDictionary(each => each.Key, each => each.Value);
        Assert.Equal("""["liver","Milz \u00B5","stomach"]""", told["organs"]);
        Assert.Equal("[1.5,0.75]", told["spacing_yx_mm"]);
        Assert.Equal("""{"low":-160,"high":240,"mean":0,"deviation":0}""", told["window_hu"]);
        Assert.Equal(("1", "smile", "", "[]"), (told["slices"], told["method"], told["seen_only"], told["not_learnt"]));
        Assert.Equal(WeightsHash.OfFile(path), told["weights_sha256"]);
        Assert.Equal(SmileVersion.Text, told["trained_by"]);
        Assert.DoesNotContain("somebody", told["settings"], StringComparison.Ordinal);
        Assert.Equal(("smile", SmileVersion.Text), (model.ProducerName, model.ProducerVersion));
    }

    [Fact]
    public void One_checkpoint_gives_one_file()
    {
        string path = Save(new RunSettings { Model = new ModelSettings { Width = 4 } }, seed: 2);
        Assert.Equal(Export(path).ToByteArray(), Export(path).ToByteArray());
    }

    [Fact]
    public void What_is_no_checkpoint_is_refused_and_nothing_is_written()
    {
        string path = Path.Combine(_folder, "other.safetensors"), onnx = Path.Combine(_folder, "model.onnx");
        SafetensorsWriter.Write(path, [TensorSource.Floats("conv1.weight", [1], () => [1f])], new Dictionary<string, string>());
        var e = Assert.Throws<DataException>(() => OnnxExport.Write(path, onnx));
        Assert.Contains("no checkpoint of Smile", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(onnx));
    }

    /// <summary>Compares a model with its export on slices of odd sizes; returns the export.</summary>
    private ModelProto Same(RunSettings settings, int seed, bool keepNorm = false, IReadOnlyList<double>? thresholds = null)
    {
        string path = Save(settings, seed, thresholds);
        ModelProto model = Export(path, keepNorm, thresholds is not null);
        using var session = new InferenceSession(model.ToByteArray());
        using Predictor predictor = Checkpoint.LoadPredictor(path, out _, () => Backends.Open("cpu", 1), batch: 2);
        predictor.Thresholds = thresholds;
        var sizes = new Random(seed);
        for (int i = 0; i < 3; i++)
        {
            Volume volume = RandomModel.Noise(i == 0 ? 1 : 3, 1 + sizes.Next(60), 1 + sizes.Next(60), seed + i);
            PredictedVolume ours = predictor.Predict(volume, probabilities: true, cancel: TestContext.Current.CancellationToken);
            Compare(session, volume, settings, ours, thresholds);
        }

        return model;
    }

    private static void Compare(
        InferenceSession session, Volume volume, RunSettings settings, PredictedVolume ours, IReadOnlyList<double>? thresholds)
    {
        Geometry g = volume.Geometry;
        int pixels = g.Height * g.Width, organs = ours.Probabilities!.Count;
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(OnnxExport.Image, Stack(volume, settings.Data.Slices))],
            [OnnxExport.Probabilities, OnnxExport.LabelMap]);
        var probabilities = results[0].AsTensor<float>();
        var labels = results[1].AsTensor<byte>();
        Assert.Equal([g.Depth, organs, g.Height, g.Width], probabilities.Dimensions.ToArray());
        Assert.Equal([g.Depth, g.Height, g.Width], labels.Dimensions.ToArray());
        float[] theirs = [.. probabilities];
        byte[] decided = [.. labels];
        float low = 1, high = 0;
        for (int z = 0; z < g.Depth; z++)
            for (int k = 0; k < organs; k++)
                for (int p = 0; p < pixels; p++)
                {
                    float own = ours.Probabilities[k][z * pixels + p], other = theirs[(z * organs + k) * pixels + p];
                    (low, high) = (Math.Min(low, own), Math.Max(high, own));
                    Assert.True(Math.Abs(own - other) <= Tolerance, $"slice {z}, organ {k}, pixel {p}: {own} and {other}");
                }

        Assert.True(high - low > 0.02, $"the model says next to nothing: {low} to {high}");
        for (int v = 0; v < decided.Length; v++)
            Assert.True(decided[v] == ours.Labels[v] || IsClose(ours, v, settings.Train.Method == Methods.Baseline, thresholds),
                $"voxel {v}: labels {ours.Labels[v]} and {decided[v]}");
    }

    /// <summary>Whether rounding may decide between two labels.</summary>
    private static bool IsClose(PredictedVolume ours, int voxel, bool softmax, IReadOnlyList<double>? thresholds)
    {
        float[] scores = [.. ours.Probabilities!.Select(p => p[voxel])];
        float rest = 1 - scores.Sum(); // background's, of a softmax
        if (thresholds is not null)
        {
            // What is compared: log odds of each organ over those of its threshold, and background's 0.
            double[] odds = [.. scores.Select((p, k) =>
                Math.Log(p / (softmax ? rest : 1 - p)) - Math.Log(thresholds[k] / (1 - thresholds[k]))), 0];
            return odds.Count(each => odds.Max() - each <= 10 * Tolerance) > 1;
        }

        float[] all = [.. scores, 0.5f, rest];
        float highest = scores.Max();
        return all.Count(score => Math.Abs(score - highest) <= Tolerance) > 1;
    }

    /// <summary>(z, slices, y, x): each slice between its neighbours, which repeat at the ends.</summary>
    private static DenseTensor<float> Stack(Volume volume, int slices)
    {
        Geometry g = volume.Geometry;
        var stack = new float[g.Depth * slices * g.Height * g.Width];
        for (int z = 0, at = 0; z < g.Depth; z++)
            for (int c = 0; c < slices; c++, at += g.Height * g.Width)
                volume.Slice(Math.Clamp(z + c - slices / 2, 0, g.Depth - 1)).CopyTo(stack.AsSpan(at));
        return new DenseTensor<float>(stack, [g.Depth, slices, g.Height, g.Width]);
    }

    private string Save(RunSettings settings, int seed, IReadOnlyList<double>? thresholds = null)
    {
        string path = Path.Combine(_folder, $"{seed}.safetensors");
        RandomModel.Save(path, settings, seed, thresholds);
        return path;
    }

    private ModelProto Export(string checkpoint, bool keepNorm = false, bool calibrated = false)
    {
        string path = Path.Combine(_folder, "model.onnx");
        OnnxExport.Write(checkpoint, path, keepNorm, calibrated);
        return ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
    }
}
