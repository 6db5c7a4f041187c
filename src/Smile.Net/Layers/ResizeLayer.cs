using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Resize;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>Bilinear resampling to the rows and columns of another tensor.</summary>
internal sealed class ResizeLayer(string name, Tensor x, Tensor like, Tensor y) : ILayer
{
    private readonly ResizeShape _shape = new(x.Shape.Batch, x.Shape.Height, x.Shape.Width, y.Shape.Height, y.Shape.Width,
        x.Shape.Channels);

    public string Name { get; } = name;

    public IReadOnlyList<Tensor> Inputs { get; } = [x];

    public Tensor Output { get; } = y;

    /// <summary>Whose size the output has; of its values nothing is read.</summary>
    public Tensor Like { get; } = like;

    public IEnumerable<Tensor> Retained => [];

    public Cost Cost => new(8 * _shape.OutputCount, sizeof(float) * (_shape.InputCount + _shape.OutputCount));

    public Cost BackwardCost => Cost;

    public void Forward(IBackend backend, NormMode mode) => backend.ResizeForward(_shape, Inputs[0].Value, Output.Value);

    public void Backward(IBackend backend, IReadOnlyList<Into> into) =>
        backend.ResizeBackward(_shape, Output.Gradient, Inputs[0].Gradient, into[0]);
}
