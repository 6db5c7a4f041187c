using System.Runtime.InteropServices;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests.Gpu.Cuda;

/// <summary>Each declaration against a library in C that writes down what it is called with.</summary>
public sealed class LibCudaTests : IDisposable
{
    private readonly StandIn _standIn = new();

    private string Source => _standIn.Source("Gpu", "Cuda", "standin.c");

    public void Dispose() => _standIn.Dispose();

    [Fact]
    public void Every_function_passes_its_arguments_as_the_driver_declares_them()
    {
        LibCuda driver = Build();
        Expect("cuInit 0", driver.Init());
        Expect("cuDriverGetVersion", driver.Version(out int version));
        Assert.Equal(12040, version);
        Expect("cuDeviceGetCount", driver.DeviceCount(out int count));
        Assert.Equal(3, count);
        Expect("cuDeviceGet 2", driver.Device(out int device, 2));
        Assert.Equal(7, device);
        Expect("cuDeviceGetName 256 7", driver.DeviceName(out string name, 7));
        Assert.Equal("Stand-in", name);
        Expect("cuDeviceTotalMem_v2 7", driver.DeviceMemory(out nuint bytes, 7));
        Assert.Equal(0x1_2345_6789UL, bytes);
        Expect("cuDeviceGetAttribute 75 7", driver.DeviceAttribute(out int value, CudaDeviceAttribute.ComputeCapabilityMajor, 7));
        Assert.Equal(9, value);
        Assert.Equal("CUDA_ERROR_2: text of 2", driver.Describe(CudaResult.OutOfMemory));
        Expect("cuDevicePrimaryCtxRetain 7", driver.RetainContext(out nint context, 7));
        Assert.Equal(0x1_0000_0001, context);
        Expect("cuDevicePrimaryCtxRelease_v2 7", driver.ReleaseContext(7));
        Expect("cuCtxSetCurrent 100000001", driver.SetContext(context));
        Expect("cuMemAlloc_v2 200000000", driver.Allocate(out ulong address, unchecked((nuint)0x2_0000_0000)));
        Assert.Equal(0xF_0000_0002UL, address);
        Expect("cuMemFree_v2 f00000002", driver.Free(address));
        Expect("cuMemHostAlloc 300000000 5", driver.AllocateHost(out nint host, unchecked((nuint)0x3_0000_0000), 5));
        Assert.Equal(0x1_0000_0003, host);
        Expect("cuMemFreeHost 100000003", driver.FreeHost(host));
        Expect("cuMemsetD32Async f00000002 80000001 400000000 11", driver.Set(address, 0x8000_0001, unchecked((nuint)0x4_0000_0000), 0x11));
        Expect("cuMemcpyHtoDAsync_v2 f00000002 100000003 500000000 11",
            driver.CopyToDevice(address, host, unchecked((nuint)0x5_0000_0000), 0x11));
        Expect("cuMemcpyDtoHAsync_v2 100000003 f00000002 600000000 11",
            driver.CopyToHost(host, address, unchecked((nuint)0x6_0000_0000), 0x11));
        Expect("cuModuleLoadDataEx the text 5 6=4000 13=1", driver.LoadModule(out nint module, "the text", out string log));
        Assert.Equal((0x1_0000_0004, "what ptxas says"), (module, log));
        Expect("cuModuleUnload 100000004", driver.UnloadModule(module));
        Expect("cuModuleGetFunction 100000004 Kernel_é", driver.Function(out nint function, module, "Kernel_é"));
        Assert.Equal(0x1_0000_0005, function);
        Expect("cuFuncGetAttribute 4 100000005", driver.FunctionAttribute(out int registers, CudaFunctionAttribute.Registers, function));
        Assert.Equal(255, registers);
        Expect("cuFuncSetAttribute 100000005 8 100000",
            driver.SetFunctionAttribute(function, CudaFunctionAttribute.MaxDynamicSharedBytes, 100_000));
        byte[] arguments = [1, 2, 3];
        GCHandle pinned = GCHandle.Alloc(arguments, GCHandleType.Pinned);
        Expect("cuLaunchKernel 100000005 2 3 1 4 1 1 90000 11 010203",
            driver.Launch(function, 2, 3, 4, 90_000, 0x11, pinned.AddrOfPinnedObject(), 3));
        pinned.Free();
        Expect("cuStreamCreate 1", driver.CreateStream(out nint stream, 1));
        Assert.Equal(0x1_0000_0006, stream);
        Expect("cuStreamSynchronize 100000006", driver.WaitStream(stream));
        Expect("cuStreamBeginCapture_v2 100000006 1", driver.BeginCapture(stream, CudaCaptureMode.ThreadLocal));
        Expect("cuStreamEndCapture 100000006", driver.EndCapture(out nint graph, stream));
        Assert.Equal(0x1_0000_0008, graph);
        Expect("cuGraphGetNodes 100000008 0", driver.GraphNodes(out nuint nodes, graph));
        Assert.Equal(0x5_0000_0005UL, nodes);
        Expect("cuGraphInstantiateWithFlags 100000008 100000001", driver.Instantiate(out nint executable, graph, 0x1_0000_0001));
        Assert.Equal(0x1_0000_0009, executable);
        Expect("cuGraphLaunch 100000009 100000006", driver.LaunchGraph(executable, stream));
        Expect("cuGraphDestroy 100000008", driver.DestroyGraph(graph));
        Expect("cuGraphExecDestroy 100000009", driver.DestroyExecutable(executable));
        Expect("cuStreamDestroy_v2 100000006", driver.DestroyStream(stream));
        Expect("cuEventCreate 2", driver.CreateEvent(out nint at, 2));
        Assert.Equal(0x1_0000_0007, at);
        Expect("cuEventRecord 100000007 100000006", driver.RecordEvent(at, stream));
        Expect("cuEventSynchronize 100000007", driver.WaitEvent(at));
        Expect("cuEventQuery 100000007", driver.QueryEvent(at));
        Expect("cuEventElapsedTime 100000007 100000006", driver.Elapsed(out float milliseconds, at, stream));
        Assert.Equal(1.5f, milliseconds);
        Expect("cuEventDestroy_v2 100000007", driver.DestroyEvent(at));
    }

