using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Gpu.Cuda.Nccl;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Backend;

/// <summary>Whether a backend's device can be linked to others.</summary>
/// <param name="Version">NCCL's: "2.21.5"; empty where it cannot be linked.</param>
/// <param name="Device">What it is, the same for nothing else in the world: its machine and place there; empty where it is no GPU.</param>
/// <param name="Reason">Why it cannot be linked; empty where it can.</param>
public readonly record struct LinkOffer(string Version, string Device, string Reason);

/// <summary>
/// CUDA devices of several processes that send words to each other without the host, by NCCL's ncclSend and ncclRecv: it carries words and
/// adds none. What is sent and received is queued as operations are. Each process has one device, and calls as the others do.
/// </summary>
public sealed class DeviceLink : IDisposable
{
    private readonly INccl _nccl;
    private readonly GpuQueue _queue;
    private readonly CudaRuntime _runtime;
    private readonly GpuEvent _end;
    private nint _communicator;

    private DeviceLink(INccl nccl, GpuQueue queue, CudaRuntime runtime, nint communicator)
    {
        (_nccl, _queue, _runtime, _communicator) = (nccl, queue, runtime, communicator);
        _end = runtime.CreateEvent();
    }

    /// <summary>Whether the device can be linked, without linking it.</summary>
    public static LinkOffer OfferOf(IBackend backend)
    {
        if ((backend as GpuBackend)?.Queue.Runtime is not CudaRuntime runtime)
            return new LinkOffer("", "", $"its device is {backend.Name}, and NCCL links those of CUDA");
        string device = $"{Environment.MachineName} {runtime.Bus}";
        try
        {
            INccl? nccl = LibNccl.Open();
            if (nccl is null)
                return new LinkOffer("", device, $"{LibNccl.Name} is not there; {LibNccl.Install}");
            Check(nccl, nccl.Version(out int version), "tell its version");
            return new LinkOffer(Text(version), device, "");
        }
        catch (BackendException e)
        {
            return new LinkOffer("", device, e.Message);
        }
    }

    /// <summary>A new id, which all that join one link are given.</summary>
    /// <exception cref="BackendException">NCCL fails, or is not there.</exception>
    public static byte[] NewId()
    {
        INccl nccl = Library();
        Check(nccl, nccl.NewId(out NcclId id), "make an id");
        return id.ToArray();
    }

    /// <summary>Links the device to those of the other ranks; comes back when all have joined.</summary>
    /// <param name="backend">Of a device that can be linked; it outlives the link.</param>
    /// <param name="id">Of <see cref="NewId"/>, the same on all ranks.</param>
    /// <param name="rank">This one, from 0.</param>
    /// <param name="size">How many there are.</param>
    /// <exception cref="BackendException">NCCL fails, or is not there.</exception>
    public static DeviceLink Join(IBackend backend, ReadOnlySpan<byte> id, int rank, int size)
    {
        GpuQueue queue = ((GpuBackend)backend).Queue;
        var runtime = (CudaRuntime)queue.Runtime;
        INccl nccl = Library();
        runtime.UseOutsideCapture();
        Check(nccl, nccl.Join(out nint communicator, size, NcclId.Of(id), rank), $"join {size} devices as rank {rank}");
        return new DeviceLink(nccl, queue, runtime, communicator);
    }

    /// <summary>Queues that words go to another rank and others come from it, both at once.</summary>
    /// <param name="peer">The other; it queues the same the other way round.</param>
    /// <param name="from">As many words as the peer receives; may be none.</param>
    /// <param name="into">Filled; it shares no word with <paramref name="from"/>.</param>
    /// <exception cref="BackendException">NCCL fails.</exception>
    public void Exchange(int peer, Place from, Place into)
    {
        _runtime.UseOutsideCapture();
        Check(_nccl, _nccl.StartGroup(), "begin an exchange");
        if (from.Length > 0)
            Check(_nccl, _nccl.Send(_runtime.At(_queue.Span(from).Offset), (nuint)from.Length, NcclType.Float32, peer, _communicator,
                _runtime.Stream), $"send {from.Length} words to rank {peer}");
        if (into.Length > 0)
            Check(_nccl, _nccl.Receive(_runtime.At(_queue.Span(into).Offset), (nuint)into.Length, NcclType.Float32, peer, _communicator,
                _runtime.Stream), $"receive {into.Length} words from rank {peer}");
        Check(_nccl, _nccl.EndGroup(), $"exchange words with rank {peer}");
    }

    /// <summary>Marks what has been queued so far as what <see cref="IsDone"/> asks for.</summary>
    public void Mark() => _runtime.Record(_end);

    /// <summary>Whether that is done which was queued before <see cref="Mark"/>; waits for nothing.</summary>
    /// <exception cref="BackendException">An exchange failed, or the device.</exception>
    public bool IsDone()
    {
        if (_runtime.IsReached(_end))
            return true;
        Check(_nccl, _nccl.AsyncError(_communicator, out NcclResult error), "say how the exchange fares");
        if (error != NcclResult.InProgress)
            Check(_nccl, error, "go on with the exchange");
        return false;
    }

    /// <summary>
    /// Leaves the link, whatever the others do: an exchange that still runs is broken off, for nothing else on the device would ever end
    /// behind it. That is ncclCommAbort; ncclCommDestroy would wait for ranks that may be gone.
    /// </summary>
    public void Dispose()
    {
        if (_communicator == 0)
            return;
        _ = _nccl.Abort(_communicator);
        _communicator = 0;
        _end.Dispose();
    }

    private static INccl Library() => LibNccl.Open() ?? throw new BackendException($"{LibNccl.Name} is not there; {LibNccl.Install}");

    private static void Check(INccl nccl, NcclResult result, string what)
    {
        if (result != NcclResult.Success)
            throw new BackendException($"NCCL could not {what}: {nccl.Describe(result)}");
    }

    // NCCL_VERSION_CODE, as it is coded since 2.9.
    private static string Text(int version) => $"{version / 10000}.{version / 100 % 100}.{version % 100}";
}
