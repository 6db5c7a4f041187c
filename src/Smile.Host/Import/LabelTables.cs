using System.Reflection;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>
/// What the integers of label maps of public data sets mean, by the sets' names: for maps that come without a file that says so.
/// </summary>
internal static class LabelTables
{
    private static readonly Lazy<IReadOnlyDictionary<string, LabelMeaning>> _tables = new(Read);

    /// <summary>The names, in their order.</summary>
    public static IReadOnlyList<string> All => [.. _tables.Value.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The table of that name.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    public static LabelMeaning Of(string name) => _tables.Value.TryGetValue(name, out LabelMeaning? table)
        ? table
        : throw new ConfigException($"--label-table {name}: known are {string.Join(", ", All)}. Of others, put a labels.json beside the "
            + "label maps: { \"labels\": { \"background\": 0, \"liver\": 1 } }.");

    private static Dictionary<string, LabelMeaning> Read()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("label-tables.txt")!;
        using var reader = new StreamReader(stream);
        var tables = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<string> names = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('['))
                tables.Add(line[1..^1], names = []);
            else if (line.Length > 0 && !line.StartsWith('#'))
                names.Add(line);
        }

        return tables.ToDictionary(table => table.Key,
            table => LabelMeaning.Of(table.Value.Select((name, i) => ((byte)(i + 1), name))), StringComparer.Ordinal);
    }
}
