using System.Runtime.InteropServices;
using System.Text;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu.Cuda;

/// <summary>The driver's own library. Each call goes through a pointer to its export, found once.</summary>
internal sealed unsafe class LibCuda : ICudaDriver
{
    /// <summary>The library's names, Linux and Windows.</summary>
    public static readonly string[] Names = ["libcuda.so.1", "nvcuda.dll"];

    private const int NameBytes = 256, LogBytes = 16 << 10;
    private const int ErrorLog = 5, ErrorLogBytes = 6, LineInfo = 13; // CUjit_option
    private const nint ArgumentBuffer = 1, ArgumentBytes = 2; // CU_LAUNCH_PARAM_*

    private readonly delegate* unmanaged<uint, CudaResult> _init;
    private readonly delegate* unmanaged<int*, CudaResult> _driverGetVersion;
    private readonly delegate* unmanaged<int*, CudaResult> _deviceGetCount;
    private readonly delegate* unmanaged<int*, int, CudaResult> _deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, CudaResult> _deviceGetName;
    private readonly delegate* unmanaged<nuint*, int, CudaResult> _deviceTotalMem;
    private readonly delegate* unmanaged<int*, CudaDeviceAttribute, int, CudaResult> _deviceGetAttribute;
    private readonly delegate* unmanaged<CudaResult, byte**, CudaResult> _getErrorName;
    private readonly delegate* unmanaged<CudaResult, byte**, CudaResult> _getErrorString;
    private readonly delegate* unmanaged<nint*, int, CudaResult> _devicePrimaryCtxRetain;
    private readonly delegate* unmanaged<int, CudaResult> _devicePrimaryCtxRelease;
    private readonly delegate* unmanaged<ulong*, nuint, CudaResult> _memAlloc;
    private readonly delegate* unmanaged<ulong, CudaResult> _memFree;
    private readonly delegate* unmanaged<nint*, nuint, uint, CudaResult> _memHostAlloc;
    private readonly delegate* unmanaged<nint, CudaResult> _memFreeHost;
    private readonly delegate* unmanaged<ulong, uint, nuint, nint, CudaResult> _memsetD32Async;
    private readonly delegate* unmanaged<ulong, nint, nuint, nint, CudaResult> _memcpyHtoDAsync;
    private readonly delegate* unmanaged<nint, ulong, nuint, nint, CudaResult> _memcpyDtoHAsync;
    private readonly delegate* unmanaged<nint*, byte*, uint, int*, nint*, CudaResult> _moduleLoadDataEx;
    private readonly delegate* unmanaged<nint, CudaResult> _moduleUnload;
    private readonly delegate* unmanaged<nint*, nint, byte*, CudaResult> _moduleGetFunction;
    private readonly delegate* unmanaged<int*, CudaFunctionAttribute, nint, CudaResult> _funcGetAttribute;
    private readonly delegate* unmanaged<nint, CudaFunctionAttribute, int, CudaResult> _funcSetAttribute;
    private readonly delegate* unmanaged<nint*, uint, CudaResult> _streamCreate;
    private readonly delegate* unmanaged<nint, CudaResult> _streamSynchronize;
    private readonly delegate* unmanaged<nint, CudaResult> _streamDestroy;
    private readonly delegate* unmanaged<nint, CudaCaptureMode, CudaResult> _streamBeginCapture;
    private readonly delegate* unmanaged<nint, nint*, CudaResult> _streamEndCapture;
    private readonly delegate* unmanaged<nint, nint*, nuint*, CudaResult> _graphGetNodes;
    private readonly delegate* unmanaged<nint*, nint, ulong, CudaResult> _graphInstantiate;
    private readonly delegate* unmanaged<nint, nint, CudaResult> _graphLaunch;
    private readonly delegate* unmanaged<nint, CudaResult> _graphDestroy;
    private readonly delegate* unmanaged<nint, CudaResult> _graphExecDestroy;
    private readonly delegate* unmanaged<nint*, uint, CudaResult> _eventCreate;
    private readonly delegate* unmanaged<nint, nint, CudaResult> _eventRecord;
    private readonly delegate* unmanaged<nint, CudaResult> _eventSynchronize;
    private readonly delegate* unmanaged<nint, CudaResult> _eventQuery;
    private readonly delegate* unmanaged<float*, nint, nint, CudaResult> _eventElapsedTime;
    private readonly delegate* unmanaged<nint, CudaResult> _eventDestroy;
    private readonly delegate* unmanaged<nint, CudaResult> _ctxSetCurrent;
    private readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, nint*, CudaResult> _launchKernel;

