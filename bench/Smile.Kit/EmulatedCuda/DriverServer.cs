using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Smile.Kernels.Gpu.Cuda;
using Smile.PtxEmulator;
using Smile.PtxEmulator.Driver;

namespace Smile.Kit.EmulatedCuda;

/// <summary>
/// The emulated driver at the other end of libcuda.c: requests come over a socket that is file 3, one after another, and each is answered.
/// Its events tell how long the emulator took.
/// </summary>
internal sealed unsafe class DriverServer(EmulatedDriver driver, Stream socket)
{
    /// <summary>Environment variable with the compute capability of the device, as "8.0", which it is without.</summary>
    public const string Variable = "SMILE_EMULATED_CUDA";

    private const int SocketFile = 3, MostNumbers = 6;

    private readonly ulong[] _numbers = new ulong[MostNumbers];

    /// <summary>What is called: the order is that of libcuda.c.</summary>
    private enum Call
    {
        Init, Version, DeviceCount, Device, DeviceName, DeviceMemory, DeviceAttribute, Retain, Release, SetContext, Allocate, Free, Set,
        ToDevice, ToHost, Load, Unload, Function, FunctionAttribute, SetFunctionAttribute, Launch, CreateStream, WaitStream, DestroyStream,
        BeginCapture, EndCapture, GraphNodes, Instantiate, LaunchGraph, DestroyGraph, DestroyExecutable, CreateEvent, RecordEvent,
        WaitEvent, QueryEvent, Elapsed, DestroyEvent,
    }

