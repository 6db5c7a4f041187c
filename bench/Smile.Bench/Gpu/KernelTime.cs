using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Bench.Gpu;

/// <summary>What the emulator counts of a kernel in a case: what its bound is made of.</summary>
/// <param name="Case">The case.</param>
/// <param name="Kernel">The kernel.</param>
/// <param name="Arithmetic">The pipe that does most of it.</param>
/// <param name="Flops">Of the problem where it is known, else as counted.</param>
/// <param name="Bytes">Bytes touched, each once.</param>
internal sealed record CountedKernel(string Case, string Kernel, Arithmetic Arithmetic, long Flops, long Bytes)
{
    /// <summary>Of every kernel of every case.</summary>
    public static CountedKernel[] Of(Counting counting) =>
        [.. counting.Run().SelectMany(c => c.Row.Rows).Select(r => new CountedKernel(r.Case, r.Kernel, r.Arithmetic, r.Flops, r.Bytes))];
}

/// <summary>A kernel of a case on a device.</summary>
/// <param name="Counted">What the emulator says of it.</param>
/// <param name="Difference">What is wrong with the results of the case; null: nothing.</param>
/// <param name="Milliseconds">Of its longest launch; 0 where the events tell no time.</param>
/// <param name="Resources">What the driver's compiler made of it.</param>
internal sealed record KernelTime(CountedKernel Counted, string? Difference, double Milliseconds, KernelResources Resources)
{
    /// <summary>Checks and times the kernels of cases of one precision, one after another.</summary>
    /// <param name="cuda">The device, its memory not taken yet; it is given back.</param>
    /// <param name="samples">Of <see cref="TimedRuntime"/>.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="precision">Theirs.</param>
    /// <param name="counted">What the emulator counted of them.</param>
    /// <param name="expected">The right results of a case.</param>
    public static IEnumerable<KernelTime> Of(CudaRuntime cuda, int samples, IReadOnlyList<KernelCase> cases,
        Precision precision, IReadOnlyList<CountedKernel> counted, Func<KernelCase, IReadOnlyList<uint[]>> expected)
    {
        var plan = new ArenaPlan();
        foreach (KernelCase one in cases)
        {
            var operands = new Operands();
            one.Make(operands);
            plan.AtLeast(Arena.Activations, operands.Plan.TotalWords);
        }

        var runtime = new TimedRuntime(cuda, samples);
        using var backend = new GpuBackend(runtime, precision);
        backend.Reserve(plan);
        foreach (KernelCase one in cases)
        {
            var operands = new Operands();
            Action<IBackend> run = one.Make(operands);
            operands.Write(backend);
            runtime.Forget();
            run(backend);
            string? difference = ScalarCheck.Difference(operands, expected(one), ScalarCheck.Results(backend, operands),
                ScalarCheck.ToleranceOf(precision));
            foreach (var launches in runtime.Kept.ToArray().GroupBy(l => l.Kernel))
                yield return new KernelTime(counted.Single(c => c.Case == one.Name && c.Kernel == launches.Key), difference,
                    launches.Max(l => runtime.Time(l.Again)), cuda.Resources.Single(r => r.Kernel.Name == launches.Key));
        }
    }
}
