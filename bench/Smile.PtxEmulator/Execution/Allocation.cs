using System.Runtime.InteropServices;
using Smile.PtxEmulator.Counters;

namespace Smile.PtxEmulator.Execution;

/// <summary>
/// One piece of device memory, with a note for every byte of whether it was written, and pages of the race check that live as long as a
/// launch.
/// </summary>
internal sealed unsafe class Allocation : IDisposable
{
    private const int PageBits = 12;

    private readonly byte* _data;
    private readonly byte[]? _written;
    private readonly ulong[]?[] _pages;

    public Allocation(ulong start, long bytes, bool sparse)
    {
        (Start, Bytes) = (start, bytes);
        // The system gives zeroed pages when they are first touched.
        _data = (byte*)(sparse ? NativeMemory.AllocZeroed((nuint)bytes) : NativeMemory.Alloc((nuint)bytes));
        _written = sparse ? null : new byte[bytes];
        _pages = new ulong[(bytes + (1 << PageBits) - 1) >> PageBits][];
    }

    public ulong Start { get; }

    public long Bytes { get; }

    public byte* Data => _data;

    /// <summary>Notes that bytes are written.</summary>
    public void Write(long offset, int size) => _written?.AsSpan((int)offset, size).Fill(1);

    /// <summary>Whether all of some bytes have been written.</summary>
    public bool IsWritten(long offset, int size) => _written is null || !_written.AsSpan((int)offset, size).Contains((byte)0);

    public bool Holds(ulong address, long size) =>
        address >= Start && address - Start <= (ulong)Bytes && (ulong)size <= (ulong)Bytes - (address - Start);

    /// <summary>
    /// Writer and reader words of the granules of the page around <paramref name="offset"/>: first all writers, then all readers.
    /// </summary>
    public ulong[] Page(long offset, int granule) =>
        Volatile.Read(ref _pages[offset >> PageBits]) ?? NewPage(offset >> PageBits, granule);

    public static int IndexInPage(long offset, int granule) => (int)(offset & ((1 << PageBits) - 1)) >> granule;

    public static int PageGranules(int granule) => 1 << (PageBits - granule);

    /// <summary>Forgets who touched what: launches follow one another.</summary>
    public void ForgetOwners() => Array.Clear(_pages);

    /// <summary>What has been touched since then: readers stay noted when a writer follows, so that every granule tells both.</summary>
    public Footprint Footprint(int granule)
    {
        var sum = default(Footprint);
        int granules = PageGranules(granule);
        foreach (ulong[]? page in _pages)
        {
            if (page is null)
                continue;
            sum += Counters.Footprint.Reads(page.AsSpan(granules, granules), granule);
            sum += Counters.Footprint.Writes(page.AsSpan(0, granules), granule);
        }

        return sum;
    }

    public void Dispose() => NativeMemory.Free(_data);

    private ulong[] NewPage(long page, int granule)
    {
        var made = new ulong[2 * PageGranules(granule)];
        return Interlocked.CompareExchange(ref _pages[page], made, null) ?? made;
    }
}
