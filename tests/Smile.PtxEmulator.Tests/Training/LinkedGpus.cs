using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Gpu.Cuda.Nccl;
using Smile.PtxEmulator.Driver;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.PtxEmulator.Tests.Training;

/// <summary>The emulated driver and the emulated NCCL in place of NVIDIA's: each that opens "cuda" has a GPU of its own.</summary>
internal sealed class LinkedGpus : IDisposable
{
    private int _opened;

    public LinkedGpus()
    {
        Environment.SetEnvironmentVariable(PtxCache.Variable, Path.Combine(AppContext.BaseDirectory, "cache"));
        CudaDriver.Open = () => new EmulatedDriver(8, 0, EmulatedCuda.Options(seed: 1))
        {
            Bus = SharedBus ?? Interlocked.Increment(ref _opened),
            Launched = EmulationTotals.Add,
        };
        LibNccl.Open = () => Library(Net);
    }

    /// <summary>What the ranks' GPUs are linked by.</summary>
    public EmulatedNccl.Net Net { get; } = new();

    /// <summary>The one GPU that all have; null: each has its own.</summary>
    public int? SharedBus { get; set; }

    /// <summary>NCCL, as a rank finds it.</summary>
    public Func<EmulatedNccl.Net, INccl?> Library { get; set; } = net => new EmulatedNccl(net, 22105);

    public void Dispose()
    {
        CudaDriver.Open = LibCuda.TryOpen;
        LibNccl.Open = () => LibNccl.TryOpen(LibNccl.Name);
    }
}
