using System.Text.Json;
using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>
/// The file that says which organ each region stands for: <c>{ "rest": "", "regions": [ { "name", "code", "meaning", "cases", "organ" } ]
/// }</c>. An organ of "ignore" leaves the region out; one of "" is refused, unless "rest" is "ignore" and so leaves all such out.
/// </summary>
internal static class MappingFile
{
    private const string Ignore = "ignore";

    /// <summary>Writes a template with every region found, its organ filled in where name or code is known.</summary>
    /// <returns>How many are filled in, and how many there are.</returns>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static (int Known, int All) Write(string path, IEnumerable<SourceCase> cases)
    {
        (SourceRegion Region, int Cases, string? Organ)[] rows = [.. cases
            .SelectMany(source => source.Regions.Distinct())
            .GroupBy(region => region)
            .Select(alike => (alike.Key, alike.Count(), OrganCodes.Find(alike.Key.Name, alike.Key.Code)))
            .OrderBy(row => row.Item3 is null ? -1 : OrganCodes.Order(row.Item3))
            .ThenBy(row => row.Key.Name, StringComparer.Ordinal).ThenBy(row => row.Key.Code, StringComparer.Ordinal)];
        IndentedJson.Write(path, json =>
        {
            json.WriteStartObject();
            json.WriteString("help", "organ: the name to train under, or \"ignore\" to leave the region out; "
                + "several regions may have one organ. rest: \"ignore\" leaves out every region whose organ is empty");
            json.WriteString("rest", "");
            json.WriteStartArray("regions");
            foreach ((SourceRegion region, int count, string? organ) in rows)
            {
                json.WriteStartObject();
                json.WriteString("name", region.Name);
                json.WriteString("code", region.Code);
                json.WriteString("meaning", OrganCodes.Meaning(region.Code));
                json.WriteNumber("cases", count);
                json.WriteString("organ", organ ?? "");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
        return (rows.Count(row => row.Organ is not null), rows.Length);
    }

    /// <summary>Reads the mapping of the regions found; organs come in the file's order.</summary>
    /// <exception cref="DataException">No mapping, a region has no organ, or one that was found is not listed.</exception>
    public static RegionMapping Read(string path, IEnumerable<SourceRegion> found)
    {
        (List<(SourceRegion Region, string Organ)> rows, bool ignoreRest) = Read(path);
        string[] open = [.. rows.Where(row => row.Organ.Length == 0).Select(row => row.Region.ToString())];
        if (open.Length > 0 && !ignoreRest)
            throw new DataException($"{path}: no organ for "
                + $"{string.Join(", ", open.Take(8))}{(open.Length > 8 ? $" and {open.Length - 8} more" : "")}. "
                + $"Write the organ's name, or \"{Ignore}\"; or \"rest\": \"{Ignore}\" at the top for all that have none.");
        var listed = rows.Select(row => row.Region).ToHashSet();
        string[] missing = [.. found.Where(region => !listed.Contains(region)).Select(region => region.ToString())];
        if (missing.Length > 0)
            throw new DataException($"{path}: does not list "
                + $"{string.Join(", ", missing.Take(8))}{(missing.Length > 8 ? $" and {missing.Length - 8} more" : "")}. "
                + "Write a new template with --list FILE, or add them.");
        try
        {
            return new RegionMapping([.. rows.Select(row => (row.Region, IsIgnored(row.Organ) ? null : row.Organ))]);
        }
        catch (DataException e)
        {
            throw new DataException($"{path}: {e.Message} Regions that are not wanted get \"{Ignore}\".", e);
        }
    }

    private static (List<(SourceRegion Region, string Organ)> Rows, bool IgnoreRest) Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            var rows = document.RootElement.GetProperty("regions").EnumerateArray().Select(row => (
                Region: new SourceRegion(Text(row, "name"), row.TryGetProperty("code", out _) ? Text(row, "code") : ""),
                Organ: Text(row, "organ").Trim())).ToList();
            // As a label of dataset.json the word means something else.
            if (rows.Find(row => row.Organ.Equals(LabelMeaning.Background, StringComparison.OrdinalIgnoreCase)) is { Region: { } region })
                throw new DataException($"{path}: {region}: '{LabelMeaning.Background}' is no organ. "
                    + $"Write \"{Ignore}\" to leave the region out.");
            string rest = document.RootElement.TryGetProperty("rest", out _) ? Text(document.RootElement, "rest") : "";
            if (!IsIgnored(rest))
                throw new DataException($"{path}: rest is '{rest}'; it is \"\" or \"{Ignore}\".");
            return rows.GroupBy(row => row.Region).FirstOrDefault(alike => alike.Count() > 1) is { } twice
                ? throw new DataException($"{path}: {twice.Key} is listed twice. Keep one.")
                : (rows, rest.Length > 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            throw new DataException($"{path}: cannot be read as a mapping: {e.Message} --list FILE writes one.", e);
        }
    }

    private static bool IsIgnored(string organ) => organ.Length == 0 || organ.Equals(Ignore, StringComparison.OrdinalIgnoreCase);

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? "";
}
