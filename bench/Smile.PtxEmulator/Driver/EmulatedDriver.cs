using System.Runtime.InteropServices;
using Smile.Kernels.Gpu.Cuda;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Driver;

/// <summary>
/// A CUDA driver with one device, the emulator. Work is done when it is queued, so that waiting is nothing and all events are at time zero,
/// unless a clock is given; but for what is queued behind work that waits for another device.
/// A launch that a check refuses throws its <see cref="PtxException"/>, which says more than a driver's number.
/// </summary>
/// <param name="major">Compute capability, before the point.</param>
/// <param name="minor">Compute capability, after the point.</param>
/// <param name="options">How launches are executed.</param>
internal sealed unsafe partial class EmulatedDriver(int major, int minor, EmulatorOptions? options = null) : ICudaDriver
{
    private readonly long _bytes = options?.SampledBlocks > 0 ? 1L << 40 : 1L << 30;
    private readonly Emulator _emulator = new(options);
    private readonly Dictionary<nint, object> _handles = [];
    private readonly Dictionary<nint, int> _dynamicShared = [];
    private readonly Dictionary<nint, double> _recorded = [];
    private nint _last, _context;
    private int _contextUsers;

    /// <summary>What each launch did, in order, those of graphs included.</summary>
    public List<LaunchReport> Launches { get; } = [];

    /// <summary>Told of each launch.</summary>
    public Action<LaunchReport>? Launched { get; set; }

    /// <summary>Launches are accepted and not done, so that it can be measured what their caller allocates.</summary>
    public bool Idle { get; set; }

    /// <summary>
    /// Milliseconds, read where an event is recorded: how long the emulator took, which says nothing of a GPU. Null: events tell no time.
    /// </summary>
    public Func<double>? Clock { get; set; }

    /// <summary>What answers in place of a function of that name: to see what a failure leads to. Success: the function itself.</summary>
    public Func<string, CudaResult> Fault { get; set; } = _ => CudaResult.Success;

    /// <summary>Gives another text for a module, to plant a fault in it.</summary>
    public Func<string, string> Change { get; set; } = text => text;

    /// <summary>PCI's number of the device.</summary>
    public int Bus { get; init; }

    /// <summary>Allocations, modules, streams and events that were not given back.</summary>
    public int Held => _handles.Count + (_emulator.Memory.Bytes > 0 ? 1 : 0);

    public CudaResult Init() => Fault(nameof(Init));

    public CudaResult Version(out int version)
    {
        version = 12000;
        return CudaResult.Success;
    }

    public CudaResult DeviceCount(out int count)
    {
        count = 1;
        return CudaResult.Success;
    }

    public CudaResult Device(out int device, int ordinal)
    {
        device = 0;
        return ordinal == 0 ? CudaResult.Success : CudaResult.InvalidValue;
    }

    public CudaResult DeviceName(out string name, int device)
    {
        name = $"emulated sm_{major}{minor}";
        return CudaResult.Success;
    }

    public CudaResult DeviceMemory(out nuint bytes, int device)
    {
        bytes = (nuint)_bytes;
        return CudaResult.Success;
    }

    public CudaResult DeviceAttribute(out int value, CudaDeviceAttribute attribute, int device)
    {
        value = attribute switch
        {
            CudaDeviceAttribute.ComputeCapabilityMajor => major,
            CudaDeviceAttribute.ComputeCapabilityMinor => minor,
            CudaDeviceAttribute.PciBus => Bus,
            CudaDeviceAttribute.PciDomain or CudaDeviceAttribute.PciDevice => 0,
            _ => major < 8 ? 64 << 10 : 163 << 10, // of sm_75 and sm_80
        };
        return CudaResult.Success;
    }

    public string Describe(CudaResult result) => $"{result} ({(int)result})";

    public CudaResult RetainContext(out nint context, int device)
    {
        if (_contextUsers++ == 0)
            _ = Allocate(out _context, "context");
        context = _context;
        return CudaResult.Success;
    }

