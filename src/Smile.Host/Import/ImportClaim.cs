using System.Globalization;
using System.Text.Json;
using Smile.Host.Imaging.Dicom;
using Smile.Kernels.Hashing;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>
/// Whose import a folder holds, so that it is gone on with as it was begun. Of sources only digests are kept, with a salt of the folder's
/// own: two data sets of the same sources cannot be told to be so.
/// </summary>
/// <param name="Options">All that changes the result and is the same for every case, in words that identify nobody.</param>
/// <param name="Salt">Random.</param>
/// <param name="Sources">Digest of the cases' origins, in order.</param>
internal sealed record ImportClaim(string Options, string Salt, string Sources)
{
    /// <summary>Takes the folder, or finds that it was taken for the same import.</summary>
    /// <param name="path">The claim's file.</param>
    /// <param name="folder">How messages call the folder.</param>
    /// <param name="cases">What is imported.</param>
    /// <param name="mapping">Its organs.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ConfigException">It was taken for another one.</exception>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static ImportClaim Take(string path, string folder, IReadOnlyList<SourceCase> cases, RegionMapping mapping,
        ImportOptions options)
    {
        string words = $"{options}; organs {string.Join(", ", mapping.Organs.Names)}";
        if (Read(path) is not { } claim)
        {
            claim = new ImportClaim(words, Guid.NewGuid().ToString("N"), "");
            claim = claim with { Sources = claim.DigestOf(cases) };
            AtomicFile.WriteText(path, JsonSerializer.Serialize(claim));
        }

        if (claim.Options != words)
            throw new ConfigException($"{folder}: holds an import that was begun with other options ({claim.Options}; now {words}). "
                + "Give the same ones, remove it, or name another folder.");
        if (claim.Sources != claim.DigestOf(cases))
            throw new ConfigException($"{folder}: holds an import of other sources, or of fewer or more series in them. "
                + "Give the same ones, remove it, or name another folder.");
        return claim;
    }

    /// <summary>Of all that a case is made of: the case is made again where it has changed.</summary>
    public string DigestOf(SourceCase source, RegionMapping mapping)
    {
        static string Stamp(string path) => new FileInfo(path) is { Exists: true } file
            ? string.Create(CultureInfo.InvariantCulture, $"{path}, {file.Length}, {file.LastWriteTimeUtc.Ticks}") : path;
        return Digest([source.Origin, .. source.Regions.Select(region => $"{region} {mapping[region]}"), .. source.Inputs.Select(Stamp)]);
    }

    private string DigestOf(IEnumerable<SourceCase> cases) => Digest(cases.Select(source => source.Origin));

    private string Digest(IEnumerable<string> lines) =>
        Sha256.Of($"{Salt}\n{string.Join('\n', lines)}");

    private static ImportClaim? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<ImportClaim>(File.ReadAllText(path)) is { Options: not null, Salt: not null } claim
                ? claim
                : new ImportClaim("unknown", "", "");
        }
        catch (JsonException)
        {
            return new ImportClaim("unknown", "", "");
        }
    }
}

/// <summary>What an import is asked for besides its sources and their organs.</summary>
/// <param name="Spacing">mm along (z, y, x) to resample to; null leaves the grids as they are.</param>
/// <param name="Remedies">Which faults of a CT series are accepted.</param>
/// <param name="Mirror">Left and right are exchanged in images and labels: the sources' are the wrong way round.</param>
internal sealed record ImportOptions(
    (double Z, double Y, double X)? Spacing = null, SeriesRemedies Remedies = default, bool Mirror = false)
{
    /// <summary>As on the command line.</summary>
    public override string ToString() => string.Join(' ', ((string[])
    [
        Spacing is { } mm ? string.Create(CultureInfo.InvariantCulture, $"--spacing {mm.Z},{mm.Y},{mm.X}") : "the images' own spacing",
        Remedies.AcceptGaps ? "--accept-gaps" : "",
        Remedies.Resample ? "--resample" : "",
        Mirror ? "--mirror" : "",
        .. (Remedies.Choices ?? []).Select(choice => $"--choose {choice}"),
    ]).Where(part => part.Length > 0));
}
