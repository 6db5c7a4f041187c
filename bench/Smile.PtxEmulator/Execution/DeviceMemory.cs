using Smile.PtxEmulator.Checks;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Execution;

/// <summary>Global memory: allocations with gaps between them, so that an index past the end of one lands in none.</summary>
/// <param name="sparse">Memory counts as written, with zeros, and takes room only where it is touched.</param>
public sealed unsafe class DeviceMemory(bool sparse = false) : IDisposable
{
    private const ulong FirstAddress = 0x7_0000_0000, Gap = 1 << 16;

    private readonly SortedList<ulong, Allocation> _allocations = [];
    private ulong _next = FirstAddress;

    /// <summary>Bytes allocated now.</summary>
    public long Bytes => _allocations.Values.Sum(a => a.Bytes);

    /// <summary>Takes memory that counts as never written; the address is a multiple of 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer bytes than 1, or more than an array can have where each is noted.</exception>
    public ulong Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, sparse ? long.MaxValue : Array.MaxLength);
        ulong address = _next;
        _allocations.Add(address, new Allocation(address, bytes, sparse));
        _next = (address + (ulong)bytes + Gap + 255) & ~255UL;
        return address;
    }

    /// <summary>Gives an allocation back.</summary>
    /// <exception cref="ArgumentException">No allocation starts there.</exception>
    public void Free(ulong address)
    {
        if (!_allocations.Remove(address, out Allocation? allocation))
            throw new ArgumentException($"No allocation starts at 0x{address:X}.", nameof(address));
        allocation.Dispose();
    }

    /// <summary>Copies host bytes in.</summary>
    /// <exception cref="ArgumentException">The bytes lie outside every allocation.</exception>
    public void Write(ulong address, ReadOnlySpan<byte> from) => from.CopyTo(Span(address, from.Length, written: true));

    /// <summary>Copies bytes out, written or not, as the driver does.</summary>
    /// <exception cref="ArgumentException">The bytes lie outside every allocation.</exception>
    public void Read(ulong address, Span<byte> to) => Span(address, to.Length, written: false).CopyTo(to);

    /// <summary>Sets bytes.</summary>
    /// <exception cref="ArgumentException">The bytes lie outside every allocation.</exception>
    public void Fill(ulong address, long bytes, byte value)
    {
        if (sparse && value == 0 && Find(address, bytes) is { } fresh && fresh.Start == address && fresh.Bytes == bytes)
            return; // as it is from the start
        Span(address, checked((int)bytes), written: true).Fill(value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Allocation allocation in _allocations.Values)
            allocation.Dispose();
        _allocations.Clear();
    }

    internal void ForgetOwners()
    {
        foreach (Allocation allocation in _allocations.Values)
            allocation.ForgetOwners();
    }

    /// <summary>What has been touched since <see cref="ForgetOwners"/>.</summary>
    internal Footprint Footprint(int granule)
    {
        var sum = default(Footprint);
        foreach (Allocation allocation in _allocations.Values)
            sum += allocation.Footprint(granule);
        return sum;
    }

    internal Allocation? Find(ulong address, long size)
    {
        int low = 0, high = _allocations.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            Allocation allocation = _allocations.Values[middle];
            if (allocation.Holds(address, size))
                return allocation;
            if (address < allocation.Start)
                high = middle - 1;
            else
                low = middle + 1;
        }

        return null;
    }

    /// <summary>Checks one lane's access and returns where it is.</summary>
    internal byte* At(ulong address, int size, Access access, Warp warp, int lane, Instruction by, ref Allocation? last)
    {
        if (last is null || !last.Holds(address, size))
        {
            last = Find(address, size)
                ?? throw by.Refuse(PtxFault.OutOfBounds,
                    $"{warp.Thread(lane)}: {size} bytes at 0x{address:X}, in no allocation{Nearest(address)}");
        }

        long offset = (long)(address - last.Start);
        if (access == Access.Write)
            last.Write(offset, size);
        else if (!last.IsWritten(offset, size))
            throw by.Refuse(PtxFault.Uninitialised, $"{warp.Thread(lane)} reads global memory at 0x{address:X}, which nobody has written");

        int granule = warp.Block.Granule;
        ulong[] page = last.Page(offset, granule);
        Owner now = warp.Owner(lane);
        int first = Allocation.IndexInPage(offset, granule), end = Allocation.IndexInPage(offset + size - 1, granule),
            readers = Allocation.PageGranules(granule);
        for (int i = first; i <= end; i++)
            Shadow.Note(ref page[i], ref page[readers + i], access, now, warp.Block.Phase, warp, lane, by, address);
        return last.Data + offset;
    }

    private string Nearest(ulong address)
    {
        Allocation? below = _allocations.Values.LastOrDefault(a => a.Start <= address);
        return below is null ? "" : $"; {address - below.Start - (ulong)below.Bytes} bytes past the end of the {below.Bytes} bytes at "
            + $"0x{below.Start:X}";
    }

    private Span<byte> Span(ulong address, int bytes, bool written)
    {
        Allocation allocation = Find(address, bytes)
            ?? throw new ArgumentException($"{bytes} bytes at 0x{address:X} lie in no allocation{Nearest(address)}.", nameof(address));
        long offset = (long)(address - allocation.Start);
        if (written)
            allocation.Write(offset, bytes);
        return new Span<byte>(allocation.Data + offset, bytes);
    }
}
