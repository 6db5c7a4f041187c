using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.MaxPool;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>Maximum over windows.</summary>
internal sealed class MaxPoolLayer(string name, PoolShape shape, Tensor x, Tensor y) : ILayer
{
    private readonly PoolShape _shape = shape;
    private readonly Tensor _winners = new(name + ".winners", y.Shape);

    public string Name { get; } = name;

    public IReadOnlyList<Tensor> Inputs { get; } = [x];

    public Tensor Output { get; } = y;

    public IEnumerable<Tensor> Retained => [];

    public IEnumerable<Tensor> Saved => [_winners];

    public PoolShape Shape => _shape;

    public Cost Cost =>
        new(_shape.OutputCount * _shape.Kernel * _shape.Kernel, sizeof(float) * (_shape.InputCount + 2 * _shape.OutputCount));

    public Cost BackwardCost => new(_shape.OutputCount, sizeof(float) * (_shape.InputCount + 2 * _shape.OutputCount));

    public void Forward(IBackend backend, NormMode mode) =>
        backend.MaxPoolForward(_shape, Inputs[0].Value, _winners.Value, Output.Value);

    public void Backward(IBackend backend, IReadOnlyList<Into> into) =>
        backend.MaxPoolBackward(_shape, Output.Gradient, _winners.Value, Inputs[0].Gradient, into[0]);
}
