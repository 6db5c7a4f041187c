using System.Text.Json;

namespace Smile.Net.Data;

/// <summary>One division of the training cases, by id.</summary>
/// <param name="Train">Trained on.</param>
/// <param name="Validation">Held out.</param>
public sealed record Split(IReadOnlyList<string> Train, IReadOnlyList<string> Validation);

/// <summary>A patient whose cases stand on both sides of a split.</summary>
/// <param name="Group">The patient.</param>
/// <param name="One">A case on the one side.</param>
/// <param name="Other">A case on the other.</param>
public sealed record PatientOnBothSides(string Group, string One, string Other);

/// <summary>Random divisions of cases, and nnU-Net's splits_final.json: a list of { "train": [ids], "val": [ids] }.</summary>
public static class Splits
{
    /// <summary>The file's name in a run folder.</summary>
    public const string FileName = "splits_final.json";

    /// <summary>
    /// Holds out a random share of the patients, rounded, at least one where there are two (the paper: 20 % of its cases, each of another
    /// patient), with all their cases. The order of <paramref name="cases"/> does not matter; both lists come back sorted.
    /// </summary>
    /// <param name="cases">Each with its patient (<see cref="Case.Group"/>); null where the case stands alone.</param>
    /// <param name="seed">Chooses.</param>
    /// <param name="heldOut">The share, from 0 up to, not including, 1.</param>
    /// <exception cref="ConfigException">The share is out of range.</exception>
    /// <exception cref="DataException">There is no case.</exception>
    public static Split Random(IEnumerable<(string Id, string? Group)> cases, ulong seed, double heldOut = 0.2)
    {
        if (!(heldOut >= 0 && heldOut < 1))
            throw new ConfigException($"split: the held-out share is {heldOut}; 0 up to, not including, 1 is possible.");
        // By their first case, so that cases that stand alone are divided as if nothing were known of patients.
        string[][] shuffled = [.. cases.OrderBy(each => each.Id, StringComparer.Ordinal)
            .GroupBy(each => each.Group ?? each.Id)
            .Select(patient => patient.Select(each => each.Id).ToArray())];
        new Rng(seed).Shuffle(shuffled.AsSpan());
        if (shuffled.Length == 0)
            throw new DataException("There are no cases to split. Check the data set's training cases.");
        int count = heldOut == 0
            ? 0
            : Math.Clamp((int)Math.Round(heldOut * shuffled.Length), Math.Min(1, shuffled.Length - 1), shuffled.Length - 1);
        return new Split(Sorted(shuffled[count..]), Sorted(shuffled[..count]));
    }

    /// <summary>Reads the file and checks it against the cases there are.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cases">Each with its patient (<see cref="Case.Group"/>).</param>
    /// <exception cref="DataException">
    /// No JSON of this form, an unknown case, or a case or patient on both sides of a split; file and entry are named.
    /// </exception>
    public static IReadOnlyList<Split> Read(string path, IEnumerable<(string Id, string? Group)> cases)
    {
        using JsonDocument document = JsonFile.Parse(path);
        var known = cases.ToDictionary(each => each.Id, each => each.Group, StringComparer.Ordinal);
        var splits = new List<Split>();
        JsonElement list = JsonFile.Expect(document.RootElement, JsonValueKind.Array, path, "the file");
        foreach ((int i, JsonElement entry) in list.EnumerateArray().Index())
        {
            JsonFile.Expect(entry, JsonValueKind.Object, path, $"[{i}]");
            var split = new Split(List(entry, "train", $"[{i}]", path, known), List(entry, "val", $"[{i}]", path, known));
            if (split.Train.Intersect(split.Validation, StringComparer.Ordinal).FirstOrDefault() is { } both)
                throw new DataException($"{path}: [{i}]: {both} is trained on and held out. Delete it from one list.");
            if (SamePatient(split.Train.Select(id => (id, known[id])), split.Validation.Select(id => (id, known[id])))
                .FirstOrDefault() is { } pair)
            {
                throw new DataException($"{path}: [{i}]: {pair.One} is trained on and {pair.Other} held out, and both are of one patient "
                    + $"({pair.Group} in {GroupFile.FileName}). Put both in one list.");
            }

            splits.Add(split);
        }

        return splits;
    }

    /// <summary>Cases on two sides that are of one patient: of each patient the first of either side.</summary>
    public static IEnumerable<PatientOnBothSides> SamePatient(IEnumerable<(string Id, string? Group)> one,
        IEnumerable<(string Id, string? Group)> other)
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string id, string? group) in one)
        {
            if (group is not null)
                first.TryAdd(group, id);
        }

        return other.Where(each => each.Group is not null && first.ContainsKey(each.Group)).DistinctBy(each => each.Group)
            .Select(each => new PatientOnBothSides(each.Group!, first[each.Group!], each.Id));
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Split> splits) => IndentedJson.Write(path, json =>
    {
        json.WriteStartArray();
        foreach (Split split in splits)
        {
            json.WriteStartObject();
            WriteList(json, "train", split.Train);
            WriteList(json, "val", split.Validation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static List<string> List(JsonElement split, string name, string at, string path, Dictionary<string, string?> known)
    {
        string field = $"{at}: {name}";
        JsonElement list = JsonFile.Find(split, name) ?? throw new DataException($"{path}: {field}: missing.");
        var ids = new List<string>();
        foreach (JsonElement item in JsonFile.Expect(list, JsonValueKind.Array, path, field).EnumerateArray())
        {
            string id = JsonFile.Expect(item, JsonValueKind.String, path, field).GetString()!;
            if (!known.ContainsKey(id))
                throw new DataException($"{path}: {field}: the data set has no case '{id}'. Correct the name or make the split anew.");
            ids.Add(id);
        }

        return ids;
    }

    private static string[] Sorted(string[][] patients) => [.. patients.SelectMany(cases => cases).Order(StringComparer.Ordinal)];

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> ids)
    {
        json.WriteStartArray(name);
        foreach (string id in ids)
            json.WriteStringValue(id);
        json.WriteEndArray();
    }
}
