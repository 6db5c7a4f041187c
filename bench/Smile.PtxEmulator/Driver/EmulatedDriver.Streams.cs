using Smile.Kernels.Gpu.Cuda;

namespace Smile.PtxEmulator.Driver;

/// <summary>
/// What is queued behind work that waits for another device, as NCCL's does: it is done in its order, when a later call finds that the
/// wait is over. All streams are one queue.
/// </summary>
internal sealed unsafe partial class EmulatedDriver
{
    [ThreadStatic]
    private static EmulatedDriver? _current;

    private readonly Queue<Func<bool>> _waiting = [];
    private readonly List<nint> _unreached = []; // an event as often as it was recorded

    /// <summary>The device whose context is current on this thread.</summary>
    public static EmulatedDriver? Current
    {
        get => _current;
        private set => _current = value;
    }

    /// <summary>Whether anything waits, after all has been done that can be.</summary>
    public bool Waits
    {
        get
        {
            while (_waiting.TryPeek(out Func<bool>? work) && work())
                _waiting.Dequeue();
            return _waiting.Count > 0;
        }
    }

    /// <summary>Queues work that may have to wait.</summary>
    /// <param name="stream">Of this driver.</param>
    /// <param name="work">Tries again and again; true: it is done.</param>
    public CudaResult Enqueue(nint stream, Func<bool> work)
    {
        if (Waits || !work())
            _waiting.Enqueue(work);
        return Known(stream);
    }

    /// <summary>Reads device memory, now.</summary>
    public void ReadMemory(ulong from, Span<byte> to) => _emulator.Memory.Read(from, to);

    /// <summary>Writes device memory, now.</summary>
    public void WriteMemory(ulong to, ReadOnlySpan<byte> from) => _emulator.Memory.Write(to, from);

    private CudaResult Enqueue(nint stream, Action work) => Enqueue(stream, () =>
    {
        work();
        return true;
    });

    private CudaResult CopyToDeviceLater(ulong to, nint from, nuint bytes, nint stream) =>
        Enqueue(stream, () => WriteMemory(to, new ReadOnlySpan<byte>((void*)from, (int)bytes)));

    private CudaResult CopyToHostLater(nint to, ulong from, nuint bytes, nint stream) =>
        Enqueue(stream, () => ReadMemory(from, new Span<byte>((void*)to, (int)bytes)));

    private CudaResult RecordLater(nint at, nint stream)
    {
        _unreached.Add(at);
        return Enqueue(stream, () =>
        {
            _unreached.Remove(at);
            if (Clock is { } clock)
                _recorded[at] = clock();
        });
    }
}
