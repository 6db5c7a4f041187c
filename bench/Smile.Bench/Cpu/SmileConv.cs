using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Bench.Cpu;

/// <summary>The three passes of a convolution on the SIMD backend.</summary>
internal sealed class SmileConv : IDisposable
{
    private readonly SimdBackend _backend;
    private readonly ConvShape _shape;
    private readonly Place _x, _w, _dy, _y, _dx, _dw;

    public SmileConv(SimdBackend backend, ConvShape shape, float[] x, float[] w, float[] dy)
    {
        (_backend, _shape) = (backend, shape);
        var plan = new ArenaPlan();
        (_x, _w, _dy) = (plan.Take(Arena.Activations, x.Length), plan.Take(Arena.Weights, w.Length),
            plan.Take(Arena.Activations, dy.Length));
        (_dx, _dw, _y) = (plan.Take(Arena.Activations, x.Length), plan.Take(Arena.Gradients, w.Length),
            plan.Take(Arena.Activations, dy.Length));
        _backend.Reserve(plan);
        _backend.Write(_x, x);
        _backend.Write(_w, w);
        _backend.Write(_dy, dy);
    }

    /// <summary>For people: "4 x 64 x 64, 64 -> 64, 3x3 d1".</summary>
    public static string Name(ConvShape s) =>
        $"{s.Batch} x {s.Height} x {s.Width}, {s.InChannels} -> {s.OutChannels}, "
            + $"{s.Kernel}x{s.Kernel} d{s.Dilation}{(s.Stride > 1 ? $" s{s.Stride}" : "")}";

    /// <summary>The algorithm of a pass.</summary>
    public string Algorithm(ConvPass pass) => _backend.ConvAlgorithmOf(_shape, pass);

    public void Run(ConvPass pass)
    {
        if (pass == ConvPass.Forward)
            _backend.ConvForward(_shape, _x, _w, Place.None, _y);
        else if (pass == ConvPass.InputGradient)
            _backend.ConvBackInput(_shape, _dy, _w, _dx, Into.Set);
        else
            _backend.ConvBackWeight(_shape, _x, _dy, _dw, Into.Set);
    }

    /// <summary>What the pass computes.</summary>
    public float[] Result(ConvPass pass)
    {
        Run(pass);
        Place result = pass switch { ConvPass.Forward => _y, ConvPass.InputGradient => _dx, _ => _dw };
        var values = new float[result.Length];
        _backend.Read(result, values);
        return values;
    }

    public void Dispose() => _backend.Dispose();
}
