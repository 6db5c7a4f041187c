using System.Globalization;

namespace Smile.Host.Import;

/// <summary>
/// Which cases are of one patient. What tells (<see cref="SourceCase.Patient"/>) identifies patients and is never written, not even as a
/// digest, from which a Patient ID could be guessed: every run of an import looks at its sources again. What is written is the number of
/// the patient's first case.
/// </summary>
internal static class Patients
{
    /// <summary>Of each case the first one, from 0, with which it shares a key, directly or by way of others.</summary>
    public static int[] First(IReadOnlyList<IReadOnlyList<string>> keys)
    {
        int[] first = [.. Enumerable.Range(0, keys.Count)];
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < keys.Count; i++)
        {
            foreach (string key in keys[i])
            {
                if (!seen.TryGetValue(key, out int earlier))
                    seen[key] = earlier = i;
                (int low, int high) = (Math.Min(first[earlier], first[i]), Math.Max(first[earlier], first[i]));
                for (int j = 0; low < high && j <= i; j++)
                    first[j] = first[j] == high ? low : first[j];
            }
        }

        return first;
    }

    /// <summary>The groups of the cases that share a patient or an image with another, for groups.json.</summary>
    /// <param name="cases">Those that were imported, each with the first case of its patient and a digest of its image.</param>
    public static IReadOnlyList<(string Case, string Group)> Groups(IReadOnlyList<(string Case, int First, string Image)> cases)
    {
        // The first case of a patient may be one that failed: it gives its number nevertheless, so that it may come later.
        int[] first = First([.. cases.Select(each =>
            new[] { string.Create(CultureInfo.InvariantCulture, $"patient {each.First}"), "image " + each.Image })]);
        return [.. cases.Index()
            .GroupBy(each => first[each.Index], each => each.Item)
            .Where(patient => patient.Count() > 1)
            .SelectMany(patient => patient
                .Select(each => (each.Case, string.Create(CultureInfo.InvariantCulture, $"p{patient.Min(other => other.First) + 1:D4}"))))
            .OrderBy(each => each.Case, StringComparer.Ordinal)];
    }
}