    [Fact]
    public void A_library_that_lacks_a_function_is_refused_by_its_name()
    {
        string library = _standIn.Compile("int cuInit(unsigned flags) { return 0; }");
        Assert.Contains("has no cuDriverGetVersion", Assert.Throws<BackendException>(() => LibCuda.TryOpen(library)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_time_between_events_is_taken_by_the_newer_name_where_the_older_is_gone()
    {
        string source = Source.Replace("cuEventElapsedTime", "cuEventElapsedTime_v2", StringComparison.Ordinal);
        LibCuda driver = LibCuda.TryOpen(_standIn.Compile(source))!;
        Expect("cuEventElapsedTime_v2 7 6", driver.Elapsed(out float milliseconds, 7, 6));
        Assert.Equal(1.5f, milliseconds);
    }

    [Fact]
    public void A_library_that_lacks_both_names_of_a_function_is_refused_by_both()
    {
        string library = _standIn.Compile(Source.Replace("cuEventElapsedTime", "cuEventNothing", StringComparison.Ordinal));
        Assert.Contains("has no cuEventElapsedTime and no cuEventElapsedTime_v2:",
            Assert.Throws<BackendException>(() => LibCuda.TryOpen(library)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_not_there_is_no_driver() => Assert.Null(LibCuda.TryOpen(_standIn.Missing));

    /// <summary>The stand-in answers each call with 42, so that the result is seen to come through.</summary>
    private void Expect(string call, CudaResult result)
    {
        Assert.Equal(call, _standIn.Call);
        Assert.Equal((CudaResult)(call.StartsWith("cuDeviceGetName", StringComparison.Ordinal) ? 0 : 42), result);
    }

    private LibCuda Build() => LibCuda.TryOpen(_standIn.Compile(Source))!;
}
