using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu;

/// <summary>
/// What operations ask of a GPU: one allocation, copies, launches of kernels with packed arguments, events. Work is queued
/// in order. A failure of the device is a <see cref="BackendException"/>; one that happens later, in the queue, is raised by the next call
/// that waits. Calls may come from any thread, one at a time.
/// </summary>
internal interface IGpuRuntime : IDisposable
{
    /// <summary>For people and logs: "ilgpu-cpu", "cuda:0 NVIDIA H100".</summary>
    string Name { get; }

    /// <summary>What the device can hold.</summary>
    GpuLimits Limits { get; }

    /// <summary>Whether the device has what the kernel needs; a kernel that cannot run here is refused by <see cref="Launch"/>.</summary>
    bool CanRun(GpuKernel kernel);

    /// <summary>Makes the one allocation that all kernels work in, filled with zeros. Called once.</summary>
    void Allocate(long words);

    /// <summary>Copies host words in at <paramref name="offset"/>; the host span may be reused on return.</summary>
    void Upload(long offset, ReadOnlySpan<uint> from);

    /// <summary>Copies words out, after all that was queued before.</summary>
    void Download(long offset, Span<uint> to);

    /// <summary>
    /// Queues <paramref name="gridX"/> x <paramref name="gridY"/> groups of the kernel's size, or of <see cref="GpuLimits.GroupSize"/>
    /// where it takes any. The first launch of a kernel compiles it; later ones allocate nothing.
    /// </summary>
    void Launch<TArgs>(GpuKernel<TArgs> kernel, int gridX, int gridY, in TArgs args)
        where TArgs : unmanaged;

    /// <summary>What runs the work again and again, as of <c>IBackend.Record</c>.</summary>
    Action Capture(Action work);

    /// <summary>What was launched so far.</summary>
    LaunchCount Launches { get; }

    /// <summary>An event that can be recorded again and again.</summary>
    GpuEvent CreateEvent();

    /// <summary>Queues the event.</summary>
    void Record(GpuEvent at);

    /// <summary>Device time between two recorded events; waits for both.</summary>
    double Milliseconds(GpuEvent from, GpuEvent to);

    /// <summary>Waits until the queue is empty.</summary>
    void Synchronise();
}

/// <summary>What a device can hold.</summary>
/// <param name="MemoryBytes">Device memory.</param>
/// <param name="GroupSize">Threads of a group of the kernels that take any size; at most <see cref="GpuKernel.LargestGroup"/>.</param>
/// <param name="SharedBytes">Shared memory of a group, static and dynamic.</param>
internal readonly record struct GpuLimits(long MemoryBytes, int GroupSize, int SharedBytes);

/// <summary>A point in the queue of the runtime that made it.</summary>
internal abstract class GpuEvent : IDisposable
{
    public abstract void Dispose();
}
