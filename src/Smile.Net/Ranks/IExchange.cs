using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;

namespace Smile.Net.Ranks;

/// <summary>Carries words from the device of a rank to that of another. It adds none: <see cref="RankTree"/> does.</summary>
internal interface IExchange : IDisposable
{
    /// <summary>Sends words to another rank and receives from it, both at once; the device has them for what is queued next.</summary>
    /// <param name="peer">The other; it names this one.</param>
    /// <param name="from">As many words as the other receives; may be none.</param>
    /// <param name="into">Filled; it shares no word with <paramref name="from"/>.</param>
    void Exchange(int peer, Place from, Place into);

    /// <summary>After the last of several: comes back when all have passed.</summary>
    /// <exception cref="LostRankException">A rank is gone.</exception>
    void Finish();
}

/// <summary>Through the memory of the hosts.</summary>
/// <param name="ranks">Carry bytes.</param>
/// <param name="backend">This rank's device.</param>
/// <param name="words">The most that are sent or received at once.</param>
internal sealed class HostExchange(ICommunicator ranks, IBackend backend, int words) : IExchange
{
    private readonly float[] _send = new float[words], _receive = new float[words];

    public void Exchange(int peer, Place from, Place into)
    {
        Span<float> sent = _send.AsSpan(0, from.Length), received = _receive.AsSpan(0, into.Length);
        backend.Read(from, sent);
        ranks.Exchange(peer, MemoryMarshal.AsBytes(sent), MemoryMarshal.AsBytes(received));
        backend.Write(into, received);
    }

    public void Finish()
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>
/// From device to device. The host queues all exchanges of a batch, then waits for them once, so that it hears of a rank that is gone: the
/// device itself would wait for ever.
/// </summary>
internal sealed class LinkedExchange : IExchange
{
    private readonly ICommunicator _ranks;
    private readonly DeviceLink _link;
    private readonly Func<bool> _isDone;

    public LinkedExchange(ICommunicator ranks, DeviceLink link) => (_ranks, _link, _isDone) = (ranks, link, link.IsDone);

    public void Exchange(int peer, Place from, Place into)
    {
        try
        {
            _link.Exchange(peer, from, into);
        }
        catch (BackendException e)
        {
            throw Lost(e);
        }
    }

    public void Finish()
    {
        try
        {
            _link.Mark();
            _ranks.Await(_isDone);
        }
        catch (BackendException e)
        {
            throw Lost(e);
        }
        catch (LostRankException)
        {
            _link.Dispose(); // or what waits on the device keeps all that follows from ending
            throw;
        }
    }

    public void Dispose() => _link.Dispose();

    private LostRankException Lost(BackendException e)
    {
        _link.Dispose();
        return new LostRankException($"gradients do not pass between the ranks' GPUs: {e.Message}. The last checkpoint is kept.", e);
    }
}
