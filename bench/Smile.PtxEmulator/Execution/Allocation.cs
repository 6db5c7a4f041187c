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
    private readonly byte[] _written;
    private readonly ulong[]?[] _pages;

    public Allocation(ulong start, long bytes)
    {
        (Start, Bytes) = (start, bytes);
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 256);
        _written = new byte[bytes];
        _pages = new ulong[(bytes + (1 << PageBits) - 1) >> PageBits][];
    }

    public ulong Start { get; }

    public long Bytes { get; }

    public byte* Data => _data;

    /// <summary>One where a byte has been written.</summary>
    public Span<byte> Written => _written;

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

    public void Dispose() => NativeMemory.AlignedFree(_data);

    private ulong[] NewPage(long page, int granule)
    {
        var made = new ulong[2 * PageGranules(granule)];
        return Interlocked.CompareExchange(ref _pages[page], made, null) ?? made;
    }
}
