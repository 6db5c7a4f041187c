using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Runs;
using Smile.Net.Weights;
using static Smile.Net.Onnx.OnnxGraph;
using DataType = Smile.Net.Onnx.TensorProto.Types.DataType;

namespace Smile.Net.Onnx;

/// <summary>
/// A checkpoint as an ONNX model (operator set 18): HU in, probabilities and labels out. Window, padding, resizing of the logits, sigmoid
/// and decision are in the graph; the spacing is not: slices must have the model's, which the metadata names.
/// </summary>
public static class OnnxExport
{
    /// <summary>Input: float32 (batch, slices, height, width), HU, slices of one another's neighbours with the lowest z first.</summary>
    public const string Image = "image";

    /// <summary>Output: float32 (batch, organs, height, width), 0 to 1.</summary>
    public const string Probabilities = "probabilities";

    /// <summary>Output: uint8 (batch, height, width), 0 background, k + 1 organ k: what <c>smile predict</c> writes.</summary>
    public const string LabelMap = "labels";

    private const int OperatorSet = 18, IrVersion = 8; // of ONNX 1.13, which runtimes of 2023 read

    /// <summary>Writes a checkpoint's model.</summary>
    /// <param name="checkpoint">The checkpoint's file.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="keepNorm">Batch normalisations stay nodes, as one needs to train on; else they are part of the convolutions.</param>
    /// <param name="calibrated">The labels are those of <see cref="Checkpoint.Thresholds"/>.</param>
    /// <returns>What the checkpoint says of itself.</returns>
    /// <exception cref="DataException">The checkpoint is damaged or none of Smile; or the file cannot be written, or has no thresholds
    /// although they are wanted.</exception>
    /// <exception cref="ConfigException">The weights are more than an ONNX file holds.</exception>
    public static Checkpoint Write(string checkpoint, string output, bool keepNorm = false, bool calibrated = false)
    {
        Checkpoint model = Checkpoint.Read(checkpoint);
        ModelSettings network = model.Settings.Model;
        int organs = model.Organs.Count, slices = model.Settings.Data.Slices;
        // Of any size: the nodes take theirs from the image.
        using var loaded = new Network(network, batch: 1, network.SizeMultiple, network.SizeMultiple, slices,
            model.Softmax ? organs + 1 : organs, NetworkUse.Inference, Backends.Open("scalar"));
        NetworkWeights.Load(checkpoint, loaded);
        DemandSize(checkpoint, loaded.Parameters.Sum(p => (long)p.Count));

        var graph = new OnnxGraph();
        graph.Input(Image, "HU; slices of a volume, the one to segment in the middle, the lowest z first",
            AnyCount, slices, AnyHeight, AnyWidth);
        string images = Padded(graph, Windowed(graph, model.Settings.Intensities), model.Settings.Intensities, network.SizeMultiple);
        string logits = new OnnxLayers(graph, loaded, keepNorm).Add(images);
        logits = graph.Node("Slice", "cropped", [logits, graph.Integers("crop.start", 0, 0), "size", graph.Integers("crop.axes", 2, 3)]);
        IReadOnlyList<double>? thresholds = calibrated ? model.DemandThresholds(checkpoint) : null;
        AddResults(graph, logits, model.Softmax, thresholds);
        graph.Output(Probabilities, "of each organ, 0 to 1", DataType.Float, AnyCount, organs, AnyHeight, AnyWidth);
        graph.Output(LabelMap, "0 background, k + 1 organ k", DataType.Uint8, AnyCount, AnyHeight, AnyWidth);

        var proto = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "smile",
            ProducerVersion = SmileVersion.Text,
            DocString = "Organs in axial CT slices at the spacing that the metadata names. Research software, not a medical device.",
            Graph = graph.Proto,
        };
        proto.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        proto.MetadataProps.AddRange(Metadata(model, checkpoint, thresholds)
            .Select(p => new StringStringEntryProto { Key = p.Key, Value = p.Value }));
        AtomicFile.Write(output, proto.WriteTo);
        return model;
    }

    /// <summary>The file's metadata, as JSON but for plain names and numbers.</summary>
    private static IEnumerable<(string Key, string Value)> Metadata(Checkpoint model, string path, IReadOnlyList<double>? thresholds)
    {
        Window window = model.Settings.Intensities;
        PlaneSpacing? spacing = model.Settings.PlaneSpacing();
        yield return ("organs", Json(model.Organs));
        yield return ("not_learnt", Json(model.State.NotLearnt));
        yield return ("spacing_yx_mm", spacing is { } mm ? new JsonArray(mm.Y, mm.X).ToJsonString() : "null");
        yield return ("window_hu", new JsonObject
        {
            ["low"] = window.Low,
            ["high"] = window.High,
            ["mean"] = window.Mean,
            ["deviation"] = window.Deviation,
        }.ToJsonString());
        yield return ("slices", model.Settings.Data.Slices.ToString(CultureInfo.InvariantCulture));
        yield return ("slice_distance_mm",
            model.Settings.SliceDistance().Millimetres?.ToString("R", CultureInfo.InvariantCulture) ?? "null");
        yield return ("thresholds", thresholds is null ? "null" : new JsonArray([.. thresholds.Select(t => (JsonNode?)t)]).ToJsonString());
        yield return ("method", model.Settings.Train.Method);
        yield return ("seen_only", model.SeenOnly);
        yield return ("weights_sha256", WeightsHash.OfFile(path));
        yield return ("trained_by", model.Program);
        yield return ("settings", model.Settings.ToText());
    }

    private static string Json(IEnumerable<string> names) =>
        new JsonArray([.. names.Select(name => JsonValue.Create(name))]).ToJsonString();

    /// <summary>HU as the network sees them, in the order of <see cref="Window.Map(float)"/>.</summary>
    private static string Windowed(OnnxGraph graph, Window window)
    {
        string x = graph.Node("Clip", "window.clipped",
            [Image, graph.Float("window.low", window.Low), graph.Float("window.high", window.High)]);
        x = graph.Node("Sub", "window.from_zero", [x, graph.Float("window.zero", window.Zero)]);
        x = graph.Node("Mul", "window.scaled", [x, graph.Float("window.slope", window.Slope)]);
        return graph.Node("Sub", "window.shifted", [x, graph.Float("window.shift", window.Shift)]);
    }

    /// <summary>Rows and columns up to a multiple, at the far edges, with the window's minimum, as <c>Predictor</c> does.</summary>
    private static string Padded(OnnxGraph graph, string x, Window window, int multiple)
    {
        string size = graph.Node("Shape", "size", [Image], Integer("start", 2), Integer("end", 4));
        string minus = graph.Node("Sub", "pad.minus", [graph.Integers("pad.none", 0), size]);
        string missing = graph.Node("Mod", "pad.missing", [minus, graph.Integers("pad.multiple", multiple)]);
        string pads = graph.Node("Concat", "pad.pads", [graph.Integers("pad.before", 0, 0, 0, 0, 0, 0), missing], Integer("axis", 0));
        return graph.Node("Pad", "padded", [x, pads, graph.Float("pad.value", window.Minimum)], Text("mode", "constant"));
    }

    /// <summary>Probabilities, and the decision of <see cref="Prediction.Decision"/>.</summary>
    private static void AddResults(OnnxGraph graph, string logits, bool softmax, IReadOnlyList<double>? thresholds)
    {
        string classes = Shifted(graph, logits, softmax, thresholds);
        if (softmax)
        {
            string all = graph.Node("Softmax", "softmax", [logits], Integer("axis", 1));
            graph.Node("Slice", Probabilities,
                [all, graph.Integers("organs.start", 1), graph.Integers("organs.end", int.MaxValue), graph.Integers("organs.axes", 1)]);
        }
        else
        {
            graph.Node("Sigmoid", Probabilities, [logits]);
            // Background wins where no logit is above 0.
            string pads = graph.Integers("classes.pads", 0, 1, 0, 0, 0, 0, 0, 0);
            classes = graph.Node("Pad", "classes", [classes, pads], Text("mode", "constant"));
        }

        string best = graph.Node("ArgMax", "best", [classes], Integer("axis", 1), Integer("keepdims", 0));
        graph.Node("Cast", LabelMap, [best], Integer("to", (long)DataType.Uint8));
    }

    /// <summary>The logits that are decided by, of which 0 is an organ's threshold, or the background's logit.</summary>
    private static string Shifted(OnnxGraph graph, string logits, bool softmax, IReadOnlyList<double>? thresholds)
    {
        if (thresholds is null)
            return logits;
        float[] shifts = [.. softmax ? [0f] : Array.Empty<float>(), .. thresholds.Select(Prediction.ThresholdCalibration.Shift)];
        return graph.Node("Add", "calibrated", [logits, graph.Floats("calibrated.shift", [shifts.Length, 1, 1], shifts)]);
    }

    private static void DemandSize(string path, long weights)
    {
        const long Most = int.MaxValue - (16 << 20); // protobuf's bound, less what else stands in the file
        if (weights * sizeof(float) > Most)
            throw new ConfigException($"{path}: {weights} weights are more than an ONNX file of 2 GiB holds. Train a narrower model "
                + "(model.width).");
    }
}
