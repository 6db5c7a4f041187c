using Smile.Kernels.Backend;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Tests.Simd;

/// <summary>What is promised of the SIMD backend beyond the contracts of the operations.</summary>
public sealed class SimdBackendTests
{
    [Fact]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        uint[] expected = Step(1);
        foreach (int threads in (int[])[2, 3, 8])
        {
            uint[] words = Step(threads);
            for (int i = 0; i < words.Length; i++)
                if (words[i] != expected[i])
                    Assert.Fail($"{threads} threads give {words[i]:X8} where 1 gives {expected[i]:X8}, word {i}.");
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using IBackend backend = Backends.Open("cpu", 2);
        var step = new TrainingStep();
        step.Prepare(backend);
        for (int i = 0; i < 3; i++)
            step.Run(backend);
        long before = GC.GetAllocatedBytesForCurrentThread();
        step.Run(backend);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_name_says_width_and_threads()
    {
        using IBackend backend = Backends.Open("cpu", 3);
        Assert.Equal($"simd-{MicroKernels.BestBits} x3", backend.Name);
    }

    [Fact]
    public void Negative_threads_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Backends.Open("cpu", -1));

    private static uint[] Step(int threads)
    {
        using IBackend backend = Backends.Open("cpu", threads);
        var step = new TrainingStep();
        step.Prepare(backend);
        step.Run(backend);
        step.Run(backend);
        return step.Words(backend);
    }
}
