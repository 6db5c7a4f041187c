using BenchmarkDotNet.Attributes;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;

namespace Smile.Bench.Micro;

/// <summary>Every operation on the SIMD backend, by the names of <see cref="MicroOperations"/>.</summary>
[MemoryDiagnoser]
public class OperationBenchmarks
{
    private IBackend _backend = null!;
    private Action<IBackend> _run = null!;

    /// <summary>What there is.</summary>
    public static IEnumerable<string> Names => MicroOperations.Names;

    [ParamsSource(nameof(Names))]
    public string Operation { get; set; } = "";

    [GlobalSetup]
    public void Reserve()
    {
        _backend = Backends.Open("cpu");
        var plan = new ArenaPlan();
        _run = MicroOperations.Plan(Operation, plan);
        _backend.Reserve(plan);
    }

    [GlobalCleanup]
    public void Free() => _backend.Dispose();

    [Benchmark]
    public void Run() => _run(_backend);
}
