using Smile.Kernels.Gpu.Cuda.Nccl;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests.Gpu.Cuda.Nccl;

/// <summary>Each declaration of NCCL's functions against a library in C that writes down what it is called with.</summary>
public sealed class LibNcclTests : IDisposable
{
    private readonly StandIn _standIn = new();

    public void Dispose() => _standIn.Dispose();

    [Fact]
    public void Every_function_passes_its_arguments_as_the_header_declares_them()
    {
        LibNccl nccl = LibNccl.TryOpen(_standIn.Compile(Source))!;
        Expect("ncclGetVersion", nccl.Version(out int version));
        Assert.Equal(22105, version);
        Expect("ncclGetUniqueId", nccl.NewId(out NcclId id));
        byte[] bytes = [.. Enumerable.Range(0, 128).Select(i => (byte)(3 * i + 1))];
        Assert.Equal(bytes, id.ToArray());
        bytes[127]++; // the last byte arrives too
        ulong sum = bytes.Aggregate(0UL, (sum, each) => unchecked(31 * sum + each));
        Expect($"ncclCommInitRank 4 {sum:x} 3", nccl.Join(out nint communicator, 4, NcclId.Of(bytes), 3));
        Assert.Equal(0x1_0000_0001, communicator);
        Expect("ncclGroupStart", nccl.StartGroup());
        Expect("ncclSend f00000002 200000003 ncclFloat32 1 100000001 11",
            nccl.Send(0xF_0000_0002, unchecked((nuint)0x2_0000_0003), NcclType.Float32, 1, communicator, 0x11));
        Expect("ncclRecv f00000004 200000005 ncclFloat32 2 100000001 11",
            nccl.Receive(0xF_0000_0004, unchecked((nuint)0x2_0000_0005), NcclType.Float32, 2, communicator, 0x11));
        Expect("ncclGroupEnd", nccl.EndGroup());
        Expect("ncclCommGetAsyncError 100000001", nccl.AsyncError(communicator, out NcclResult error));
        Assert.Equal(NcclResult.RemoteError, error);
        Expect("ncclCommAbort 100000001", nccl.Abort(communicator));
        Assert.Equal("invalid usage (5): Duplicate GPU detected", nccl.Describe(NcclResult.InvalidUsage));
    }

    [Fact]
    public void The_id_is_as_long_as_the_header_says()
    {
        Assert.Equal(128, NcclId.Bytes);
        unsafe
        {
            Assert.Equal(128, sizeof(NcclId));
        }
    }

    [Fact]
    public void A_library_that_lacks_a_function_is_refused_by_its_name_with_what_to_install()
    {
        string library = _standIn.Compile(Source.Replace("ncclGetLastError", "ncclGetNothing", StringComparison.Ordinal));
        string message = Assert.Throws<BackendException>(() => LibNccl.TryOpen(library)).Message;
        Assert.Contains("has no ncclGetLastError", message, StringComparison.Ordinal);
        Assert.Contains("libnccl2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_not_there_is_none() => Assert.Null(LibNccl.TryOpen(_standIn.Missing));

    private string Source => _standIn.Source("Gpu", "Cuda", "Nccl", "standin.c");

    /// <summary>The stand-in answers each call with 42, so that the result is seen to come through.</summary>
    private void Expect(string call, NcclResult result)
    {
        Assert.Equal(call, _standIn.Call);
        Assert.Equal((NcclResult)42, result);
    }
}
