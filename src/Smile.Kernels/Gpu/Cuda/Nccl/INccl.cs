namespace Smile.Kernels.Gpu.Cuda.Nccl;

/// <summary>
/// The functions of NCCL that are used, one to one; the name of each there stands beside it. A function returns what the library answers
/// and throws nothing for it.
/// </summary>
internal interface INccl
{
    /// <summary>ncclGetVersion: 22105 is NCCL 2.21.5.</summary>
    NcclResult Version(out int version);

    /// <summary>ncclGetUniqueId: what the ranks of one communicator are given, made by one of them.</summary>
    NcclResult NewId(out NcclId id);

    /// <summary>ncclCommInitRank with the device whose context is current; comes back when all ranks have called it.</summary>
    NcclResult Join(out nint communicator, int size, NcclId id, int rank);

    /// <summary>ncclGroupStart: what is sent and received from here waits for <see cref="EndGroup"/>, then for none of the rest.</summary>
    NcclResult StartGroup();

    /// <summary>ncclGroupEnd: queues what was begun since; it is done in the order of the stream.</summary>
    NcclResult EndGroup();

    /// <summary>ncclSend from device memory.</summary>
    NcclResult Send(ulong from, nuint count, NcclType type, int peer, nint communicator, nint stream);

    /// <summary>ncclRecv into device memory; as many of the same type as the peer sends.</summary>
    NcclResult Receive(ulong into, nuint count, NcclType type, int peer, nint communicator, nint stream);

    /// <summary>ncclCommGetAsyncError: how that fares which was queued.</summary>
    NcclResult AsyncError(nint communicator, out NcclResult error);

    /// <summary>ncclCommAbort: ends what still runs on the device and gives the communicator back, without the other ranks.</summary>
    NcclResult Abort(nint communicator);

    /// <summary>ncclGetErrorString and ncclGetLastError.</summary>
    string Describe(NcclResult result);
}

/// <summary>ncclResult_t: what is told apart here; any other value is an error too.</summary>
internal enum NcclResult
{
    Success = 0,
    SystemError = 2,
    InvalidArgument = 4,
    InvalidUsage = 5,
    RemoteError = 6,
    InProgress = 7,
}

/// <summary>ncclDataType_t: what is sent.</summary>
internal enum NcclType
{
    Float32 = 7,
}

/// <summary>ncclUniqueId, which the library takes by value.</summary>
internal unsafe struct NcclId
{
    /// <summary>NCCL_UNIQUE_ID_BYTES.</summary>
    public const int Bytes = 128;

    private fixed byte _bytes[Bytes];

    /// <summary>The id of so many bytes.</summary>
    public static NcclId Of(ReadOnlySpan<byte> bytes)
    {
        NcclId id;
        bytes[..Bytes].CopyTo(new Span<byte>(id._bytes, Bytes));
        return id;
    }

    /// <summary>Its bytes, for other ranks.</summary>
    public byte[] ToArray()
    {
        fixed (byte* bytes = _bytes)
            return new ReadOnlySpan<byte>(bytes, Bytes).ToArray();
    }
}
