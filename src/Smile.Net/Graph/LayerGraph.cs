using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Net.Layers;
using Smile.Net.Tensors;
using Smile.Net.Tracing;

namespace Smile.Net.Graph;

/// <summary>
/// A list of layers in order. The forward pass is a loop over it, the backward pass the same loop reversed; there is no
/// tape and no autograd. Who sets a gradient and who adds to it is settled when the graph is made.
/// </summary>
internal sealed class LayerGraph
{
    private readonly ILayer[] _layers;
    private readonly Into[][] _into;
    private readonly RangeName[] _names;

    public LayerGraph(Tensor input, IReadOnlyList<ILayer> layers)
    {
        (Input, _layers, _into) = (input, [.. layers], new Into[layers.Count][]);
        _names = [.. layers.Select(layer => Ranges.Name(layer.Name))];
        var reached = new HashSet<Tensor>();
        for (int i = _layers.Length - 1; i >= 0; i--)
            _into[i] = [.. _layers[i].Inputs.Select(t => reached.Add(t) ? Into.Set : Into.Add)];
    }

    public Tensor Input { get; }

    public Tensor Output => _layers[^1].Output;

    public IReadOnlyList<ILayer> Layers => _layers;

    public IObserver? Observer { get; set; }

    public void Forward(IBackend backend, NormMode mode)
    {
        for (int i = 0; i < _layers.Length; i++)
        {
            using Ranges.Range range = Ranges.Enter(_names[i]);
            Observer?.Before(_layers[i], Pass.Forward);
            _layers[i].Forward(backend, mode);
            Observer?.After(_layers[i], Pass.Forward);
        }
    }

    /// <summary>Expects the gradient of <see cref="Output"/> in its place.</summary>
    public void Backward(IBackend backend)
    {
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            using Ranges.Range range = Ranges.Enter(_names[i]);
            Observer?.Before(_layers[i], Pass.Backward);
            _layers[i].Backward(backend, _into[i]);
            Observer?.After(_layers[i], Pass.Backward);
        }
    }
}
