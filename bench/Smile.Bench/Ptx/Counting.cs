using System.Text.RegularExpressions;
using Smile.Bench.Gpu;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.PtxEmulator;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Driver;

namespace Smile.Bench.Ptx;

/// <summary>A case that was run.</summary>
/// <param name="Case">What was run.</param>
/// <param name="Row">Its counters.</param>
/// <param name="Launches">Its launches.</param>
/// <param name="Results">Reads what the device holds.</param>
internal sealed record Counted(KernelCase Case, CaseRow Row, IReadOnlyList<LaunchReport> Launches, Func<IReadOnlyList<uint[]>> Results);

/// <summary>Runs cases on the CUDA backend over the emulated driver and keeps the counters.</summary>
internal sealed partial class Counting : IDisposable
{
    private readonly Dictionary<Precision, (EmulatedDriver Driver, GpuBackend Backend)> _devices = [];
    private readonly ArenaPlan _plan = new();
    private readonly int _capability;
    private readonly Dictionary<string, string> _texts = [];
    private readonly List<(KernelCase Case, Operands Operands, Action<IBackend> Run)> _cases = [];

    /// <summary>Opens the backend with memory for the largest of the cases, which all lie at the same place.</summary>
    /// <param name="cases">What is run.</param>
    /// <param name="capability">The device's compute capability, ten times.</param>
    public Counting(IEnumerable<KernelCase> cases, int capability = 80)
    {
        _capability = capability;
        foreach (KernelCase one in cases)
        {
            var operands = new Operands();
            _cases.Add((one, operands, one.Make(operands)));
            _plan.AtLeast(Arena.Activations, operands.Plan.TotalWords);
        }
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

    /// <summary>The PTX that was executed, by the kernel's entry.</summary>
    public IReadOnlyDictionary<string, string> Texts => _texts;

    /// <summary>Runs the cases one after another; the results of one stand until the next is asked for.</summary>
    public IEnumerable<Counted> Run()
    {
        foreach ((KernelCase one, Operands operands, Action<IBackend> run) in _cases)
        {
            (EmulatedDriver driver, GpuBackend backend) = DeviceOf(one.Precision);
            operands.Write(backend);
            driver.Launches.Clear();
            run(backend);
            backend.Finish();
            LaunchReport[] launches = [.. driver.Launches];
            GpuConvPlan? plan = one.PlanOn(backend);
            string main = plan is { } planned ? $"Kernel_{planned.Kernel.Name}" : launches.MaxBy(l => l.Flops)!.Kernel;
            LaunchRow[] rows = [.. launches.GroupBy(l => l.Kernel)
                .Select(g => LaunchRow.Of(one, [.. g], g.Key == main ? plan : null, g.Key == main))];
            var row = new CaseRow(one.Name, operands.Bytes, 32 * launches.Sum(l => l.Total.Sectors), plan?.ToString(), rows);
            yield return new Counted(one, row, launches, () => ScalarCheck.Results(backend, operands));
        }
    }

    public void Dispose()
    {
        foreach ((_, GpuBackend backend) in _devices.Values)
            backend.Dispose();
    }

    private (EmulatedDriver Driver, GpuBackend Backend) DeviceOf(Precision precision)
    {
        if (_devices.TryGetValue(precision, out var device))
            return device;
        var driver = new EmulatedDriver(_capability / 10, _capability % 10, new EmulatorOptions { Seed = 1 });
        driver.Change = text => _texts[EntryOf(text)] = text;
        CudaDevice.Start(driver);
        device = (driver, new GpuBackend(new CudaRuntime(driver, 0, null), precision));
        device.Backend.Reserve(_plan);
        return _devices[precision] = device;
    }

    /// <summary>The name of a module's kernel.</summary>
    public static string EntryOf(string ptx) => Entry().Match(ptx).Groups[1].Value;

    [GeneratedRegex(@"\.entry\s+(\w+)")]
    private static partial Regex Entry();
}
