using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu;

/// <summary>
/// A stock ILGPU accelerator: the CPU one, to step through kernels and to test them at tiny sizes, or an OpenCL device.
/// </summary>
internal sealed class IlgpuRuntime : IGpuRuntime
{
    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly Dictionary<GpuKernel, Delegate> _launchers = [];
    private MemoryBuffer1D<float, Stride1D.Dense>? _memory;
    private long _launches;

    private IlgpuRuntime(string name, Context context, Func<Context, Accelerator> open, int groupSize = GpuKernel.LargestGroup)
    {
        _context = context;
        try
        {
            _accelerator = open(context);
        }
        catch (Exception e)
        {
            context.Dispose();
            throw new BackendException($"{name} does not open: {e.Message}", e);
        }

        Name = name;
        Limits = new GpuLimits(_accelerator.MemorySize, Math.Min(groupSize, _accelerator.MaxNumThreadsPerGroup),
            _accelerator.MaxSharedMemoryPerGroup);
    }

    public string Name { get; }

    public GpuLimits Limits { get; }

    /// <summary>The accelerator, current on this thread: callers may come from any thread, one at a time.</summary>
    private Accelerator Current
    {
        get
        {
            _accelerator.Bind();
            return _accelerator;
        }
    }

    private ArrayView<float> Memory => _memory?.View.BaseView ?? throw new InvalidOperationException("Allocate has not been called.");

    /// <summary>
    /// ILGPU's CPU accelerator, every index checked. Each thread of a group is a thread of the system and pays 10 microseconds or more at
    /// each barrier: no more of them than a convolution's small tile needs, and half as many for the kernels that take any number.
    /// </summary>
    public static IlgpuRuntime OpenCpu(int groupSize = 32) =>
        new("ilgpu-cpu",
            Context.Create(builder => builder.CPU(new CPUDevice(32, Block<Tile64>.Threads / 32, 1)).Assertions().Profiling()
                .EnableAlgorithms()),
            context => context.CreateCPUAccelerator(0, CPUAcceleratorMode.Parallel),
            groupSize);

    /// <summary>The OpenCL device of that number among those that ILGPU accepts.</summary>
    public static IlgpuRuntime OpenOpenCl(int number)
    {
        var context = Context.Create(builder => builder.OpenCL().Optimize(OptimizationLevel.O1).Profiling().EnableAlgorithms());
        Device[] devices = [.. context.GetCLDevices()];
        if (number >= devices.Length)
        {
            context.Dispose();
            throw new BackendException($"There is no device opencl:{number}: ILGPU finds {devices.Length} "
                + $"({string.Join(", ", devices.Select(d => d.Name))}).");
        }

        return new IlgpuRuntime($"opencl:{number} {devices[number].Name}", context, devices[number].CreateAccelerator);
    }

    public bool CanRun(GpuKernel kernel) => kernel.LeastCapability == 0 && kernel.DynamicSharedBytes <= Limits.SharedBytes;

    public void Allocate(long words)
    {
        if (_memory is not null)
            throw new InvalidOperationException("Allocate is called once.");
        try
        {
            _memory = Current.Allocate1D<float>(words);
            _memory.MemSetToZero();
            Current.Synchronize();
        }
        catch (Exception e) when (e is AcceleratorException or OutOfMemoryException or OverflowException)
        {
            long bytes = words * sizeof(float);
            throw new BackendException($"{Name}: no memory for {bytes} bytes ({bytes >> 20} MiB); "
                + $"the device has {Limits.MemoryBytes >> 20} MiB. {e.Message}", e);
        }
    }

    public void Upload(long offset, ReadOnlySpan<uint> from)
    {
        ArrayView<uint> to = Memory.SubView(offset, from.Length).Cast<uint>();
        try
        {
            to.CopyFromCPU(Current.DefaultStream, from);
        }
        catch (AcceleratorException e)
        {
            throw Failed("copy to the device", e);
        }
    }

    public void Download(long offset, Span<uint> to)
    {
        ArrayView<uint> from = Memory.SubView(offset, to.Length).Cast<uint>();
        try
        {
            from.CopyToCPU(Current.DefaultStream, to);
        }
        catch (AcceleratorException e)
        {
            throw Failed("copy from the device", e);
        }
    }

    public void Launch<TArgs>(GpuKernel<TArgs> kernel, int gridX, int gridY, in TArgs args)
        where TArgs : unmanaged
    {
        if (!CanRun(kernel))
            throw new BackendException($"{Name}: {kernel.Name} cannot run here.");
        int group = kernel.GroupSize == GpuKernel.AnyGroup ? Limits.GroupSize : kernel.GroupSize;
        SharedMemoryConfig shared = kernel.DynamicSharedBytes == 0
            ? default
            : SharedMemoryConfig.RequestDynamic<byte>(kernel.DynamicSharedBytes);
        try
        {
            Launcher(kernel)(new KernelConfig(new Index3D(gridX, gridY, 1), new Index3D(group, 1, 1), shared), Memory, args);
        }
        catch (Exception e) when (e is AcceleratorException or InternalCompilerException or CapabilityNotSupportedException)
        {
            throw Failed($"{kernel.Name}, {gridX} x {gridY} groups", e);
        }

        _launches++;
    }

    public Action Capture(Action work) => work;

    public LaunchCount Launches => new(_launches, 0, 0);

    public GpuEvent CreateEvent() => new Marker();

    public void Record(GpuEvent at) => ((Marker)at).Set(Current.DefaultStream.AddProfilingMarker());

    public double Milliseconds(GpuEvent from, GpuEvent to) => ((Marker)to).Since((Marker)from).TotalMilliseconds;

    public void Synchronise()
    {
        try
        {
            Current.Synchronize();
        }
        catch (AcceleratorException e)
        {
            throw Failed("queued work", e);
        }
    }

    public void Dispose()
    {
        _memory?.Dispose();
        _accelerator.Dispose();
        _context.Dispose();
    }

    private Action<KernelConfig, ArrayView<float>, TArgs> Launcher<TArgs>(GpuKernel<TArgs> kernel)
        where TArgs : unmanaged
    {
        Accelerator accelerator = Current;
        if (!_launchers.TryGetValue(kernel, out Delegate? launcher))
            _launchers[kernel] = launcher = accelerator.LoadStreamKernel(kernel.Body);
        return (Action<KernelConfig, ArrayView<float>, TArgs>)launcher;
    }

    private BackendException Failed(string what, Exception e) => new($"{Name}: {what} failed: {e.Message}", e);

    private sealed class Marker : GpuEvent
    {
        private ProfilingMarker? _marker;

        public void Set(ProfilingMarker marker)
        {
            _marker?.Dispose();
            _marker = marker;
        }

        public TimeSpan Since(Marker earlier) => Recorded.MeasureFrom(earlier.Recorded);

        public override void Dispose() => _marker?.Dispose();

        private ProfilingMarker Recorded => _marker ?? throw new InvalidOperationException("The event has not been recorded.");
    }
}
