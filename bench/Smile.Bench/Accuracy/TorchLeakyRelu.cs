using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Smile.Bench.Accuracy;

/// <summary>
/// A leaky ReLU whose slope lives as long as it does. TorchSharp's own makes a scalar for each call, which the garbage collector may free
/// while libtorch reads it: a training died of it.
/// </summary>
internal sealed class TorchLeakyRelu : Module<Tensor, Tensor>
{
    private readonly Scalar _slope;

    public TorchLeakyRelu(double slope)
        : base("leaky_relu") => _slope = slope.ToScalar();

    public override Tensor forward(Tensor input)
    {
        Tensor output = input.leaky_relu(_slope);
        GC.KeepAlive(_slope);
        return output;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _slope.Dispose();
        base.Dispose(disposing);
    }
}
