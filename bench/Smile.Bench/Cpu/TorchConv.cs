using Smile.Kernels.Ops.Conv2d;
using TorchSharp;
using static TorchSharp.torch;

namespace Smile.Bench.Cpu;

/// <summary>
/// The same on libtorch: the forward call by itself; each gradient by autograd, which is asked for that one alone. Tensors belong to the
/// caller's scope.
/// </summary>
internal sealed class TorchConv
{
    private readonly ConvShape _shape;
    private readonly Tensor _x, _w, _dy, _leafX, _leafW, _yOfX, _yOfW;

    public TorchConv(ConvShape s, float[] x, float[] w, float[] dy, bool channelsLast)
    {
        _shape = s;
        _x = Libtorch.Image(x, channelsLast, s.Batch, s.Height, s.Width, s.InChannels);
        _dy = Libtorch.Image(dy, channelsLast, s.Batch, s.OutHeight, s.OutWidth, s.OutChannels);
        _w = Libtorch.InLayout(tensor(w, [s.Kernel, s.Kernel, s.InChannels, s.OutChannels]).permute(3, 2, 0, 1), channelsLast);
        (_leafX, _leafW) = (Libtorch.Leaf(_x), Libtorch.Leaf(_w));
        (_yOfX, _yOfW) = (Forward(_leafX, _w), Forward(_x, _leafW));
    }

    public void Run(ConvPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        Compute(pass);
    }

    /// <summary>What the pass computes, in Smile's order.</summary>
    public float[] Result(ConvPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = Compute(pass);
        return [.. (pass == ConvPass.WeightGradient ? result.permute(2, 3, 1, 0) : result.permute(0, 2, 3, 1)).contiguous().data<float>()];
    }

    private Tensor Compute(ConvPass pass) => pass switch
    {
        ConvPass.Forward => Forward(_x, _w),
        ConvPass.InputGradient => autograd.grad([_yOfX], [_leafX], [_dy], retain_graph: true)[0],
        _ => autograd.grad([_yOfW], [_leafW], [_dy], retain_graph: true)[0],
    };

    private Tensor Forward(Tensor x, Tensor w) =>
        nn.functional.conv2d(x, w, null, [_shape.Stride, _shape.Stride], [_shape.Pad, _shape.Pad], [_shape.Dilation, _shape.Dilation]);
}
