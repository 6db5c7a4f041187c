using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu.Cuda;

/// <summary>
/// An NVIDIA GPU through the CUDA driver: kernels as <see cref="PtxCompiler"/> makes them, one stream, copies through page-locked memory,
/// recorded work as graphs. A launch after a kernel's first allocates nothing.
/// </summary>
internal sealed partial class CudaRuntime : IGpuRuntime
{
    // 4096: what a kernel's parameters may take (PTX ISA, .param)
    private const int HalfWords = 1 << 20, MostArgumentBytes = 4096;
    private const uint OwnStream = 1; // CU_STREAM_NON_BLOCKING: no waiting for others' default stream

    private readonly ICudaDriver _driver;
    private readonly PtxCompiler _compiler;
    private readonly int _device, _capability;
    private readonly Dictionary<GpuKernel, Loaded> _kernels = [];
    private readonly nint _context, _stream;
    private readonly Half[] _staging = new Half[2];
    private readonly unsafe byte* _arguments = (byte*)NativeMemory.AllocZeroed(MostArgumentBytes);
    private ulong _memory;
    private long _words;
    private int _half;
    private bool _disposed;

    /// <summary>Opens a device and keeps the driver, to dispose of it.</summary>
    /// <param name="driver">The driver, initialised.</param>
    /// <param name="number">The device's number.</param>
    /// <param name="cache">Where compiled kernels are kept; null: nowhere.</param>
    /// <exception cref="BackendException">There is no such device, or it does not open.</exception>
    public CudaRuntime(ICudaDriver driver, int number, PtxCache? cache)
    {
        _driver = driver;
        Name = $"cuda:{number}";
        try
        {
            var found = CudaDevice.All(driver);
            if (number >= found.Count)
                throw new BackendException($"There is no device {Name}: the driver lists {found.Count} "
                    + $"({string.Join(", ", found.Select(d => d.Name))}).");
            CudaDevice device = found[number];
            Name = $"{Name} {device.Name}";
            Limits = new GpuLimits(device.MemoryBytes, GpuKernel.LargestGroup, device.SharedBytes);
            _capability = 10 * device.Major + device.Minor;
            _compiler = new PtxCompiler(PtxCompiler.For(device.Major, device.Minor), cache);
            _device = device.Handle;
            Bus = device.Bus;
            Check(driver.RetainContext(out _context, _device), "open the device");
            Check(driver.SetContext(_context), "use the device");
            Check(driver.CreateStream(out _stream, OwnStream), "make a stream");
            foreach (ref Half half in _staging.AsSpan())
            {
                Check(driver.AllocateHost(out half.Memory, HalfWords * sizeof(uint), 0),
                    $"take {HalfWords * sizeof(uint)} bytes of page-locked memory");
                Check(driver.CreateEvent(out half.Copied, 0), "make an event");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name { get; }

    public GpuLimits Limits { get; }

    /// <summary>Where the device sits in its machine: "0000:3b:00".</summary>
    public string Bus { get; }

    /// <summary>The driver's name of the queue, for a library that queues work of its own.</summary>
    public nint Stream => _stream;

    /// <summary>What the driver says of each kernel that was launched, in the order of the first launches.</summary>
    public IReadOnlyList<KernelResources> Resources
    {
        get
        {
            Use();
            return [.. _kernels.Where(k => k.Value is not null)
                .Select(k => new KernelResources(k.Key, Of(k.Value, CudaFunctionAttribute.Registers),
                Of(k.Value, CudaFunctionAttribute.SharedBytes), Of(k.Value, CudaFunctionAttribute.LocalBytes)))];

            int Of(Loaded loaded, CudaFunctionAttribute attribute)
            {
                Check(_driver.FunctionAttribute(out int value, attribute, loaded.Function), "describe a kernel");
                return value;
            }
        }
    }

    /// <summary>Opens a device of <see cref="CudaDriver.Open"/>.</summary>
    /// <exception cref="BackendException">There is no driver or no such device.</exception>
    public static CudaRuntime Open(int number)
    {
        ICudaDriver driver = CudaDriver.Open()
            ?? throw new BackendException($"There is no device cuda:{number}: no NVIDIA driver is installed.");
        CudaDevice.Start(driver);
        return new CudaRuntime(driver, number, PtxCache.OfUser());
    }

    public bool CanRun(GpuKernel kernel) => _capability >= kernel.LeastCapability && kernel.DynamicSharedBytes <= Limits.SharedBytes;

    public void Allocate(long words)
    {
        if (_memory != 0)
            throw new InvalidOperationException("Allocate is called once.");
        long bytes = words * sizeof(float);
        Use();
        CudaResult result = _driver.Allocate(out ulong address, (nuint)bytes);
        if (result != CudaResult.Success)
            throw new BackendException($"{Name}: no memory for {bytes} bytes ({bytes >> 20} MiB); "
                + $"the device has {Limits.MemoryBytes >> 20} MiB. {_driver.Describe(result)}");
        (_memory, _words) = (address, words);
        Check(_driver.Set(_memory, 0, (nuint)words, _stream), $"fill {bytes} bytes with zeros");
        Synchronise();
    }

    /// <remarks>
    /// While the device takes one half of the page-locked memory, the other is filled; the last copies may still run on return.
    /// </remarks>
    public void Upload(long offset, ReadOnlySpan<uint> from)
    {
        UseOutsideCapture();
        for (long at = 0; at < from.Length; at += HalfWords)
        {
            Half half = NextHalf();
            ReadOnlySpan<uint> part = from.Slice((int)at, PartOf(from.Length, at));
            Check(_driver.WaitEvent(half.Copied), "wait for a copy to the device");
            part.CopyTo(half.Words);
            Check(_driver.CopyToDevice(At(offset + at), half.Memory, (nuint)part.Length * sizeof(uint), _stream), "copy to the device");
            Check(_driver.RecordEvent(half.Copied, _stream), "record an event");
        }
    }

    /// <remarks>
    /// While the device fills one half of the page-locked memory, the other is emptied. The queue keeps copies into a half behind those out
    /// of it.
    /// </remarks>
    public void Download(long offset, Span<uint> to)
    {
        UseOutsideCapture();
        Half filling = Fill(0, to.Length);
        for (long at = 0; at < to.Length; at += HalfWords)
        {
            Half full = filling;
            if (at + HalfWords < to.Length)
                filling = Fill(at + HalfWords, to.Length);
            Check(_driver.WaitEvent(full.Copied), "finish the queued work");
            Span<uint> part = to.Slice((int)at, PartOf(to.Length, at));
            full.Words[..part.Length].CopyTo(part);
        }

        Half Fill(long at, int length)
        {
            Half half = NextHalf();
            nuint bytes = (nuint)PartOf(length, at) * sizeof(uint);
            Check(_driver.CopyToHost(half.Memory, At(offset + at), bytes, _stream), "copy from the device");
            Check(_driver.RecordEvent(half.Copied, _stream), "record an event");
            return half;
        }
    }

    /// <remarks>The driver copies the arguments before it returns, so that one buffer does for all launches.</remarks>
    public unsafe void Launch<TArgs>(GpuKernel<TArgs> kernel, int gridX, int gridY, in TArgs args)
        where TArgs : unmanaged
    {
        if (kernel.ParameterBytes > MostArgumentBytes)
            throw new ArgumentException($"{kernel.Name} takes {sizeof(TArgs)} bytes of arguments; "
                + $"at most {MostArgumentBytes - GpuKernel.ViewBytes} fit.");
        Use();
        ref Loaded? loaded = ref CollectionsMarshal.GetValueRefOrAddDefault(_kernels, kernel, out _)!;
        loaded ??= Load(kernel);
        Unsafe.Write(_arguments, At(0));
        Unsafe.Write(_arguments + sizeof(ulong), _words);
        Unsafe.Write(_arguments + GpuKernel.ViewBytes, args);
        int group = kernel.GroupSize == GpuKernel.AnyGroup ? Limits.GroupSize : kernel.GroupSize;
        CudaResult result = _driver.Launch(loaded.Function, (uint)gridX, (uint)gridY, (uint)group, (uint)kernel.DynamicSharedBytes, _stream,
            (nint)_arguments, (nuint)kernel.ParameterBytes);
        if (result != CudaResult.Success)
            throw Failed(result, $"launch {kernel.Name}, {gridX} x {gridY} groups of {group} threads");
        if (!_capturing)
            _launches = _launches with { Kernels = _launches.Kernels + 1 };
    }

    public GpuEvent CreateEvent()
    {
        Use();
        Check(_driver.CreateEvent(out nint handle, 0), "make an event");
        return new Event(this, handle);
    }

    public void Record(GpuEvent at)
    {
        Use();
        Check(_driver.RecordEvent(((Event)at).Handle, _stream), "record an event");
    }

    public double Milliseconds(GpuEvent from, GpuEvent to)
    {
        Use();
        Check(_driver.WaitEvent(((Event)from).Handle), "wait for an event");
        Check(_driver.WaitEvent(((Event)to).Handle), "wait for an event");
        Check(_driver.Elapsed(out float milliseconds, ((Event)from).Handle, ((Event)to).Handle), "take the time between two events");
        return milliseconds;
    }

    /// <summary>Whether all is done that was queued before the event; waits for nothing.</summary>
    public bool IsReached(GpuEvent at)
    {
        Use();
        CudaResult result = _driver.QueryEvent(((Event)at).Handle);
        if (result != CudaResult.NotReady)
            Check(result, "finish the queued work");
        return result != CudaResult.NotReady;
    }

    public void Synchronise()
    {
        UseOutsideCapture();
        Check(_driver.WaitStream(_stream), "finish the queued work");
    }

    /// <summary>
    /// Gives back what was taken. What the driver answers does not matter any more: a device that failed answers each call with its
    /// failure.
    /// </summary>
    public unsafe void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_context != 0)
        {
            _ = _driver.SetContext(_context);
            foreach (nint graph in _graphs)
                _ = _driver.DestroyExecutable(graph);
            foreach (Loaded? loaded in _kernels.Values.Where(loaded => loaded is not null))
                _ = _driver.UnloadModule(loaded.Module);
            if (_memory != 0)
                _ = _driver.Free(_memory);
            foreach (Half half in _staging)
            {
                if (half.Copied != 0)
                    _ = _driver.DestroyEvent(half.Copied);
                if (half.Memory != 0)
                    _ = _driver.FreeHost(half.Memory);
            }

            if (_stream != 0)
                _ = _driver.DestroyStream(_stream);
            _ = _driver.ReleaseContext(_device);
        }

        _compiler?.Dispose();
        _driver.Dispose();
        NativeMemory.Free(_arguments);
    }

    /// <summary>The device's address of a word.</summary>
    public ulong At(long offset) =>
        _memory == 0 ? throw new InvalidOperationException("Allocate has not been called.") : _memory + (ulong)(offset * sizeof(float));

    /// <summary>The device, current on this thread: callers may come from any thread, one at a time.</summary>
    private void Use() => Check(_driver.SetContext(_context), "use the device");

    /// <summary>The device, current on this thread, for what cannot be recorded.</summary>
    public void UseOutsideCapture()
    {
        if (_capturing)
            throw new InvalidOperationException("Recorded work reads, writes and waits for nothing.");
        Use();
    }

    private static int PartOf(int length, long at) => (int)Math.Min(HalfWords, length - at);

    private Half NextHalf()
    {
        _half ^= 1;
        return _staging[_half];
    }

    private Loaded Load(GpuKernel kernel)
    {
        if (!CanRun(kernel))
            throw new BackendException($"{Name}: {kernel.Name} needs compute capability "
                + $"{kernel.LeastCapability / 10}.{kernel.LeastCapability % 10} and {kernel.DynamicSharedBytes} "
                + $"bytes of shared memory; the device has {_capability / 10}.{_capability % 10} and {Limits.SharedBytes} bytes.");
        CudaResult result = _driver.LoadModule(out nint module, _compiler.Compile(kernel), out string log);
        if (result != CudaResult.Success)
            throw Failed(result, $"load the module of {kernel.Name}", log);
        Check(_driver.Function(out nint function, module, PtxCompiler.Entry(kernel)), $"find {PtxCompiler.Entry(kernel)} in its module");
        if (kernel.DynamicSharedBytes > 0)
            Check(_driver.SetFunctionAttribute(function, CudaFunctionAttribute.MaxDynamicSharedBytes, kernel.DynamicSharedBytes),
                $"give {kernel.Name} {kernel.DynamicSharedBytes} bytes of shared memory");
        return new Loaded(module, function);
    }

    private void Check(CudaResult result, string what)
    {
        if (result != CudaResult.Success)
            throw Failed(result, what);
    }

    private BackendException Failed(CudaResult result, string what, string log = "") =>
        new($"{Name}: could not {what}: {_driver.Describe(result)}{(log.Length > 0 ? $"\n{log}" : "")}");

    private sealed record Loaded(nint Module, nint Function);

    /// <summary>Half of the page-locked memory, and the event behind the last copy from or to it.</summary>
    private struct Half
    {
        public nint Memory, Copied;

        public readonly unsafe Span<uint> Words => new((void*)Memory, HalfWords);
    }

    private sealed class Event(CudaRuntime runtime, nint handle) : GpuEvent
    {
        public nint Handle { get; } = handle;

        public override void Dispose()
        {
            runtime.Use();
            runtime.Check(runtime._driver.DestroyEvent(Handle), "give an event back");
        }
    }
}
