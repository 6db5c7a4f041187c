using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Checks;

internal enum Access
{
    Read, Write, Atomic,
}

/// <summary>
/// The race check: two words a granule of memory, the last writer and the readers since. Two accesses by different threads conflict if one
/// writes, at least one is no atomic operation, and no barrier stands between them.
/// </summary>
internal static class Shadow
{
    /// <summary>
    /// Notes an access and refuses one that races. Blocks that run side by side share the words: each notes itself, then looks at the other
    /// kind.
    /// </summary>
    public static void Note(ref ulong writer, ref ulong reader, Access access, Owner now, uint phase, Warp warp, int lane, Instruction by,
        ulong address)
    {
        Owner other;
        switch (access)
        {
            case Access.Read:
                Join(ref reader, now, phase);
                other = new Owner(Volatile.Read(ref writer));
                if (other.IsPending)
                    throw Pending(warp, lane, by, address);
                if (other.Conflicts(now, phase))
                    throw Race(warp, lane, by, address, "reads", other.IsAtomic ? "updated atomically" : "written");
                return;
            case Access.Write:
                other = new Owner(Interlocked.Exchange(ref writer, now.Bits));
                if (other.IsPending)
                    throw Pending(warp, lane, by, address);
                if (other.Conflicts(now, phase))
                    throw Race(warp, lane, by, address, "writes", other.IsAtomic ? "updated atomically" : "written");
                break;
            default:
                other = new Owner(Volatile.Read(ref writer));
                if (other.IsPending)
                    throw Pending(warp, lane, by, address);
                if (!other.IsAtomic && other.Conflicts(now, phase))
                    throw Race(warp, lane, by, address, "updates", "written");
                if (other.IsNobody || other.IsAtomic || !other.IsOfPhase(now, phase))
                    // else the thread's own plain write stays: other threads' updates would race with it
                    Join(ref writer, now.Atomic, phase);
                break;
        }

        if (new Owner(Volatile.Read(ref reader)).Conflicts(now, phase))
            throw Race(warp, lane, by, address, access == Access.Write ? "writes" : "updates", "read");
    }

    private static void Join(ref ulong word, Owner now, uint phase)
    {
        while (true)
        {
            ulong old = Volatile.Read(ref word);
            ulong joined = new Owner(old).With(now, phase).Bits;
            if (now.IsAtomic)
                joined = new Owner(joined).Atomic.Bits;
            if (joined == old || Interlocked.CompareExchange(ref word, joined, old) == old)
                return;
        }
    }

    private static PtxException Race(Warp warp, int lane, Instruction by, ulong address, string does, string done) =>
        by.Refuse(PtxFault.Race, $"{warp.Thread(lane)} {does} 0x{address:X}, which another thread has {done} with no barrier between them");

    private static PtxException Pending(Warp warp, int lane, Instruction by, ulong address) =>
        by.Refuse(PtxFault.PendingCopy, $"{warp.Thread(lane)} touches 0x{address:X}, where a cp.async has not been waited for");
}
