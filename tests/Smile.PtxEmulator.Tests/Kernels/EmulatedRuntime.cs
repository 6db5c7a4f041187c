using System.Runtime.InteropServices;
using Smile.Kernels;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>The GPU runtime that executes the kernels' PTX on the emulator.</summary>
/// <param name="change">Gives another text for a kernel, to plant a fault in it.</param>
/// <param name="seed">Seed of the warps' order.</param>
internal sealed class EmulatedRuntime(Func<string, string, string>? change = null, int seed = 1) : IGpuRuntime
{
    private readonly Emulator _emulator = new(new EmulatorOptions { Seed = seed, Workers = 2, StepLimit = 1_000_000 });
    private ulong _memory;
    private long _words;

    public string Name => "emulated";

    public GpuLimits Limits => new(1L << 30, GpuKernel.LargestGroup);

    /// <summary>What each launch did, by kernel name.</summary>
    public List<LaunchReport> Launches { get; } = [];

    public void Allocate(long words)
    {
        _words = words;
        _memory = _emulator.Memory.Allocate(4 * words);
        _emulator.Memory.Fill(_memory, 4 * words, 0);
    }

    public void Upload(long offset, ReadOnlySpan<uint> from) => _emulator.Memory.Write(_memory + (ulong)(4 * offset), MemoryMarshal.AsBytes(from));

    public void Download(long offset, Span<uint> to) => _emulator.Memory.Read(_memory + (ulong)(4 * offset), MemoryMarshal.AsBytes(to));

    /// <summary>Arguments as ILGPU packs them: the view of the memory as pointer and length, then the struct.</summary>
    public void Launch<TArgs>(GpuKernel<TArgs> kernel, int gridX, int gridY, in TArgs args)
        where TArgs : unmanaged
    {
        string text = KernelPtx.Text(kernel, ILGPU.Runtime.Cuda.CudaArchitecture.SM_80);
        PtxKernel decoded = KernelPtx.Decoded(change is null ? text : change(kernel.Name, text));
        ulong[] view = [_memory, (ulong)_words];
        byte[] packed = [.. MemoryMarshal.AsBytes(view.AsSpan()), .. MemoryMarshal.AsBytes(new ReadOnlySpan<TArgs>(in args))];
        int group = kernel.GroupSize == GpuKernel.AnyGroup ? Limits.GroupSize : kernel.GroupSize;
        LaunchReport report = _emulator.Launch(decoded, new Dim3(gridX, gridY), new Dim3(group), packed);
        Launches.Add(report);
    }

    public GpuEvent CreateEvent() => throw new NotSupportedException("The emulator has no clock.");

    public void Record(GpuEvent at) => throw new NotSupportedException("The emulator has no clock.");

    public double Milliseconds(GpuEvent from, GpuEvent to) => throw new NotSupportedException("The emulator has no clock.");

    public void Synchronise()
    {
    }

    public void Dispose() => _emulator.Dispose();
}
