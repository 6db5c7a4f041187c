namespace Smile.Net.Settings;

/// <summary>Finds the setting that a key means which is none: mistyped, of another group, or in another program's words.</summary>
internal static class NearestKey
{
    /// <summary>What other programs call it, and we do in no part of the name.</summary>
    private static readonly Dictionary<string, string> _otherWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["epochs"] = "steps",
        ["iterations"] = "steps",
        ["max_iterations"] = "steps",
        ["crop"] = "size",
        ["workers"] = "threads",
        ["num_workers"] = "threads",
    };

    /// <summary>The nearest key, or group of keys; null where none is near.</summary>
    /// <param name="typed">Dotted, or a name without a group.</param>
    /// <param name="keys">Dotted.</param>
    public static string? Find(string typed, IReadOnlyCollection<string> keys)
    {
        (string group, string name) = Split(typed);
        return keys.Concat(keys.Select(key => Split(key).Group).Distinct()).Select(key => (Key: key, Parts: Split(key)))
            .Select(each => (each.Key, Name: Distance(name, each.Parts.Name), Group: group == "" ? 0
                : NearestName.Distance(group, each.Parts.Group)))
            .Where(each => NearestName.IsNear(name, each.Name))
            .OrderBy(each => each.Name).ThenBy(each => each.Group).ThenBy(each => each.Key, StringComparer.Ordinal)
            .Select(each => each.Key).FirstOrDefault();
    }

    /// <summary>Edits between two names; less where one is the other's initials, or a part of its words.</summary>
    private static int Distance(string typed, string name)
    {
        int edits = NearestName.Distance(typed, name);
        if (edits == 0 || _otherWords.GetValueOrDefault(typed) == name)
            return 0;
        string[] typedWords = Words(typed), words = Words(name);
        bool initials = typed.Equals(Initials(words), StringComparison.OrdinalIgnoreCase)
            || name.Equals(Initials(typedWords), StringComparison.OrdinalIgnoreCase);
        return initials ? Math.Min(edits, 1)
            : IsStart(words, typedWords) || IsStart(typedWords, words) ? Math.Min(edits, 2)
            : words.Length == 1 && typedWords[^1] == name ? Math.Min(edits, 3)
            : edits;
    }

    /// <summary>Of several words; one has none.</summary>
    private static string? Initials(string[] words) => words.Length < 2 ? null : string.Concat(words.Select(word => word[0]));

    private static bool IsStart(string[] words, string[] of) => words.Length < of.Length && of.Take(words.Length).SequenceEqual(words);

    private static string[] Words(string name) =>
        name.ToLowerInvariant().Split('_', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words ? words : [name];

    private static (string Group, string Name) Split(string key) =>
        key.LastIndexOf('.') is >= 0 and int dot ? (key[..dot], key[(dot + 1)..]) : ("", key);
}
