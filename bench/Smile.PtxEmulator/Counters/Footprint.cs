namespace Smile.PtxEmulator.Counters;

/// <summary>
/// Global memory that a launch touched, every byte and every sector of 32 bytes counted once. Atomic operations count as writes.
/// </summary>
/// <param name="ReadBytes">Bytes read.</param>
/// <param name="WrittenBytes">Bytes written.</param>
/// <param name="ReadSectors">Sectors with a byte that was read.</param>
/// <param name="WrittenSectors">Sectors with a byte that was written.</param>
public readonly record struct Footprint(long ReadBytes, long WrittenBytes, long ReadSectors, long WrittenSectors)
{
    private const int SectorBits = 5;

    /// <summary>Bytes read and bytes written.</summary>
    public long Bytes => ReadBytes + WrittenBytes;

    /// <summary>The sectors that have to be moved: each that is read once, each that is written once.</summary>
    public long Sectors => ReadSectors + WrittenSectors;

    public static Footprint operator +(Footprint a, Footprint b) =>
        new(a.ReadBytes + b.ReadBytes, a.WrittenBytes + b.WrittenBytes, a.ReadSectors + b.ReadSectors, a.WrittenSectors + b.WrittenSectors);

    /// <inheritdoc cref="op_Addition"/>
    public static Footprint Add(Footprint a, Footprint b) => a + b;

    internal static Footprint Reads(ReadOnlySpan<ulong> owners, int granule)
    {
        (long bytes, long sectors) = Touched(owners, granule);
        return new(bytes, 0, sectors, 0);
    }

    internal static Footprint Writes(ReadOnlySpan<ulong> owners, int granule)
    {
        (long bytes, long sectors) = Touched(owners, granule);
        return new(0, bytes, 0, sectors);
    }

    /// <summary>Granules whose owner is somebody, from the start of a sector on.</summary>
    private static (long Bytes, long Sectors) Touched(ReadOnlySpan<ulong> owners, int granule)
    {
        int perSector = 1 << (SectorBits - granule);
        long granules = 0, sectors = 0;
        for (; !owners.IsEmpty; owners = owners[perSector..])
        {
            int here = perSector - owners[..perSector].Count(0UL);
            granules += here;
            sectors += here > 0 ? 1 : 0;
        }

        return (granules << granule, sectors);
    }
}
