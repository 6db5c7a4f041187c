using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Conv2d;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>A convolution, dense or atrous, with an optional bias.</summary>
internal sealed class ConvLayer(string name, ConvShape shape, Tensor x, Tensor y, Parameter weight, Parameter? bias) : ILayer
{
    private readonly ConvShape _shape = shape;

    public string Name { get; } = name;

    public IReadOnlyList<Tensor> Inputs { get; } = [x];

    public Tensor Output { get; } = y;

    public IEnumerable<Tensor> Retained => Inputs;

    public bool ReadsPacked => true;

    public Cost Cost => new(_shape.Flops, sizeof(float) * (_shape.InputCount + _shape.WeightCount + _shape.OutputCount));

    /// <summary>Weight gradient, and input gradient unless the input is the image: the same products each, and the same operands.</summary>
    public Cost BackwardCost
    {
        get
        {
            int products = Inputs[0].Gradient.IsNone ? 1 : 2;
            return new(products * Cost.Flops, products * Cost.Bytes);
        }
    }

    public ConvShape Shape => _shape;

    /// <summary>What a training step does of it: the image has no gradient.</summary>
    public IReadOnlyList<ConvPass> Passes => Inputs[0].Gradient.IsNone ? [ConvPass.Forward, ConvPass.WeightGradient]
        : [ConvPass.Forward, ConvPass.InputGradient, ConvPass.WeightGradient];

    public IEnumerable<Parameter> Weights => bias is null ? [weight] : [weight, bias];

    public Parameter Weight => weight;

    public Parameter? Bias => bias;

    public string Algorithm(IBackend backend, Pass pass)
    {
        if (pass == Pass.Forward)
            return backend.ConvAlgorithmOf(_shape, ConvPass.Forward);
        string weight = backend.ConvAlgorithmOf(_shape, ConvPass.WeightGradient);
        return Inputs[0].Gradient.IsNone ? weight : $"{weight}; {backend.ConvAlgorithmOf(_shape, ConvPass.InputGradient)}";
    }

    public void Forward(IBackend backend, NormMode mode) =>
        backend.ConvForward(_shape, Inputs[0].Value, weight.Value, bias?.Value ?? Place.None, Output.Value, Inputs[0].Packed);

    public void Backward(IBackend backend, IReadOnlyList<Into> into)
    {
        backend.ConvBackWeight(_shape, Inputs[0].Value, Output.Gradient, weight.Gradient, Into.Set, Inputs[0].Packed,
            Output.PackedGradient);
        if (bias is not null)
            backend.ConvBackBias(_shape, Output.Gradient, bias.Gradient, Into.Set);
        if (!Inputs[0].Gradient.IsNone)
            backend.ConvBackInput(_shape, Output.Gradient, weight.Value, Inputs[0].Gradient, into[0], Output.PackedGradient);
    }
}
