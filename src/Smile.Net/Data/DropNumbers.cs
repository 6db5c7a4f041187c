using System.Text;

namespace Smile.Net.Data;

/// <summary>The names of the reasons for which annotations are missing.</summary>
public static class DropModes
{
    public const string Random = "random";
    public const string PerSite = "per-site";
    public const string PerPathology = "per-pathology";

    /// <summary>All three.</summary>
    public static IReadOnlyList<string> All { get; } = [Random, PerSite, PerPathology];
}

/// <summary>
/// The numbers by which annotations are dropped (<see cref="AnnotationDrop"/>): of each case, one an organ, 0 to 1. The lower it is, the
/// sooner the annotation is missing.
/// </summary>
public static class DropNumbers
{
    /// <summary>
    /// Missing completely at random: uniform numbers, a function of the seed and of the two names alone, so that a case that joins or
    /// leaves changes nothing for the others.
    /// </summary>
    public static double[][] Random(IReadOnlyList<Case> cases, OrganSet organs, ulong seed) =>
        [.. cases.Select(each => organs.Names.Select(organ => Uniform(seed, each.Id, organ)).ToArray())];

    /// <summary>
    /// Missing by site, as when data sets of single organs are joined: <see cref="SiteOf"/> groups the cases; alpha is the share of the
    /// sites, rounded, that annotate one organ only and lose all others. A site's organ stays at any alpha; sites take the organs in turn,
    /// so each organ has its sites where there are as many sites as organs. At alpha = 1 every site is one of a single organ, and
    /// (K - 1) / K of the annotations are missing.
    /// </summary>
    /// <param name="cases">The cases.</param>
    /// <param name="organs">The study's organs.</param>
    /// <param name="seed">Chooses the cases of each site, its organ, and the order in which sites become single-organ ones.</param>
    /// <param name="sites">Number of sites, 1 or more.</param>
    /// <exception cref="ConfigException">There is no site.</exception>
    public static double[][] PerSite(IReadOnlyList<Case> cases, OrganSet organs, ulong seed, int sites)
    {
        if (sites < 1)
            throw new ConfigException($"sites is {sites}; 1 or more are possible.");
        int[] order = Order(sites, site => Uniform(seed, "site", Text(site))),
            turn = Order(organs.Count, k => Uniform(seed, "organ", organs.Names[k]));
        return [.. cases.Select(each =>
        {
            int site = SiteOf(each, seed, sites), place = Array.IndexOf(order, site), own = turn[place % organs.Count];
            return Enumerable.Range(0, organs.Count).Select(k => k == own ? 1 : (place + 0.5) / sites).ToArray();
        })];
    }

    /// <summary>
    /// The site of a case, from 0: a function of the seed and the case's id alone, or of its patient (<see cref="Case.Group"/>) where that
    /// is known.
    /// </summary>
    public static int SiteOf(Case each, ulong seed, int sites) => (int)(Uniform(seed, each.Group ?? each.Id, "site of the case") * sites);

    /// <summary>
    /// Missing by pathology: an organ was drawn where it was the reason for the scan. Of each organ, the cases in which it is annotated are
    /// ranked by its volume; the share alpha, rounded, with the smallest volumes loses the annotation, so that enlarged organs
    /// (a large liver, a distended stomach) keep it to the last. With <paramref name="enlargedLost"/> it is the other way round, as in a
    /// collection of healthy subjects. Equal volumes go by the numbers of <see cref="Random"/>. Volumes are absolute: large patients count
    /// as having large organs.
    /// </summary>
    /// <param name="cases">The cases.</param>
    /// <param name="organs">The study's organs.</param>
    /// <param name="seed">Decides between equal volumes.</param>
    /// <param name="volumes">Of each case, the organs' volumes (<see cref="Volumes(CaseData, int)"/>).</param>
    /// <param name="enlargedLost">The largest lose the annotation first, not last.</param>
    public static double[][] PerPathology(
        IReadOnlyList<Case> cases, OrganSet organs, ulong seed, IReadOnlyList<double[]> volumes, bool enlargedLost = false)
    {
        double[][] tie = Random(cases, organs, seed), numbers = [.. cases.Select(_ => new double[organs.Count])];
        for (int k = 0; k < organs.Count; k++)
        {
            int[] ranked = [.. Enumerable.Range(0, cases.Count).Where(i => cases[i].Annotated.Has(k))
                .OrderBy(i => enlargedLost ? -volumes[i][k] : volumes[i][k]).ThenBy(i => tie[i][k])];
            for (int rank = 0; rank < ranked.Length; rank++)
                numbers[ranked[rank]][k] = (rank + 0.5) / ranked.Length;
        }

        return numbers;
    }

    /// <summary>The volume of each organ in a label map, mm^3.</summary>
    /// <param name="labels">Labels in memory.</param>
    /// <param name="organs">K.</param>
    public static double[] Volumes(LabelMap labels, int organs) =>
        [.. Enumerable.Range(0, organs).Select(k => labels.Voxels.AsSpan().Count(Labels.Of(k)) * Voxel(labels.Geometry))];

    /// <summary>The volume of each organ in a case, mm^3.</summary>
    /// <param name="data">The case.</param>
    /// <param name="organs">K.</param>
    public static double[] Volumes(CaseData data, int organs) =>
        [.. Enumerable.Range(0, organs).Select(k => data.Labels.Count(Labels.Of(k)) * Voxel(data.Geometry))];

    private static double Voxel(Geometry geometry)
    {
        var (dz, dy, dx) = geometry.Spacing;
        return dz * dy * dx;
    }

    /// <summary>0 .. count - 1 by their numbers.</summary>
    private static int[] Order(int count, Func<int, double> number) => [.. Enumerable.Range(0, count).OrderBy(number)];

    private static string Text(int site) => site.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A uniform number of [0, 1), a function of the seed and the two names alone.</summary>
    internal static double Uniform(ulong seed, string id, string organ)
    {
        // FNV-1a, 64 bit, of "id NUL organ": a fixed function, unlike string.GetHashCode.
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes($"{id}\0{organ}"))
            hash = (hash ^ b) * 1099511628211;
        return new Rng(seed, hash).NextDouble();
    }
}