    public CudaResult ReleaseContext(int device) =>
        _contextUsers == 0 ? CudaResult.InvalidValue : --_contextUsers == 0 ? Give(_context) : CudaResult.Success;

    public CudaResult SetContext(nint context)
    {
        if (Known(context) == CudaResult.Success)
            Current = this;
        return Known(context);
    }

    public CudaResult Allocate(out ulong address, nuint bytes)
    {
        address = 0;
        if (Fault(nameof(Allocate)) is var fault and not CudaResult.Success)
            return fault;
        if ((long)bytes > _bytes - _emulator.Memory.Bytes)
            return CudaResult.OutOfMemory;
        address = _emulator.Memory.Allocate((long)bytes);
        return CudaResult.Success;
    }

    public CudaResult Free(ulong address)
    {
        _emulator.Memory.Free(address);
        return CudaResult.Success;
    }

    public CudaResult AllocateHost(out nint address, nuint bytes, uint flags)
    {
        address = (nint)NativeMemory.Alloc(bytes);
        _handles.Add(address, "host memory");
        return CudaResult.Success;
    }

    public CudaResult FreeHost(nint address)
    {
        NativeMemory.Free((void*)address);
        return Give(address);
    }

    public CudaResult Set(ulong address, uint value, nuint words, nint stream)
    {
        if (Known(stream) != CudaResult.Success || value != 0)
            return CudaResult.InvalidValue;
        return Queue(stream, () => _emulator.Memory.Fill(address, 4 * (long)words, 0));
    }

    public CudaResult CopyToDevice(ulong to, nint from, nuint bytes, nint stream)
    {
        if (Captures(stream))
            return CudaResult.CaptureUnsupported;
        if (Waits)
            return CopyToDeviceLater(to, from, bytes, stream);
        WriteMemory(to, new ReadOnlySpan<byte>((void*)from, (int)bytes));
        return Known(stream);
    }

    public CudaResult CopyToHost(nint to, ulong from, nuint bytes, nint stream)
    {
        if (Captures(stream))
            return CudaResult.CaptureUnsupported;
        if (Waits)
            return CopyToHostLater(to, from, bytes, stream);
        ReadMemory(from, new Span<byte>((void*)to, (int)bytes));
        return Known(stream);
    }

    public CudaResult LoadModule(out nint module, string ptx, out string log)
    {
        module = 0;
        log = "";
        if (Fault(nameof(LoadModule)) is var fault and not CudaResult.Success)
            return fault;
        if (_capture is not null)
            return CudaResult.CaptureUnsupported;
        try
        {
            return Allocate(out module, PtxModule.Parse(Change(ptx)));
        }
        catch (PtxException e)
        {
            log = e.Message;
            return CudaResult.InvalidPtx;
        }
    }

    public CudaResult UnloadModule(nint module) => Give(module);

    public CudaResult Function(out nint function, nint module, string name)
    {
        function = module; // a module has one kernel
        return ((PtxModule)_handles[module]).Kernels.Single().Name == name ? CudaResult.Success : CudaResult.NotFound;
    }

    public CudaResult FunctionAttribute(out int value, CudaFunctionAttribute attribute, nint function)
    {
        PtxKernel kernel = Kernel(function);
        value = attribute switch
        {
            CudaFunctionAttribute.Registers => kernel.LiveRegisters,
            CudaFunctionAttribute.SharedBytes => kernel.SharedBytes,
            CudaFunctionAttribute.LocalBytes => kernel.LocalBytes,
            _ => DynamicShared(function),
        };
        return CudaResult.Success;
    }

