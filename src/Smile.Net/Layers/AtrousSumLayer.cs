using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Conv2d;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>One of the convolutions that <see cref="AtrousSumLayer"/> sums.</summary>
/// <param name="Name">As of a convolution of its own.</param>
/// <param name="Rate">Its dilation.</param>
/// <param name="Weight">(O, I, H, W).</param>
/// <param name="Bias">(O).</param>
internal sealed record AtrousConv(string Name, int Rate, Parameter Weight, Parameter Bias);

/// <summary>Convolutions of one input at several rates, summed (the head of DeepLab v2).</summary>
internal sealed class AtrousSumLayer(string name, AtrousSumShape shape, Tensor x, Tensor y, IReadOnlyList<AtrousConv> branches) : ILayer
{
    private readonly AtrousSumShape _shape = shape;
    private readonly Tensor _part = new(name + ".part", y.Shape);
    private AtrousBranch[]? _values, _gradients;

    public string Name { get; } = name;

    public IReadOnlyList<Tensor> Inputs { get; } = [x];

    public Tensor Output { get; } = y;

    public IEnumerable<Tensor> Retained => Inputs;

    public IEnumerable<Tensor> Saved => [_part];

    public IEnumerable<Parameter> Weights => branches.SelectMany(branch => new[] { branch.Weight, branch.Bias });

    public IReadOnlyList<AtrousConv> Branches => branches;

    public Cost Cost => new(branches.Count * _shape.At(1).Flops,
        sizeof(float) * (_shape.At(1).InputCount + branches.Count * _shape.At(1).WeightCount + _shape.OutputCount));

    public Cost BackwardCost => new(2 * Cost.Flops, 2 * Cost.Bytes);

    // Places do not move once the network has planned them.
    private AtrousBranch[] Values => _values ??=
        [.. branches.Select(branch => new AtrousBranch(branch.Rate, branch.Weight.Value, branch.Bias.Value))];

    private AtrousBranch[] Gradients => _gradients ??=
        [.. branches.Select(branch => new AtrousBranch(branch.Rate, branch.Weight.Gradient, branch.Bias.Gradient))];

    public ConvShape ShapeOf(AtrousConv branch) => _shape.At(branch.Rate);

    public string Algorithm(IBackend backend, Pass pass) => pass == Pass.Forward
        ? backend.AtrousSumAlgorithmOf(_shape, Values, ConvPass.Forward)
        : $"{backend.AtrousSumAlgorithmOf(_shape, Values, ConvPass.WeightGradient)}; "
            + backend.AtrousSumAlgorithmOf(_shape, Values, ConvPass.InputGradient);

    public void Forward(IBackend backend, NormMode mode) =>
        backend.AtrousSumForward(_shape, Inputs[0].Value, Values, Output.Value, _part.Value);

    public void Backward(IBackend backend, IReadOnlyList<Into> into) =>
        backend.AtrousSumBackward(_shape, Inputs[0].Value, Output.Gradient, Values, Gradients, Inputs[0].Gradient, into[0]);
}
