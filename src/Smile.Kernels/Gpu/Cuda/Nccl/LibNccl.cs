using System.Runtime.InteropServices;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu.Cuda.Nccl;

/// <summary>
/// NVIDIA's library, bound when it is first needed: nothing of it is there at build time. What is called of it is the same from version
/// 2.13 on.
/// </summary>
internal sealed unsafe class LibNccl : INccl
{
    /// <summary>The library's name.</summary>
    public const string Name = "libnccl.so.2";

    /// <summary>What to do where it is not there.</summary>
    public const string Install = "install NVIDIA's package libnccl2, the same version on every machine (of pip, nvidia-nccl-cu12: with "
        + "its folder nvidia/nccl/lib in LD_LIBRARY_PATH)";

    private readonly delegate* unmanaged<int*, NcclResult> _getVersion;
    private readonly delegate* unmanaged<NcclId*, NcclResult> _getUniqueId;
    private readonly delegate* unmanaged<nint*, int, NcclId, int, NcclResult> _commInitRank;
    private readonly delegate* unmanaged<NcclResult> _groupStart, _groupEnd;
    private readonly delegate* unmanaged<ulong, nuint, NcclType, int, nint, nint, NcclResult> _send, _receive;
    private readonly delegate* unmanaged<nint, NcclResult*, NcclResult> _commGetAsyncError;
    private readonly delegate* unmanaged<nint, NcclResult> _commAbort;
    private readonly delegate* unmanaged<NcclResult, byte*> _getErrorString;
    private readonly delegate* unmanaged<nint, byte*> _getLastError;

    private LibNccl(nint library, string name)
    {
        _getVersion = (delegate* unmanaged<int*, NcclResult>)Export("ncclGetVersion");
        _getUniqueId = (delegate* unmanaged<NcclId*, NcclResult>)Export("ncclGetUniqueId");
        _commInitRank = (delegate* unmanaged<nint*, int, NcclId, int, NcclResult>)Export("ncclCommInitRank");
        _groupStart = (delegate* unmanaged<NcclResult>)Export("ncclGroupStart");
        _groupEnd = (delegate* unmanaged<NcclResult>)Export("ncclGroupEnd");
        _send = (delegate* unmanaged<ulong, nuint, NcclType, int, nint, nint, NcclResult>)Export("ncclSend");
        _receive = (delegate* unmanaged<ulong, nuint, NcclType, int, nint, nint, NcclResult>)Export("ncclRecv");
        _commGetAsyncError = (delegate* unmanaged<nint, NcclResult*, NcclResult>)Export("ncclCommGetAsyncError");
        _commAbort = (delegate* unmanaged<nint, NcclResult>)Export("ncclCommAbort");
        _getErrorString = (delegate* unmanaged<NcclResult, byte*>)Export("ncclGetErrorString");
        _getLastError = (delegate* unmanaged<nint, byte*>)Export("ncclGetLastError");

        nint Export(string symbol) => NativeLibrary.TryGetExport(library, symbol, out nint export)
            ? export : throw new BackendException($"{name} has no {symbol}: it is older than NCCL 2.13; {Install}");
    }

    /// <summary>Opens NCCL; null where there is none. Tests put the emulated one here; the rest of the program does not see it.</summary>
    public static Func<INccl?> Open { get; set; } = () => TryOpen(Name);

    /// <summary>The library of that name or path; null where it does not load.</summary>
    /// <exception cref="BackendException">It lacks a function.</exception>
    public static LibNccl? TryOpen(string name) => NativeLibrary.TryLoad(name, out nint library) ? new LibNccl(library, name) : null;

    public NcclResult Version(out int version)
    {
        fixed (int* to = &version)
            return _getVersion(to);
    }

    public NcclResult NewId(out NcclId id)
    {
        fixed (NcclId* to = &id)
            return _getUniqueId(to);
    }

    public NcclResult Join(out nint communicator, int size, NcclId id, int rank)
    {
        fixed (nint* to = &communicator)
            return _commInitRank(to, size, id, rank);
    }

    public NcclResult StartGroup() => _groupStart();

    public NcclResult EndGroup() => _groupEnd();

    public NcclResult Send(ulong from, nuint count, NcclType type, int peer, nint communicator, nint stream) =>
        _send(from, count, type, peer, communicator, stream);

    public NcclResult Receive(ulong into, nuint count, NcclType type, int peer, nint communicator, nint stream) =>
        _receive(into, count, type, peer, communicator, stream);

    public NcclResult AsyncError(nint communicator, out NcclResult error)
    {
        fixed (NcclResult* to = &error)
            return _commGetAsyncError(communicator, to);
    }

    public NcclResult Abort(nint communicator) => _commAbort(communicator);

    public string Describe(NcclResult result)
    {
        string last = Text(_getLastError(0)); // of the process, whatever the communicator
        return $"{Text(_getErrorString(result))} ({(int)result}){(last.Length > 0 ? $": {last}" : "")}";
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text)?.Trim() ?? "";
}
