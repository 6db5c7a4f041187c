namespace Smile.Net.Settings;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
public static class NearestName
{
    /// <summary>The name with the fewest edits from <paramref name="typed"/>, the first of equals; null where none is near.</summary>
    public static string? Find(string typed, IEnumerable<string> names) =>
        names.Where(name => IsNear(typed, Distance(typed, name)))
            .OrderBy(name => Distance(typed, name)).ThenBy(name => name, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>"Did you mean 'train'?" after a blank; empty where no name is near.</summary>
    public static string Question(string? name) => name is null ? "" : $" Did you mean '{name}'?";

    /// <summary>True where so many edits may be a slip: two letters in five are wrong at the most.</summary>
    internal static bool IsNear(string typed, int distance) => distance <= Math.Max(1, typed.Length * 2 / 5);

    /// <summary>Letters to insert, to take away, to change or to swap with their neighbour, ignoring case.</summary>
    internal static int Distance(string a, string b)
    {
        (a, b) = (a.ToLowerInvariant(), b.ToLowerInvariant());
        var edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }

                int change = edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                edits[i, j] = Math.Min(change, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
            }
        }

        return edits[a.Length, b.Length];
    }
}
