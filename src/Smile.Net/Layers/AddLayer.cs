using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>The sum of two tensors (ASPP v2 sums its heads).</summary>
internal sealed class AddLayer(string name, Tensor a, Tensor b, Tensor y) : ILayer
{
    public string Name { get; } = name;

    public IReadOnlyList<Tensor> Inputs { get; } = [a, b];

    public Tensor Output { get; } = y;

    public IEnumerable<Tensor> Retained => [];

    public Cost Cost => new(Output.Shape.Count, 3L * sizeof(float) * Output.Shape.Count);

    public Cost BackwardCost => new(0, 3L * sizeof(float) * Output.Shape.Count);

    public void Forward(IBackend backend, NormMode mode) => backend.AddForward(Inputs[0].Value, Inputs[1].Value, Output.Value);

    public void Backward(IBackend backend, IReadOnlyList<Into> into)
    {
        for (int i = 0; i < Inputs.Count; i++)
            backend.AddBackward(Output.Gradient, Inputs[i].Gradient, into[i]);
    }
}
