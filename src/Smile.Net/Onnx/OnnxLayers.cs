using Smile.Kernels.Ops.Conv2d;
using Smile.Net.Layers;
using Smile.Net.Models;
using Smile.Net.Tensors;
using static Smile.Net.Onnx.OnnxGraph;

namespace Smile.Net.Onnx;

/// <summary>
/// Writes a network's layers as ONNX nodes, channels before rows and columns (N, C, H, W). A batch normalisation becomes part of the
/// convolution before it: with the running statistics it is a factor and an offset of each channel.
/// </summary>
/// <param name="graph">Where to.</param>
/// <param name="network">With its weights.</param>
/// <param name="keepNorm">Batch normalisations stay nodes of their own.</param>
internal sealed class OnnxLayers(OnnxGraph graph, Network network, bool keepNorm)
{
    private readonly Dictionary<Tensor, string> _values = [];
    private readonly Dictionary<Tensor, NormLayer> _folded = keepNorm ? [] : Foldable(network);

    /// <summary>Adds all layers.</summary>
    /// <param name="images">(N, C, H, W), as the network sees them.</param>
    /// <returns>The logits, (N, outputs, H, W).</returns>
    public string Add(string images)
    {
        _values.Add(network.Graph.Input, images);
        foreach (ILayer layer in network.Graph.Layers)
        {
            _values.Add(layer.Output, layer switch
            {
                ConvLayer conv => Convolution(conv),
                AtrousSumLayer sum => AtrousSum(sum),
                NormLayer norm => Normalisation(norm),
                MaxPoolLayer pool => graph.Node("MaxPool", pool.Name, [Of(pool, 0)],
                    IntegerList("kernel_shape", pool.Shape.Kernel, pool.Shape.Kernel),
                    IntegerList("strides", pool.Shape.Stride, pool.Shape.Stride), Padding(pool.Shape.Pad)),
                MeanPoolLayer mean => graph.Node("GlobalAveragePool", mean.Name, [Of(mean, 0)]),
                ConcatLayer concat => graph.Node("Concat", concat.Name, concat.Inputs.Select(each => _values[each]), Integer("axis", 1)),
                ResizeLayer resize => Resize(resize),
                _ => throw new NotSupportedException($"{layer.GetType().Name} ({layer.Name}) has no form in ONNX yet."),
            });
        }

        return _values[network.Graph.Output];
    }

    private string Of(ILayer layer, int input) => _values[layer.Inputs[input]];

    private string Convolution(ConvLayer layer)
    {
        float[] weight = Read(layer.Weight), bias = layer.Bias is { } own ? Read(own) : [];
        if (_folded.TryGetValue(layer.Output, out NormLayer? norm))
            (weight, bias) = Fold(norm, weight, bias);
        return Convolution(layer.Name, layer.Shape, Of(layer, 0), layer.Weight, weight, bias);
    }

    /// <summary>A convolution a rate, and their sum in order.</summary>
    private string AtrousSum(AtrousSumLayer layer)
    {
        string sum = "";
        foreach (AtrousConv branch in layer.Branches)
        {
            string y = Convolution(branch.Name, layer.ShapeOf(branch), Of(layer, 0), branch.Weight, Read(branch.Weight), Read(branch.Bias));
            sum = sum.Length == 0 ? y : graph.Node("Add", branch.Name + ".sum", [sum, y]);
        }

        return sum;
    }

    private string Convolution(string name, ConvShape shape, string x, Parameter parameter, float[] weight, float[] bias)
    {
        string[] constants = [graph.Floats(parameter.Name, parameter.Shape, weight),
            .. bias.Length == 0 ? Array.Empty<string>() : [graph.Floats(name + ".bias", [bias.Length], bias)]];
        return graph.Node("Conv", name, [x, .. constants],
            IntegerList("kernel_shape", shape.Kernel, shape.Kernel), IntegerList("strides", shape.Stride, shape.Stride),
            IntegerList("dilations", shape.Dilation, shape.Dilation), Padding(shape.Pad));
    }

    private string Normalisation(NormLayer layer)
    {
        string y = Of(layer, 0);
        if (!_folded.ContainsKey(layer.Inputs[0]))
        {
            NormParameters p = layer.Parameters;
            var constants = new[] { p.Gamma, p.Beta, p.RunningMean, p.RunningVariance }
                .Select(each => graph.Floats(each.Name, each.Shape, Read(each)));
            y = graph.Node("BatchNormalization", layer.Name + ".norm", [y, .. constants], Single("epsilon", layer.Epsilon));
        }

        if (layer.Inputs.Count > 1)
            y = graph.Node("Add", layer.Name + ".residual", [y, Of(layer, 1)]);
        return layer.Activation == Activation.Relu ? graph.Node("Relu", layer.Name + ".relu", [y]) : y;
    }

    /// <summary>To the rows and columns that the other tensor has when the model runs.</summary>
    private string Resize(ResizeLayer layer) => graph.Node("Resize", layer.Name,
        [Of(layer, 0), "", "", graph.Node("Shape", layer.Name + ".size", [_values[layer.Like]], Integer("start", 2), Integer("end", 4))],
        Text("mode", "linear"), Text("coordinate_transformation_mode", "half_pixel"), IntegerList("axes", 2, 3));

    private static AttributeProto Padding(int pad) => IntegerList("pads", pad, pad, pad, pad);

    private float[] Read(Parameter parameter) => parameter.Read(network.Backend, parameter.Predicting);

    /// <summary>
    /// Weights (O, I, H, W) and biases (O) that give what convolution and normalisation gave; in double until they are rounded.
    /// </summary>
    private (float[] Weight, float[] Bias) Fold(NormLayer norm, float[] weight, float[] bias)
    {
        NormParameters p = norm.Parameters;
        float[] gamma = Read(p.Gamma), beta = Read(p.Beta), mean = Read(p.RunningMean), variance = Read(p.RunningVariance);
        var (scaled, offsets) = (new float[weight.Length], new float[gamma.Length]);
        int filter = weight.Length / gamma.Length;
        for (int o = 0; o < gamma.Length; o++)
        {
            double factor = gamma[o] / Math.Sqrt((double)variance[o] + norm.Epsilon);
            offsets[o] = (float)(beta[o] + ((bias.Length == 0 ? 0.0 : bias[o]) - mean[o]) * factor);
            for (int i = o * filter; i < (o + 1) * filter; i++)
                scaled[i] = (float)(weight[i] * factor);
        }

        return (scaled, offsets);
    }

    /// <summary>Outputs of convolutions that a normalisation reads and nothing else does.</summary>
    private static Dictionary<Tensor, NormLayer> Foldable(Network network)
    {
        var convolutions = network.Graph.Layers.OfType<ConvLayer>().Select(conv => conv.Output).ToHashSet();
        var readers = network.Graph.Layers.SelectMany(layer => layer.Inputs).ToLookup(input => input);
        return network.Graph.Layers.OfType<NormLayer>()
            .Where(norm => convolutions.Contains(norm.Inputs[0]) && readers[norm.Inputs[0]].Count() == 1)
            .ToDictionary(norm => norm.Inputs[0]);
    }
}
