using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Net.Tensors;

namespace Smile.Net.Layers;

/// <summary>Work of one pass through a layer.</summary>
/// <param name="Flops">Floating-point operations; a multiply-add is two.</param>
/// <param name="Bytes">Bytes that must move at least: each operand once.</param>
public readonly record struct Cost(long Flops, long Bytes);

/// <summary>
/// One operation of the graph with its operands: forward and backward stand side by side, written by hand. A layer owns
/// no memory; it says what its backward pass reads, so that the plan keeps just that.
/// </summary>
internal interface ILayer
{
    /// <summary>Unique in the graph.</summary>
    string Name { get; }

    IReadOnlyList<Tensor> Inputs { get; }

    Tensor Output { get; }

    /// <summary>Activations whose values the backward pass reads.</summary>
    IEnumerable<Tensor> Retained { get; }

    /// <summary>
    /// Tensors of the layer's own that live from its forward to its backward pass (winners of a pooling, saved statistics).
    /// </summary>
    IEnumerable<Tensor> Saved => [];

    /// <summary>
    /// Whether it writes its output, and the gradient of its first input, packed beside what it is, where the plan has given places for it.
    /// </summary>
    bool Packs => false;

    /// <summary>Whether it reads its input and the gradient of its output packed, where they are.</summary>
    bool ReadsPacked => false;

    /// <summary>Its weights and running statistics.</summary>
    IEnumerable<Parameter> Weights => [];

    /// <summary>Work of the forward pass.</summary>
    Cost Cost { get; }

    /// <summary>Work of the backward pass.</summary>
    Cost BackwardCost { get; }

    /// <summary>How the backend computes a pass, where there is a choice; else empty.</summary>
    string Algorithm(IBackend backend, Pass pass) => "";

    void Forward(IBackend backend, NormMode mode);

    /// <summary>
    /// Reads the output's gradient and writes or adds the inputs' (<paramref name="into"/>, one an input) and the parameters'.
    /// </summary>
    void Backward(IBackend backend, IReadOnlyList<Into> into);
}
