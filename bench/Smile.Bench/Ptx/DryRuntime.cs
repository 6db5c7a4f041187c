using Smile.Kernels.Gpu;

namespace Smile.Bench.Ptx;

/// <summary>Executes nothing and holds no memory: it notes which kernels are launched, at any size at once.</summary>
internal sealed class DryRuntime : IGpuRuntime
{
    public string Name => "dry";

    public GpuLimits Limits => new(long.MaxValue, GpuKernel.LargestGroup, 163 << 10);

    /// <summary>The kernels launched, in order.</summary>
    public List<GpuKernel> Launches { get; } = [];

    public bool CanRun(GpuKernel kernel) => true;

    public void Allocate(long words)
    {
    }

    public void Upload(long offset, ReadOnlySpan<uint> from)
    {
    }

    public void Download(long offset, Span<uint> to) => to.Clear();

    public void Launch<TArgs>(GpuKernel<TArgs> kernel, int gridX, int gridY, in TArgs args)
        where TArgs : unmanaged => Launches.Add(kernel);

    public Action Capture(Action work) => work;

    LaunchCount IGpuRuntime.Launches => new(Launches.Count, 0, 0);

    public GpuEvent CreateEvent() => throw new NotSupportedException("Nothing happens here that an event could mark.");

    public void Record(GpuEvent at) => throw new NotSupportedException("Nothing happens here that an event could mark.");

    public double Milliseconds(GpuEvent from, GpuEvent to) => throw new NotSupportedException("Nothing takes time here.");

    public void Synchronise()
    {
    }

    public void Dispose()
    {
    }
}
