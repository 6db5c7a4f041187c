namespace Smile.Kernels.Gpu.Cuda;

/// <summary>
/// The functions of the CUDA driver API that are used, one to one; the name of each there stands beside it. Handles are of the current
/// context. A function returns what the driver answers and throws nothing for it.
/// </summary>
internal interface ICudaDriver : IDisposable
{
    /// <summary>cuInit.</summary>
    CudaResult Init();

    /// <summary>cuDriverGetVersion: 12040 is CUDA 12.4.</summary>
    CudaResult Version(out int version);

    /// <summary>cuDeviceGetCount.</summary>
    CudaResult DeviceCount(out int count);

    /// <summary>cuDeviceGet.</summary>
    CudaResult Device(out int device, int ordinal);

    /// <summary>cuDeviceGetName.</summary>
    CudaResult DeviceName(out string name, int device);

    /// <summary>cuDeviceTotalMem, in bytes.</summary>
    CudaResult DeviceMemory(out nuint bytes, int device);

    /// <summary>cuDeviceGetAttribute.</summary>
    CudaResult DeviceAttribute(out int value, CudaDeviceAttribute attribute, int device);

    /// <summary>cuGetErrorName and cuGetErrorString: "CUDA_ERROR_OUT_OF_MEMORY: out of memory".</summary>
    string Describe(CudaResult result);

    /// <summary>cuDevicePrimaryCtxRetain.</summary>
    CudaResult RetainContext(out nint context, int device);

    /// <summary>cuDevicePrimaryCtxRelease.</summary>
    CudaResult ReleaseContext(int device);

    /// <summary>cuCtxSetCurrent, for the calling thread.</summary>
    CudaResult SetContext(nint context);

    /// <summary>cuMemAlloc.</summary>
    CudaResult Allocate(out ulong address, nuint bytes);

    /// <summary>cuMemFree.</summary>
    CudaResult Free(ulong address);

    /// <summary>cuMemHostAlloc: page-locked memory of the host.</summary>
    CudaResult AllocateHost(out nint address, nuint bytes, uint flags);

    /// <summary>cuMemFreeHost.</summary>
    CudaResult FreeHost(nint address);

    /// <summary>cuMemsetD32Async.</summary>
    CudaResult Set(ulong address, uint value, nuint words, nint stream);

    /// <summary>cuMemcpyHtoDAsync.</summary>
    CudaResult CopyToDevice(ulong to, nint from, nuint bytes, nint stream);

    /// <summary>cuMemcpyDtoHAsync.</summary>
    CudaResult CopyToHost(nint to, ulong from, nuint bytes, nint stream);

    /// <summary>cuModuleLoadDataEx with line information; the log is what ptxas says of an error.</summary>
    CudaResult LoadModule(out nint module, string ptx, out string log);

    /// <summary>cuModuleUnload.</summary>
    CudaResult UnloadModule(nint module);

    /// <summary>cuModuleGetFunction.</summary>
    CudaResult Function(out nint function, nint module, string name);

    /// <summary>cuFuncGetAttribute.</summary>
    CudaResult FunctionAttribute(out int value, CudaFunctionAttribute attribute, nint function);

    /// <summary>cuFuncSetAttribute.</summary>
    CudaResult SetFunctionAttribute(nint function, CudaFunctionAttribute attribute, int value);

    /// <summary>cuLaunchKernel with the arguments packed as the kernel declares them; blocks and threads along x, blocks along y.</summary>
    CudaResult Launch(nint function, uint gridX, uint gridY, uint blockX, uint dynamicSharedBytes, nint stream, nint arguments,
        nuint argumentBytes);

    /// <summary>cuStreamCreate.</summary>
    CudaResult CreateStream(out nint stream, uint flags);

    /// <summary>cuStreamSynchronize.</summary>
    CudaResult WaitStream(nint stream);

    /// <summary>cuStreamDestroy.</summary>
    CudaResult DestroyStream(nint stream);

    /// <summary>cuStreamBeginCapture: what is queued from now on is kept, not done.</summary>
    CudaResult BeginCapture(nint stream, CudaCaptureMode mode);

    /// <summary>cuStreamEndCapture; no graph where the capture failed.</summary>
    CudaResult EndCapture(out nint graph, nint stream);

    /// <summary>cuGraphGetNodes: how many there are.</summary>
    CudaResult GraphNodes(out nuint count, nint graph);

    /// <summary>cuGraphInstantiateWithFlags.</summary>
    CudaResult Instantiate(out nint executable, nint graph, ulong flags);

    /// <summary>cuGraphLaunch.</summary>
    CudaResult LaunchGraph(nint executable, nint stream);

    /// <summary>cuGraphDestroy.</summary>
    CudaResult DestroyGraph(nint graph);

    /// <summary>cuGraphExecDestroy.</summary>
    CudaResult DestroyExecutable(nint executable);

    /// <summary>cuEventCreate.</summary>
    CudaResult CreateEvent(out nint at, uint flags);

    /// <summary>cuEventRecord.</summary>
    CudaResult RecordEvent(nint at, nint stream);

    /// <summary>cuEventSynchronize; of an event never recorded, at once.</summary>
    CudaResult WaitEvent(nint at);

    /// <summary>cuEventQuery: <see cref="CudaResult.NotReady"/> before all is done that was queued before it was recorded.</summary>
    CudaResult QueryEvent(nint at);

    /// <summary>cuEventElapsedTime.</summary>
    CudaResult Elapsed(out float milliseconds, nint from, nint to);

    /// <summary>cuEventDestroy.</summary>
    CudaResult DestroyEvent(nint at);
}

/// <summary>CUresult: what is told apart here; any other value is an error too.</summary>
internal enum CudaResult
{
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    InvalidPtx = 218,
    NotFound = 500,
    NotReady = 600,
    LaunchFailed = 719,
    CaptureUnsupported = 900,
    CaptureInvalidated = 901,
}

/// <summary>CUdevice_attribute: those that are asked for.</summary>
internal enum CudaDeviceAttribute
{
    PciBus = 33,
    PciDevice = 34,
    PciDomain = 50,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaxSharedBytesPerBlockOptIn = 97,
}

/// <summary>CUstreamCaptureMode: what is used.</summary>
internal enum CudaCaptureMode
{
    /// <summary>This thread may not make calls that would break the capture; others may.</summary>
    ThreadLocal = 1,
}

/// <summary>CUfunction_attribute: those that are asked for or set.</summary>
internal enum CudaFunctionAttribute
{
    SharedBytes = 1,
    LocalBytes = 3,
    Registers = 4,
    MaxDynamicSharedBytes = 8,
}
