using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.MaxPool;
using Smile.Net.Layers;
using Smile.Net.Tensors;

namespace Smile.Net.Graph;

/// <summary>Collects layers and parameters in the order in which the model is written down.</summary>
internal sealed class GraphBuilder
{
    private readonly List<ILayer> _layers = [];
    private readonly List<Parameter> _parameters = [];

    public GraphBuilder(Shape input) => Input = new Tensor("input", input);

    public Tensor Input { get; }

    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>The group that parameters belong to from here on.</summary>
    public ParameterGroup Group { get; set; } = ParameterGroup.Backbone;

    public LayerGraph Build() => new(Input, _layers);

    /// <summary>A convolution; padding keeps the size at stride 1.</summary>
    public Tensor Conv(string name, Tensor x, int channels, int kernel, int stride = 1, int dilation = 1, bool bias = false)
    {
        var shape = new ConvShape(x.Shape.Batch, x.Shape.Height, x.Shape.Width, x.Shape.Channels, channels, kernel, stride, dilation,
            (kernel - 1) / 2 * dilation);
        shape.Validate();
        var y = new Tensor(name, new Shape(x.Shape.Batch, shape.OutHeight, shape.OutWidth, channels));
        Parameter weight = Add(name + ".weight", [channels, x.Shape.Channels, kernel, kernel], Group);
        return Add(new ConvLayer(name, shape, x, y, weight, bias ? Add(name + ".bias", [channels], Group) : null));
    }

    public Tensor Norm(string name, Tensor x, Activation activation, Tensor? residual = null)
    {
        int[] shape = [x.Shape.Channels];
        var parameters = new NormParameters(Add(name + ".weight", shape, Group), Add(name + ".bias", shape, Group),
            Add(name + ".running_mean", shape, ParameterGroup.Statistics), Add(name + ".running_var", shape, ParameterGroup.Statistics));
        return Add(new NormLayer(name, residual is null ? [x] : [x, residual], new Tensor(name, x.Shape), parameters, activation));
    }

    /// <summary>A convolution, its batch normalisation and a ReLU.</summary>
    public Tensor ConvNorm(string conv, string norm, Tensor x, int channels, int kernel, int dilation = 1) =>
        Norm(norm, Conv(conv, x, channels, kernel, dilation: dilation), Activation.Relu);

    public Tensor MaxPool(string name, Tensor x, int kernel, int stride, int pad)
    {
        var shape = new PoolShape(x.Shape.Batch, x.Shape.Height, x.Shape.Width, x.Shape.Channels, kernel, stride, pad);
        return Add(new MaxPoolLayer(name, shape, x,
            new Tensor(name, new Shape(x.Shape.Batch, shape.OutHeight, shape.OutWidth, x.Shape.Channels))));
    }

    public Tensor MeanPool(string name, Tensor x) =>
        Add(new MeanPoolLayer(name, x, new Tensor(name, new Shape(x.Shape.Batch, 1, 1, x.Shape.Channels))));

    /// <summary>To the rows and columns of another tensor.</summary>
    public Tensor Resize(string name, Tensor x, Tensor like) => Add(new ResizeLayer(name, x, like,
        new Tensor(name, x.Shape with { Height = like.Shape.Height, Width = like.Shape.Width })));

    /// <summary>Convolutions at several rates, with biases, summed; each is named by its number.</summary>
    public Tensor AtrousSum(string name, Tensor x, int channels, int kernel, IReadOnlyList<int> rates)
    {
        var shape = new AtrousSumShape(x.Shape.Batch, x.Shape.Height, x.Shape.Width, x.Shape.Channels, channels, kernel);
        AtrousConv[] branches = [.. rates.Select((rate, i) => new AtrousConv($"{name}.{i}", rate,
            Add($"{name}.{i}.weight", [channels, x.Shape.Channels, kernel, kernel], Group), Add($"{name}.{i}.bias", [channels], Group)))];
        foreach (int rate in rates)
            shape.At(rate).Validate();
        return Add(new AtrousSumLayer(name, shape, x, new Tensor(name, x.Shape with { Channels = channels }), branches));
    }

    public Tensor Concat(string name, IReadOnlyList<Tensor> inputs) =>
        Add(new ConcatLayer(name, inputs, new Tensor(name, inputs[0].Shape with { Channels = inputs.Sum(t => t.Shape.Channels) })));

    private Tensor Add(ILayer layer)
    {
        _layers.Add(layer);
        return layer.Output;
    }

    private Parameter Add(string name, int[] shape, ParameterGroup group)
    {
        if (_parameters.Any(p => p.Name == name))
            throw new ArgumentException($"Two parameters are named {name}.", nameof(name));
        var parameter = new Parameter(name, shape, group);
        _parameters.Add(parameter);
        return parameter;
    }
}
