using BenchmarkDotNet.Attributes;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;

namespace Smile.Bench.Micro;

/// <summary>The losses on the SIMD backend, forward and gradient in one pass, over a batch of eight 128 x 128 slices.</summary>
[MemoryDiagnoser]
public class LossBenchmarks
{
    private const int Pixels = 8 * 128 * 128, Organs = 3;

    private IBackend _backend = null!;
    private Place _logits, _gradient, _isOrgan, _isKnown, _sums, _counts;

    [GlobalSetup]
    public void Reserve()
    {
        _backend = Backends.Open("cpu");
        var plan = new ArenaPlan();
        (_logits, _gradient) = (plan.Take(Arena.Activations, Pixels * (Organs + 1)), plan.Take(Arena.Activations, Pixels * (Organs + 1)));
        (_isOrgan, _isKnown) = (plan.Take(Arena.Batch, Pixels), plan.Take(Arena.Batch, Pixels));
        (_sums, _counts) = (plan.Take(Arena.Batch, Organs), plan.Take(Arena.Batch, Organs));
        _backend.Reserve(plan);
        _backend.Fill(_logits, 0.5f);
    }

    [GlobalCleanup]
    public void Free() => _backend.Dispose();

    [Benchmark]
    public void MaskedBce() =>
        _backend.MaskedBce(new MaskedBceShape(Pixels, Organs, 1f / Pixels), _logits.Part(0, Pixels * Organs), _isOrgan, _isKnown,
        _sums, _counts, _gradient.Part(0, Pixels * Organs));

    [Benchmark]
    public void SoftmaxCrossEntropy() => _backend.SoftmaxCrossEntropy(new SoftmaxShape(Pixels, Organs + 1, 1f / Pixels), _logits, _isOrgan,
        _sums.Part(0, 1), _counts.Part(0, 1), _gradient);
}
