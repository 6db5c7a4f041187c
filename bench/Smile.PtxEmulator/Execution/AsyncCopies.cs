using System.Runtime.InteropServices;

namespace Smile.PtxEmulator.Execution;

/// <summary>
/// The cp.async copies of a warp that are on the way, by lane and group (PTX ISA, "Asynchronous Data Copy: cp.async"). The bytes are taken
/// from global memory when the copy is issued and appear in shared memory at the wait.
/// </summary>
internal sealed class AsyncCopies
{
    private readonly int[] _committed = new int[Warp.Lanes];
    private readonly List<Copy> _copies = [];

    public void Clear()
    {
        Array.Clear(_committed);
        _copies.Clear();
    }

    public void Add(int lane, ulong to, ReadOnlySpan<byte> data)
    {
        UInt128 bits = 0;
        data.CopyTo(MemoryMarshal.AsBytes(new Span<UInt128>(ref bits)));
        _copies.Add(new Copy(lane, _committed[lane], to, bits, data.Length));
    }

    /// <summary>Closes the lane's group.</summary>
    public void Commit(int lane) => _committed[lane]++;

    /// <summary>Completes all groups of the lane but the last <paramref name="pending"/> closed ones.</summary>
    public void Wait(int lane, int pending, Warp warp) => Complete(lane, _committed[lane] - pending - 1, warp);

    /// <summary>Completes all copies of the lane, closed or not.</summary>
    public void WaitAll(int lane, Warp warp) => Complete(lane, int.MaxValue, warp);

    private void Complete(int lane, int lastGroup, Warp warp)
    {
        foreach (Copy copy in _copies)
        {
            UInt128 bits = copy.Bits;
            if (copy.Lane == lane && copy.Group <= lastGroup)
                warp.Block.Shared.EndCopy(copy.To, MemoryMarshal.AsBytes(new Span<UInt128>(ref bits))[..copy.Bytes], warp, lane);
        }

        _copies.RemoveAll(copy => copy.Lane == lane && copy.Group <= lastGroup);
    }

    private readonly record struct Copy(int Lane, int Group, ulong To, UInt128 Bits, int Bytes);
}