    private LibCuda(nint library)
    {
        _init = (delegate* unmanaged<uint, CudaResult>)Export(library, "cuInit");
        _driverGetVersion = (delegate* unmanaged<int*, CudaResult>)Export(library, "cuDriverGetVersion");
        _deviceGetCount = (delegate* unmanaged<int*, CudaResult>)Export(library, "cuDeviceGetCount");
        _deviceGet = (delegate* unmanaged<int*, int, CudaResult>)Export(library, "cuDeviceGet");
        _deviceGetName = (delegate* unmanaged<byte*, int, int, CudaResult>)Export(library, "cuDeviceGetName");
        _deviceTotalMem = (delegate* unmanaged<nuint*, int, CudaResult>)Export(library, "cuDeviceTotalMem_v2");
        _deviceGetAttribute = (delegate* unmanaged<int*, CudaDeviceAttribute, int, CudaResult>)Export(library, "cuDeviceGetAttribute");
        _getErrorName = (delegate* unmanaged<CudaResult, byte**, CudaResult>)Export(library, "cuGetErrorName");
        _getErrorString = (delegate* unmanaged<CudaResult, byte**, CudaResult>)Export(library, "cuGetErrorString");
        _devicePrimaryCtxRetain = (delegate* unmanaged<nint*, int, CudaResult>)Export(library, "cuDevicePrimaryCtxRetain");
        _devicePrimaryCtxRelease = (delegate* unmanaged<int, CudaResult>)Export(library, "cuDevicePrimaryCtxRelease_v2");
        _memAlloc = (delegate* unmanaged<ulong*, nuint, CudaResult>)Export(library, "cuMemAlloc_v2");
        _memFree = (delegate* unmanaged<ulong, CudaResult>)Export(library, "cuMemFree_v2");
        _memHostAlloc = (delegate* unmanaged<nint*, nuint, uint, CudaResult>)Export(library, "cuMemHostAlloc");
        _memFreeHost = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuMemFreeHost");
        _memsetD32Async = (delegate* unmanaged<ulong, uint, nuint, nint, CudaResult>)Export(library, "cuMemsetD32Async");
        _memcpyHtoDAsync = (delegate* unmanaged<ulong, nint, nuint, nint, CudaResult>)Export(library, "cuMemcpyHtoDAsync_v2");
        _memcpyDtoHAsync = (delegate* unmanaged<nint, ulong, nuint, nint, CudaResult>)Export(library, "cuMemcpyDtoHAsync_v2");
        _moduleLoadDataEx = (delegate* unmanaged<nint*, byte*, uint, int*, nint*, CudaResult>)Export(library, "cuModuleLoadDataEx");
        _moduleUnload = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuModuleUnload");
        _moduleGetFunction = (delegate* unmanaged<nint*, nint, byte*, CudaResult>)Export(library, "cuModuleGetFunction");
        _funcGetAttribute = (delegate* unmanaged<int*, CudaFunctionAttribute, nint, CudaResult>)Export(library, "cuFuncGetAttribute");
        _funcSetAttribute = (delegate* unmanaged<nint, CudaFunctionAttribute, int, CudaResult>)Export(library, "cuFuncSetAttribute");
        _streamCreate = (delegate* unmanaged<nint*, uint, CudaResult>)Export(library, "cuStreamCreate");
        _streamSynchronize = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuStreamSynchronize");
        _streamDestroy = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuStreamDestroy_v2");
        _streamBeginCapture = (delegate* unmanaged<nint, CudaCaptureMode, CudaResult>)Export(library, "cuStreamBeginCapture_v2");
        _streamEndCapture = (delegate* unmanaged<nint, nint*, CudaResult>)Export(library, "cuStreamEndCapture");
        _graphGetNodes = (delegate* unmanaged<nint, nint*, nuint*, CudaResult>)Export(library, "cuGraphGetNodes");
        _graphInstantiate = (delegate* unmanaged<nint*, nint, ulong, CudaResult>)Export(library, "cuGraphInstantiateWithFlags");
        _graphLaunch = (delegate* unmanaged<nint, nint, CudaResult>)Export(library, "cuGraphLaunch");
        _graphDestroy = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuGraphDestroy");
        _graphExecDestroy = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuGraphExecDestroy");
        _eventCreate = (delegate* unmanaged<nint*, uint, CudaResult>)Export(library, "cuEventCreate");
        _eventRecord = (delegate* unmanaged<nint, nint, CudaResult>)Export(library, "cuEventRecord");
        _eventSynchronize = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuEventSynchronize");
        _eventQuery = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuEventQuery");
        _eventElapsedTime = (delegate* unmanaged<float*, nint, nint, CudaResult>)Export(library, "cuEventElapsedTime",
            "cuEventElapsedTime_v2");
        _eventDestroy = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuEventDestroy_v2");
        _ctxSetCurrent = (delegate* unmanaged<nint, CudaResult>)Export(library, "cuCtxSetCurrent");
        _launchKernel = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, nint*,
            CudaResult>)Export(library, "cuLaunchKernel");
    }

    /// <summary>The installed driver; null where there is none.</summary>
    public static LibCuda? TryOpen() => Names.Select(TryOpen).FirstOrDefault(driver => driver is not null);

    /// <summary>The library of that name or path; null where it does not load.</summary>
    public static LibCuda? TryOpen(string name) => NativeLibrary.TryLoad(name, out nint library) ? new LibCuda(library) : null;

    public CudaResult Init() => _init(0);

    public CudaResult Version(out int version)
    {
        fixed (int* to = &version)
            return _driverGetVersion(to);
    }

    public CudaResult DeviceCount(out int count)
    {
        fixed (int* to = &count)
            return _deviceGetCount(to);
    }

    public CudaResult Device(out int device, int ordinal)
    {
        fixed (int* to = &device)
            return _deviceGet(to, ordinal);
    }

    public CudaResult DeviceName(out string name, int device)
    {
        byte* text = stackalloc byte[NameBytes];
        CudaResult result = _deviceGetName(text, NameBytes, device);
        name = result == CudaResult.Success ? Text(text) : "";
        return result;
    }

    public CudaResult DeviceMemory(out nuint bytes, int device)
    {
        fixed (nuint* to = &bytes)
            return _deviceTotalMem(to, device);
    }

    public CudaResult DeviceAttribute(out int value, CudaDeviceAttribute attribute, int device)
    {
        fixed (int* to = &value)
            return _deviceGetAttribute(to, attribute, device);
    }

    public string Describe(CudaResult result)
    {
        byte* name = null, text = null;
        _ = _getErrorName(result, &name);
        _ = _getErrorString(result, &text);
        return name == null || text == null ? $"CUDA error {(int)result}" : $"{Text(name)}: {Text(text)}";
    }

    public CudaResult RetainContext(out nint context, int device)
    {
        fixed (nint* to = &context)
            return _devicePrimaryCtxRetain(to, device);
    }

    public CudaResult ReleaseContext(int device) => _devicePrimaryCtxRelease(device);

    public CudaResult SetContext(nint context) => _ctxSetCurrent(context);

    public CudaResult Allocate(out ulong address, nuint bytes)
    {
        fixed (ulong* to = &address)
            return _memAlloc(to, bytes);
    }

    public CudaResult Free(ulong address) => _memFree(address);

    public CudaResult AllocateHost(out nint address, nuint bytes, uint flags)
    {
        fixed (nint* to = &address)
            return _memHostAlloc(to, bytes, flags);
    }

    public CudaResult FreeHost(nint address) => _memFreeHost(address);

    public CudaResult Set(ulong address, uint value, nuint words, nint stream) =>
        _memsetD32Async(address, value, words, stream);

    public CudaResult CopyToDevice(ulong to, nint from, nuint bytes, nint stream) =>
        _memcpyHtoDAsync(to, from, bytes, stream);

    public CudaResult CopyToHost(nint to, ulong from, nuint bytes, nint stream) =>
        _memcpyDtoHAsync(to, from, bytes, stream);

    public CudaResult LoadModule(out nint module, string ptx, out string log)
    {
        byte[] errors = new byte[LogBytes];
        fixed (nint* to = &module)
        fixed (byte* image = Terminated(ptx), errorLog = errors)
        {
            int* options = stackalloc[] { ErrorLog, ErrorLogBytes, LineInfo };
            nint* values = stackalloc[] { (nint)errorLog, LogBytes, 1 };
            CudaResult result = _moduleLoadDataEx(to, image, 3, options, values);
            errors[^1] = 0;
            log = Text(errorLog);
            return result;
        }
    }

    public CudaResult UnloadModule(nint module) => _moduleUnload(module);

    public CudaResult Function(out nint function, nint module, string name)
    {
        fixed (nint* to = &function)
        fixed (byte* text = Terminated(name))
            return _moduleGetFunction(to, module, text);
    }

    public CudaResult FunctionAttribute(out int value, CudaFunctionAttribute attribute, nint function)
    {
        fixed (int* to = &value)
            return _funcGetAttribute(to, attribute, function);
    }

    public CudaResult SetFunctionAttribute(nint function, CudaFunctionAttribute attribute, int value) =>
        _funcSetAttribute(function, attribute, value);

    public CudaResult Launch(nint function, uint gridX, uint gridY, uint blockX, uint dynamicSharedBytes, nint stream, nint arguments,
        nuint argumentBytes)
    {
        nint* extra = stackalloc[] { ArgumentBuffer, arguments, ArgumentBytes, (nint)(&argumentBytes), 0 };
        return _launchKernel(function, gridX, gridY, 1, blockX, 1, 1, dynamicSharedBytes, stream, null, extra);
    }

    public CudaResult CreateStream(out nint stream, uint flags)
    {
        fixed (nint* to = &stream)
            return _streamCreate(to, flags);
    }

    public CudaResult WaitStream(nint stream) => _streamSynchronize(stream);

    public CudaResult DestroyStream(nint stream) => _streamDestroy(stream);

    public CudaResult BeginCapture(nint stream, CudaCaptureMode mode) => _streamBeginCapture(stream, mode);

    public CudaResult EndCapture(out nint graph, nint stream)
    {
        fixed (nint* to = &graph)
            return _streamEndCapture(stream, to);
    }

    public CudaResult GraphNodes(out nuint count, nint graph)
    {
        fixed (nuint* to = &count)
            return _graphGetNodes(graph, null, to);
    }

    public CudaResult Instantiate(out nint executable, nint graph, ulong flags)
    {
        fixed (nint* to = &executable)
            return _graphInstantiate(to, graph, flags);
    }

    public CudaResult LaunchGraph(nint executable, nint stream) => _graphLaunch(executable, stream);

    public CudaResult DestroyGraph(nint graph) => _graphDestroy(graph);

    public CudaResult DestroyExecutable(nint executable) => _graphExecDestroy(executable);

    public CudaResult CreateEvent(out nint at, uint flags)
    {
        fixed (nint* to = &at)
            return _eventCreate(to, flags);
    }

    public CudaResult RecordEvent(nint at, nint stream) => _eventRecord(at, stream);

    public CudaResult WaitEvent(nint at) => _eventSynchronize(at);

    public CudaResult QueryEvent(nint at) => _eventQuery(at);

    public CudaResult Elapsed(out float milliseconds, nint from, nint to)
    {
        fixed (float* value = &milliseconds)
            return _eventElapsedTime(value, from, to);
    }

    public CudaResult DestroyEvent(nint at) => _eventDestroy(at);

    public void Dispose()
    {
        // The library stays loaded: a driver does not bear being unloaded while its threads run.
    }

    /// <summary>The export; where a driver has it no more, the one of another name that does the same.</summary>
    private static nint Export(nint library, string name, string? other = null) =>
        NativeLibrary.TryGetExport(library, name, out nint export)
        || (other is not null && NativeLibrary.TryGetExport(library, other, out export))
            ? export
            : throw new BackendException($"The CUDA driver's library has no {name}{(other is null ? "" : $" and no {other}")}: "
                + "install a newer driver.");

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
