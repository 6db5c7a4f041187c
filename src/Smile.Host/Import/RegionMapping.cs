using Smile.Host.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>Which organ each region of the sources stands for; several may stand for one, and some for none.</summary>
internal sealed class RegionMapping
{
    private readonly Dictionary<SourceRegion, int> _organs = [];

    /// <param name="entries">A region and its organ; null where it is ignored. None where nothing is outlined anywhere.</param>
    /// <exception cref="DataException">No organ, more than 32, or two spelled almost alike.</exception>
    public RegionMapping(IReadOnlyList<(SourceRegion Region, string? Organ)> entries)
    {
        Organs = entries.Count == 0 ? OrganSet.None : new OrganSet(entries.Select(entry => entry.Organ).OfType<string>()
            .Distinct(StringComparer.Ordinal));
        foreach ((SourceRegion region, string? organ) in entries)
            _organs[region] = organ is null ? -1 : Organs.IndexOf(organ);
    }

    public OrganSet Organs { get; }

    /// <summary>The organ of a region, from 0; -1 where it is ignored.</summary>
    public int this[SourceRegion region] => _organs[region];

    /// <summary>The organs that regions stand for, as bits.</summary>
    public OrganBits OrgansOf(IEnumerable<SourceRegion> regions) => regions.Select(region => this[region])
        .Where(organ => organ >= 0)
        .Aggregate(default(OrganBits), (bits, organ) => bits | OrganBits.Of(organ));

    /// <summary>Name and code alone, for the regions of sources without a mapping file.</summary>
    /// <exception cref="DataException">A region is none of the known organs; all such are named.</exception>
    public static RegionMapping OfKnown(IEnumerable<SourceRegion> regions)
    {
        (SourceRegion Region, string? Organ)[] entries = [.. regions.Select(region => (region, OrganCodes.Find(region.Name, region.Code)))];
        string[] unknown = [.. entries.Where(entry => entry.Organ is null).Select(entry => entry.Region.ToString())];
        return unknown.Length == 0
            ? new RegionMapping([.. entries.OrderBy(entry => OrganCodes.Order(entry.Organ!))])
            : throw new DataException($"{Words.Count(unknown.Length, "name matches", "names match")} no known organ: "
                + $"{string.Join(", ", unknown.Take(8))}{(unknown.Length > 8 ? ", ..." : "")}. "
                + "Write a mapping with --list FILE, fill in organ or \"ignore\" for each, and give it with --mapping FILE.");
    }
}
