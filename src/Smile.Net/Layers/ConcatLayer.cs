using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>Tensors side by side along channels (ASPP v3).</summary>
internal sealed class ConcatLayer(string name, IReadOnlyList<Tensor> inputs, Tensor y) : ILayer
{
    public string Name { get; } = name;

    public IReadOnlyList<Tensor> Inputs { get; } = inputs;

    public Tensor Output { get; } = y;

    public IEnumerable<Tensor> Retained => [];

    public Cost Cost => new(0, 2L * sizeof(float) * Output.Shape.Count);

    public Cost BackwardCost => Cost;

    public void Forward(IBackend backend, NormMode mode)
    {
        for (int i = 0, first = 0; i < Inputs.Count; first += Inputs[i++].Shape.Channels)
            backend.ConcatForward(Part(i, first), Inputs[i].Value, Output.Value);
    }

    public void Backward(IBackend backend, IReadOnlyList<Into> into)
    {
        for (int i = 0, first = 0; i < Inputs.Count; first += Inputs[i++].Shape.Channels)
            if (!Inputs[i].Gradient.IsNone) // the image has none
                backend.ConcatBackward(Part(i, first), Output.Gradient, Inputs[i].Gradient, into[i]);
    }

    private ConcatShape Part(int i, int first) => new(Output.Shape.Rows, Inputs[i].Shape.Channels, Output.Shape.Channels, first);
}
