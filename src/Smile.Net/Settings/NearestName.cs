namespace Smile.Net.Settings;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>The name with the fewest edits from <paramref name="typed"/>; the first of equals.</summary>
    public static string? Find(string typed, IEnumerable<string> names) =>
        names.OrderBy(name => Distance(typed, name)).ThenBy(name => name, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>Levenshtein's edit distance, ignoring case; one row of the table at a time.</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
