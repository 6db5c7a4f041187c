using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>Where a case's label of an organ comes from.</summary>
public static class LabelSources
{
    /// <summary>A person looked for the organ.</summary>
    public const string Annotator = "annotator";

    /// <summary>There is a person's annotation, and the audit hides it from training.</summary>
    public const string HeldOut = "held out";

    /// <summary>Nobody knows: the organ is not annotated.</summary>
    public const string None = "none";

    /// <summary>The data set brings it along: an earlier relabelling put it there, and the data set's own ledger says which.</summary>
    public const string Earlier = "earlier";

    /// <summary>A SMILEr round put it there.</summary>
    public const string Round = "round";
}

/// <summary>One line of the ledger: from this round on, the case's label of the organ comes from here.</summary>
public sealed record LedgerEntry
{
    /// <summary>0: before the first round.</summary>
    public required int Round { get; init; }

    /// <summary>The case's id.</summary>
    public required string Case { get; init; }

    public required string Organ { get; init; }

    /// <summary>One of <see cref="LabelSources"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Share of the candidates that was taken.</summary>
    public double? Gamma { get; init; }

    /// <summary>What ranked the candidates.</summary>
    public string? Rule { get; init; }

    /// <summary>Voxels predicted as the organ and not certain.</summary>
    public long? Candidates { get; init; }

    /// <summary>Voxels that carry a pseudo label.</summary>
    public long? Voxels { get; init; }

    /// <summary>Voxels that are taken for absent; null where the round takes none for it.</summary>
    public long? Absent { get; init; }

    /// <summary>
    /// The lowest score among the candidates that the round took, in the rule's own measure (rule "score": a logit); null where it took
    /// none.
    /// </summary>
    public double? Threshold { get; init; }

    /// <summary><see cref="Weights.WeightsHash"/> of the model that was asked.</summary>
    public string? Model { get; init; }

    /// <summary>Updates that the model had seen; null where it came from a file.</summary>
    public int? Step { get; init; }
}

/// <summary>
/// ledger.jsonl: for each case, organ and round, where the label comes from; one JSON object a line, rounds ascending. Round 0 lists every
/// case and organ, later rounds what they relabelled. Whole rounds are added or taken away, and the file is always a whole one.
/// </summary>
public sealed class LabelLedger
{
    private LabelLedger(IReadOnlyList<LedgerEntry> entries) => Entries = entries;

    /// <summary>The file's name in a run folder, and in a folder of relabelled maps.</summary>
    public const string FileName = "ledger.jsonl";

    /// <summary>By round, then by case, then by organ.</summary>
    public IReadOnlyList<LedgerEntry> Entries { get; }

    /// <summary>The latest round; 0 where there was none.</summary>
    public int LastRound => Entries.Select(entry => entry.Round).DefaultIfEmpty(0).Max();

    /// <summary>Which rounds there were, in words.</summary>
    public string Rounds => LastRound switch
    {
        0 => "none has been made",
        1 => "round 1 is the only one",
        int last => string.Create(CultureInfo.InvariantCulture, $"there are rounds 1 to {last}"),
    };

    /// <summary>Of each case and organ the entry that holds now, in the order of round 0.</summary>
    public IReadOnlyList<LedgerEntry> Current => [.. Entries.GroupBy(entry => (entry.Case, entry.Organ)).Select(group => group.Last())];

    /// <summary>The ledger before the first round.</summary>
    /// <param name="cases">
    /// Id, annotated organs, of these the ones that the audit hides, and organs of which the data set brings pseudo labels along.
    /// </param>
    /// <param name="organs">The study's organs.</param>
    public static LabelLedger Origin(
        IEnumerable<(string Id, OrganBits Annotated, OrganBits HeldOut, OrganBits Pseudo)> cases, OrganSet organs) =>
        new([.. cases.SelectMany(each => organs.Names.Select((organ, k) => new LedgerEntry
        {
            Round = 0,
            Case = each.Id,
            Organ = organ,
            Source = each.HeldOut.Has(k) ? LabelSources.HeldOut
                : each.Annotated.Has(k) ? LabelSources.Annotator
                : each.Pseudo.Has(k) ? LabelSources.Earlier
                : LabelSources.None,
        }))]);

    /// <summary>Reads the file.</summary>
    /// <exception cref="DataException">It cannot be read, or a line is not of this form (its number is named).</exception>
    public static LabelLedger Read(string path)
    {
        int line = 0;
        try
        {
            var entries = new List<LedgerEntry>();
            foreach (string text in File.ReadLines(path))
            {
                line++;
                entries.Add(JsonSerializer.Deserialize(text, LedgerJson.Default.LedgerEntry) ?? throw new JsonException("null"));
            }

            return new LabelLedger(entries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {e.Message} "
                + "Name a run of SMILEr, or a folder that 'smile relabel' wrote.", e);
        }
        catch (JsonException e)
        {
            throw new DataException($"{path}: line {line}: is no entry of a ledger: {e.Message}", e);
        }
    }

    /// <summary>The ledger as it was before the round.</summary>
    public LabelLedger Before(int round) => new([.. Entries.Where(entry => entry.Round < round)]);

    /// <summary>The ledger with one round more.</summary>
    /// <param name="round">Its entries.</param>
    public LabelLedger With(IEnumerable<LedgerEntry> round) => new([.. Entries, .. round]);

    /// <summary>The ledger of some of the cases.</summary>
    public LabelLedger Of(IReadOnlySet<string> cases) => new([.. Entries.Where(entry => cases.Contains(entry.Case))]);

    /// <summary>Writes the file, as a whole.</summary>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void Write(string path) =>
        AtomicFile.WriteText(path,
            string.Concat(Entries.Select(entry => JsonSerializer.Serialize(entry, LedgerJson.Default.LedgerEntry) + "\n")));

    /// <summary>The entries of one case in one round: the organs that are not annotated in it.</summary>
    /// <param name="round">What all labels of the round have in common.</param>
    /// <param name="data">The case as the round saw it.</param>
    /// <param name="labels">What it was given.</param>
    /// <param name="counts">One an organ.</param>
    /// <param name="organs">The study's organs.</param>
    public static IEnumerable<LedgerEntry> Of(
        RoundOrigin round, CaseData data, CaseLabels labels, IReadOnlyList<OrganRound> counts, OrganSet organs) =>
        Enumerable.Range(0, organs.Count).Where(k => !data.Annotated.Has(k)).Select(k => new LedgerEntry
        {
            Round = round.Number,
            Case = data.Id,
            Organ = organs.Names[k],
            Source = LabelSources.Round,
            Gamma = round.Gamma,
            Rule = round.Rule,
            Model = round.Model,
            Step = round.Step,
            Candidates = counts[k].Candidates,
            Voxels = counts[k].Selected,
            Absent = labels.Absent is null ? null : counts[k].Absent,
            Threshold = double.IsFinite(labels.Lowest[k]) ? labels.Lowest[k] : null,
        });
}

/// <summary>JSON of the ledger: snake case, what does not apply left out, unknown members refused.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LedgerEntry))]
internal sealed partial class LedgerJson : JsonSerializerContext;