    /// <summary>Serves until the other end is closed; 0.</summary>
    public static int Run()
    {
        Version capability = Version.Parse(Environment.GetEnvironmentVariable(Variable) ?? "8.0");
        var watch = Stopwatch.StartNew();
        using var driver = new EmulatedDriver(capability.Major, capability.Minor, new EmulatorOptions { Seed = 1 })
        {
            Clock = () => watch.Elapsed.TotalMilliseconds,
        };
        using var socket = new FileStream(new SafeFileHandle(SocketFile, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
        new DriverServer(driver, socket).Serve();
        return 0;
    }

    /// <summary>Answers each request in turn.</summary>
    public void Serve()
    {
        Span<byte> head = stackalloc byte[2 * sizeof(uint) + MostNumbers * sizeof(ulong)];
        while (socket.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            var call = (Call)MemoryMarshal.Read<uint>(head);
            var bytes = new byte[MemoryMarshal.Read<uint>(head[sizeof(uint)..])];
            MemoryMarshal.Cast<byte, ulong>(head[(2 * sizeof(uint))..]).CopyTo(_numbers);
            socket.ReadExactly(bytes);
            Answer(call, bytes);
        }
    }

    private void Answer(Call call, byte[] bytes)
    {
        CudaResult result;
        ulong number = 0;
        byte[] back = [];
        try
        {
            result = Do(call, bytes, out number, out back);
        }
        catch (Exception e) when (e is PtxException or KeyNotFoundException or InvalidOperationException or InvalidCastException
            or ArgumentException)
        {
            (result, back) = (CudaResult.LaunchFailed, Encoding.UTF8.GetBytes(e.Message));
        }

        driver.Launches.Clear(); // reports that nobody here reads
        Span<byte> head = stackalloc byte[2 * sizeof(int) + sizeof(ulong)];
        MemoryMarshal.Write(head, (int)result);
        MemoryMarshal.Write(head[sizeof(int)..], (uint)back.Length);
        MemoryMarshal.Write(head[(2 * sizeof(int))..], number);
        socket.Write(head);
        socket.Write(back);
    }

    private CudaResult Do(Call call, byte[] bytes, out ulong number, out byte[] back)
    {
        (number, back) = (0, []);
        nint first = (nint)_numbers[0], handle;
        int value;
        CudaResult result;
        switch (call)
        {
            case Call.Init:
                return driver.Init();
            case Call.Version:
                result = driver.Version(out value);
                number = (ulong)value;
                return result;
            case Call.DeviceCount:
                result = driver.DeviceCount(out value);
                number = (ulong)value;
                return result;
            case Call.Device:
                result = driver.Device(out value, (int)first);
                number = (ulong)value;
                return result;
            case Call.DeviceName:
                result = driver.DeviceName(out string name, (int)first);
                back = Encoding.UTF8.GetBytes(name);
                return result;
            case Call.DeviceMemory:
                result = driver.DeviceMemory(out nuint size, (int)first);
                number = size;
                return result;
            case Call.DeviceAttribute:
                result = driver.DeviceAttribute(out value, (CudaDeviceAttribute)first, (int)_numbers[1]);
                number = (ulong)value;
                return result;
            case Call.Retain:
                result = driver.RetainContext(out handle, (int)first);
                break;
            case Call.Release:
                return driver.ReleaseContext((int)first);
            case Call.SetContext:
                return driver.SetContext(first);
            case Call.Allocate:
                return driver.Allocate(out number, (nuint)first);
            case Call.Free:
                return driver.Free((ulong)first);
            case Call.Set:
                return driver.Set(_numbers[0], (uint)_numbers[1], (nuint)_numbers[2], (nint)_numbers[3]);
            case Call.ToDevice:
                fixed (byte* from = bytes)
                    return driver.CopyToDevice(_numbers[0], (nint)from, (nuint)bytes.Length, (nint)_numbers[1]);
            case Call.ToHost:
                back = new byte[_numbers[1]];
                fixed (byte* to = back)
                    result = driver.CopyToHost((nint)to, _numbers[0], (nuint)back.Length, (nint)_numbers[2]);
                if (result != CudaResult.Success)
                    back = [];
                return result;
            case Call.Load:
                result = driver.LoadModule(out handle, Encoding.UTF8.GetString(bytes), out string log);
                back = Encoding.UTF8.GetBytes(log);
                break;
            case Call.Unload:
                return driver.UnloadModule(first);
            case Call.Function:
                result = driver.Function(out handle, first, Encoding.UTF8.GetString(bytes));
                break;
            case Call.FunctionAttribute:
                result = driver.FunctionAttribute(out value, (CudaFunctionAttribute)first, (nint)_numbers[1]);
                number = (ulong)value;
                return result;
            case Call.SetFunctionAttribute:
                return driver.SetFunctionAttribute(first, (CudaFunctionAttribute)_numbers[1], (int)_numbers[2]);
            case Call.Launch:
                fixed (byte* arguments = bytes)
                    return driver.Launch(first, (uint)_numbers[1], (uint)_numbers[2], (uint)_numbers[3], (uint)_numbers[4],
                        (nint)_numbers[5], (nint)arguments, (nuint)bytes.Length);
            case Call.CreateStream:
                result = driver.CreateStream(out handle, (uint)first);
                break;
            case Call.WaitStream:
                return driver.WaitStream(first);
            case Call.DestroyStream:
                return driver.DestroyStream(first);
            case Call.BeginCapture:
                return driver.BeginCapture(first, (CudaCaptureMode)_numbers[1]);
            case Call.EndCapture:
                result = driver.EndCapture(out handle, first);
                break;
            case Call.GraphNodes:
                result = driver.GraphNodes(out size, first);
                number = size;
                return result;
            case Call.Instantiate:
                result = driver.Instantiate(out handle, first, _numbers[1]);
                break;
            case Call.LaunchGraph:
                return driver.LaunchGraph(first, (nint)_numbers[1]);
            case Call.DestroyGraph:
                return driver.DestroyGraph(first);
            case Call.DestroyExecutable:
                return driver.DestroyExecutable(first);
            case Call.CreateEvent:
                result = driver.CreateEvent(out handle, (uint)first);
                break;
            case Call.RecordEvent:
                return driver.RecordEvent(first, (nint)_numbers[1]);
            case Call.WaitEvent:
                return driver.WaitEvent(first);
            case Call.QueryEvent:
                return driver.QueryEvent(first);
            case Call.Elapsed:
                result = driver.Elapsed(out float milliseconds, first, (nint)_numbers[1]);
                number = BitConverter.SingleToUInt32Bits(milliseconds);
                return result;
            case Call.DestroyEvent:
                return driver.DestroyEvent(first);
            default:
                return CudaResult.InvalidValue;
        }

        number = (ulong)handle;
        return result;
    }
}
