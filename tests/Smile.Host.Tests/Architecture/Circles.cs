namespace Smile.Host.Tests.Architecture;

/// <summary>Circles among namespaces: from a floor one comes back to it.</summary>
internal static class Circles
{
    /// <summary>
    /// A shortest circle through each edge that lies on one, each circle once; a line an edge, with two types that make it. Empty where the
    /// namespaces form floors.
    /// </summary>
    public static IReadOnlyList<string> In(IReadOnlyCollection<TypeUse> uses)
    {
        var edges = uses.GroupBy(use => (From: use.FromNamespace, To: use.ToNamespace))
            .ToDictionary(group => group.Key, group => group.ToArray());
        var below = edges.Keys.ToLookup(edge => edge.From, edge => edge.To, StringComparer.Ordinal);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (from, to) in edges.Keys)
        {
            if (Path(below, to, from) is not { } path)
                continue;
            int first = path.IndexOf(path.Min(StringComparer.Ordinal)!); // a circle is told from the same place, wherever it was found
            string[] circle = [.. path[first..], .. path[..first]];
            found.Add(string.Join('\n', circle.Select((name, i) => Told(edges[(name, circle[(i + 1) % circle.Length])]))));
        }

        return [.. found];
    }

    /// <summary>The namespaces of a shortest way, both ends included; null where there is none.</summary>
    private static List<string>? Path(ILookup<string, string> below, string from, string to)
    {
        var cameFrom = new Dictionary<string, string?>(StringComparer.Ordinal) { [from] = null };
        var next = new Queue<string>([from]);
        while (next.TryDequeue(out string? at) && at != to)
            foreach (string name in below[at].Order(StringComparer.Ordinal))
                if (cameFrom.TryAdd(name, at))
                    next.Enqueue(name);
        if (!cameFrom.ContainsKey(to))
            return null;
        var path = new List<string>();
        for (string? at = to; at is not null; at = cameFrom[at])
            path.Insert(0, at);
        return path;
    }

    private static string Told(TypeUse[] uses)
    {
        TypeUse first = uses.MinBy(use => use.ToString(), StringComparer.Ordinal);
        return uses.Length == 1 ? $"{first}" : $"{first} (and {uses.Length - 1} more)";
    }
}
