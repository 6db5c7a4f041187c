using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>The parameters of a batch normalisation, each (Channels).</summary>
internal sealed record NormParameters(Parameter Gamma, Parameter Beta, Parameter RunningMean, Parameter RunningVariance);

/// <summary>What follows a batch normalisation, in one kernel with it.</summary>
internal enum Activation
{
    None,
    Relu,
}

/// <summary>Batch normalisation with an optional residual and an optional ReLU, fused.</summary>
internal sealed class NormLayer : ILayer
{
    private readonly NormParameters _parameters;
    private readonly Tensor _mean, _inverseStd;
    private readonly Activation _activation;
    private NormMode _mode;

    /// <summary>The residual, where there is one, is the second input.</summary>
    public NormLayer(string name, IReadOnlyList<Tensor> inputs, Tensor y, NormParameters parameters, Activation activation)
    {
        (Name, Inputs, Output, _parameters, _activation) = (name, inputs, y, parameters, activation);
        var channels = new Shape(1, 1, 1, y.Shape.Channels);
        (_mean, _inverseStd) = (new Tensor(name + ".mean", channels), new Tensor(name + ".inverse_std", channels));
    }

    public string Name { get; }

    public IReadOnlyList<Tensor> Inputs { get; }

    public Tensor Output { get; }

    public IEnumerable<Tensor> Retained => HasRelu ? [Inputs[0], Output] : [Inputs[0]];

    public IEnumerable<Tensor> Saved => [_mean, _inverseStd];

    public bool Packs => true;

    public IEnumerable<Parameter> Weights =>
        [_parameters.Gamma, _parameters.Beta, _parameters.RunningMean, _parameters.RunningVariance];

    public NormParameters Parameters => _parameters;

    public Activation Activation => _activation;

    /// <summary>Added to the variance.</summary>
    public float Epsilon => Problem.Epsilon;

    public Cost Cost => new(6L * Output.Shape.Count, (long)sizeof(float) * Output.Shape.Count * (1 + Inputs.Count));

    public Cost BackwardCost =>
        new(10L * Output.Shape.Count, (long)sizeof(float) * Output.Shape.Count * ((HasRelu ? 3 : 2) + Inputs.Count));

    public void Forward(IBackend backend, NormMode mode)
    {
        _mode = mode;
        backend.NormForward(Problem, Inputs[0].Value, Residual?.Value ?? Place.None, Places, Output.Value, Output.Packed);
    }

    public void Backward(IBackend backend, IReadOnlyList<Into> into) =>
        backend.NormBackward(Problem, Inputs[0].Value, Output.Value, Output.Gradient, Places, Inputs[0].Gradient, into[0],
            Residual?.Gradient ?? Place.None, Residual is null ? Into.Set : into[1], _parameters.Gamma.Gradient, _parameters.Beta.Gradient,
            Inputs[0].PackedGradient);

    private bool HasRelu => _activation == Activation.Relu;

    private Tensor? Residual => Inputs.Count > 1 ? Inputs[1] : null;

    private NormShape Problem => new(Output.Shape.Rows, Output.Shape.Channels, _mode, HasRelu);

    private NormPlaces Places => new(_parameters.Gamma.Value, _parameters.Beta.Value, _parameters.RunningMean.Value,
        _parameters.RunningVariance.Value, _mean.Value, _inverseStd.Value);
}
