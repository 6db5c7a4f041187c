using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.MeanPool;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>Mean over all pixels of each image.</summary>
internal sealed class MeanPoolLayer(string name, Tensor x, Tensor y) : ILayer
{
    private readonly MeanShape _shape = new(x.Shape.Batch, x.Shape.Height * x.Shape.Width, x.Shape.Channels);

    public string Name { get; } = name;

    public IReadOnlyList<Tensor> Inputs { get; } = [x];

    public Tensor Output { get; } = y;

    public IEnumerable<Tensor> Retained => [];

    public Cost Cost => new(Inputs[0].Shape.Count, sizeof(float) * ((long)Inputs[0].Shape.Count + Output.Shape.Count));

    public Cost BackwardCost => Cost;

    public void Forward(IBackend backend, NormMode mode) => backend.MeanPoolForward(_shape, Inputs[0].Value, Output.Value);

    public void Backward(IBackend backend, IReadOnlyList<Into> into) =>
        backend.MeanPoolBackward(_shape, Output.Gradient, Inputs[0].Gradient, into[0]);
}