    public CudaResult SetFunctionAttribute(nint function, CudaFunctionAttribute attribute, int value)
    {
        _ = DeviceAttribute(out int most, CudaDeviceAttribute.MaxSharedBytesPerBlockOptIn, 0);
        if (attribute != CudaFunctionAttribute.MaxDynamicSharedBytes || value < 0 || value > most - Kernel(function).SharedBytes)
            return CudaResult.InvalidValue;
        _dynamicShared[function] = value;
        return CudaResult.Success;
    }

    public CudaResult Launch(nint function, uint gridX, uint gridY, uint blockX, uint dynamicSharedBytes, nint stream, nint arguments,
        nuint argumentBytes)
    {
        if (Fault(nameof(Launch)) is var fault and not CudaResult.Success)
            return fault;
        PtxKernel kernel = Kernel(function);
        if (dynamicSharedBytes > DynamicShared(function))
            return CudaResult.InvalidValue;
        return Idle ? Known(stream) : Queue(stream, Work(kernel, new Dim3((int)gridX, (int)gridY), new Dim3((int)blockX),
            new ReadOnlySpan<byte>((void*)arguments, (int)argumentBytes).ToArray(), (int)dynamicSharedBytes));
    }

    public CudaResult CreateStream(out nint stream, uint flags) => Allocate(out stream, "stream");

    public CudaResult WaitStream(nint stream)
    {
        if (Fault(nameof(WaitStream)) is var fault and not CudaResult.Success)
            return fault;
        if (Captures(stream))
            return CudaResult.CaptureUnsupported;
        while (Waits)
            Thread.Yield();
        return Known(stream);
    }

    public CudaResult DestroyStream(nint stream) => Give(stream);

    public CudaResult CreateEvent(out nint at, uint flags) => Allocate(out at, "event");

    public CudaResult RecordEvent(nint at, nint stream)
    {
        if (Known(at) != CudaResult.Success)
            return CudaResult.InvalidValue;
        if (Waits)
            return RecordLater(at, stream);
        if (Clock is { } clock)
            _recorded[at] = clock();
        return Known(stream);
    }

    public CudaResult WaitEvent(nint at)
    {
        while (QueryEvent(at) == CudaResult.NotReady)
            Thread.Yield();
        return Known(at);
    }

    public CudaResult QueryEvent(nint at) => Waits && _unreached.Contains(at) ? CudaResult.NotReady : Known(at);

    public CudaResult Elapsed(out float milliseconds, nint from, nint to)
    {
        milliseconds = (float)(_recorded.GetValueOrDefault(to) - _recorded.GetValueOrDefault(from));
        return Known(from) == CudaResult.Success ? Known(to) : CudaResult.InvalidValue;
    }

    public CudaResult DestroyEvent(nint at)
    {
        _recorded.Remove(at);
        return Give(at);
    }

    public void Dispose() => _emulator.Dispose();

    /// <summary>
    /// Static and dynamic bytes are 48 KB together unless more was asked for (CUDA C++ Programming Guide, "Shared Memory" of a compute
    /// capability).
    /// </summary>
    private int DynamicShared(nint function) => _dynamicShared.GetValueOrDefault(function, (48 << 10) - Kernel(function).SharedBytes);

    private Action Work(PtxKernel kernel, Dim3 grid, Dim3 block, byte[] arguments, int dynamicSharedBytes) => () =>
    {
        LaunchReport report = _emulator.Launch(kernel, grid, block, arguments, dynamicSharedBytes);
        Launches.Add(report);
        Launched?.Invoke(report);
    };

    private PtxKernel Kernel(nint function) => ((PtxModule)_handles[function]).Kernels.Single();

    private CudaResult Allocate(out nint handle, object what)
    {
        handle = ++_last;
        _handles.Add(handle, what);
        return CudaResult.Success;
    }

    private CudaResult Give(nint handle) => _handles.Remove(handle) ? CudaResult.Success : CudaResult.InvalidValue;

    private CudaResult Known(nint handle) => _handles.ContainsKey(handle) ? CudaResult.Success : CudaResult.InvalidValue;
}
