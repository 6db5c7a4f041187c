using Smile.Kernels;
using Smile.PtxEmulator;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Driver;

namespace Smile.Bench.Ptx;

/// <summary>Runs cases on the CUDA backend over the emulated driver, as an sm_80 device, and keeps the counters.</summary>
internal sealed class Counting : IDisposable
{
    private readonly EmulatedDriver _driver = new(8, 0, new EmulatorOptions { Seed = 1 });
    private readonly Dictionary<Precision, GpuBackend> _backends = [];
    private readonly ArenaPlan _plan = new();
    private readonly List<(KernelCase Case, Operands Operands, Action<IBackend> Run)> _cases = [];

    /// <summary>Opens the backend with memory for the largest of the cases, which all lie at the same place.</summary>
    public Counting(IEnumerable<KernelCase> cases)
    {
        foreach (KernelCase one in cases)
        {
            var operands = new Operands();
            _cases.Add((one, operands, one.Make(operands)));
            _plan.AtLeast(Arena.Activations, operands.Plan.TotalWords);
        }

        CudaDevice.Start(_driver);
    }

    /// <summary>The name of each kernel that a case launches, by doing nothing but asking which.</summary>
    public static IReadOnlyList<string> KernelsOf(KernelCase one)
    {
        var runtime = new DryRuntime();
        using var backend = new GpuBackend(runtime, one.Precision);
        var operands = new Operands();
        Action<IBackend> run = one.Make(operands);
        backend.Reserve(operands.Plan);
        run(backend);
        return [.. runtime.Launches.Select(kernel => kernel.Name).Distinct()];
    }

    /// <summary>Runs the cases one after another.</summary>
    public IEnumerable<(CaseRow Row, IReadOnlyList<LaunchReport> Launches)> Run()
    {
        foreach ((KernelCase one, Operands operands, Action<IBackend> run) in _cases)
        {
            GpuBackend backend = BackendOf(one.Precision);
            operands.Write(backend);
            _driver.Launches.Clear();
            run(backend);
            backend.Finish();
            LaunchReport[] launches = [.. _driver.Launches];
            string main = launches.MaxBy(l => l.Flops)!.Kernel;
            LaunchRow[] rows = [.. launches.GroupBy(l => l.Kernel).Select(g => LaunchRow.Of(one, [.. g], g.Key == main))];
            yield return (new CaseRow(one.Name, operands.Bytes, 32 * launches.Sum(l => l.Total.Sectors), rows), launches);
        }
    }

    public void Dispose()
    {
        foreach (GpuBackend backend in _backends.Values)
            backend.Dispose();
    }

    private GpuBackend BackendOf(Precision precision)
    {
        if (!_backends.TryGetValue(precision, out GpuBackend? backend))
        {
            _backends[precision] = backend = new GpuBackend(new CudaRuntime(_driver, 0, null), precision);
            backend.Reserve(_plan);
        }

        return backend;
    }
}
