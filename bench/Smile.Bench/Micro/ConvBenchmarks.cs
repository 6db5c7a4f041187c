using BenchmarkDotNet.Attributes;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Bench.Micro;

/// <summary>The three passes of a convolution on the SIMD backend, at the shapes of a DeepLab ResNet; Flops / time is the speed.</summary>
[MemoryDiagnoser]
public class ConvBenchmarks
{
    private IBackend _backend = null!;
    private Place _x, _w, _y, _gradient, _weightGradient;

    /// <summary>Dense, 1x1, atrous, few channels, the stem, and a head that reads mostly padding.</summary>
    public static IEnumerable<ConvShape> Shapes =>
    [
        new(4, 64, 64, 64, 64, 3, Pad: 1),
        new(4, 32, 32, 128, 128, 3, Pad: 1),
        new(4, 64, 64, 64, 256, 1),
        new(4, 32, 32, 256, 256, 3, Dilation: 2, Pad: 2),
        new(8, 16, 16, 512, 512, 3, Dilation: 4, Pad: 4),
        new(8, 96, 96, 16, 16, 3, Pad: 1),
        new(8, 128, 128, 1, 64, 7, Stride: 2, Pad: 3),
        new(8, 16, 16, 512, 3, 3, Dilation: 12, Pad: 12),
    ];

    [ParamsSource(nameof(Shapes))]
    public ConvShape Shape { get; set; }

    [GlobalSetup]
    public void Reserve()
    {
        _backend = Backends.Open("cpu");
        var plan = new ArenaPlan();
        (_x, _gradient) = (plan.Take(Arena.Activations, (int)Shape.InputCount), plan.Take(Arena.Activations, (int)Shape.InputCount));
        (_w, _weightGradient) = (plan.Take(Arena.Weights, (int)Shape.WeightCount), plan.Take(Arena.Gradients, (int)Shape.WeightCount));
        _y = plan.Take(Arena.Activations, (int)Shape.OutputCount);
        _backend.Reserve(plan);
        _backend.Fill(_x, 0.5f);
        _backend.Fill(_w, 0.25f);
        _backend.Fill(_y, 0.125f);
    }

    [GlobalCleanup]
    public void Free() => _backend.Dispose();

    [Benchmark]
    public void Forward() => _backend.ConvForward(Shape, _x, _w, Place.None, _y);

    [Benchmark]
    public void BackInput() => _backend.ConvBackInput(Shape, _y, _w, _gradient, Into.Set);

    [Benchmark]
    public void BackWeight() => _backend.ConvBackWeight(Shape, _x, _y, _weightGradient, Into.Set);
}
