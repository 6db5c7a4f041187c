using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>What the loaded cases of a data set can teach; what they cannot is left out by name.</summary>
internal static class LearnableOrgans
{
    /// <summary>Notes that are told one by one; of a data set that is wrong every case has one.</summary>
    private const int MostNotes = 10;

    /// <summary>
    /// Tells the notes of <c>dataset check</c>, and leaves out the organs that no case shows which is trained on: a classifier that never
    /// saw its organ says "absent" of every patient.
    /// </summary>
    /// <param name="session">Hears them.</param>
    /// <param name="dataset">The data set.</param>
    /// <param name="cases">Training cases of it, loaded.</param>
    /// <param name="trained">Ids of those that are not held out.</param>
    /// <returns>Data set and cases for the organs that are left.</returns>
    /// <exception cref="DataException">No organ is left.</exception>
    public static (Dataset Dataset, IReadOnlyList<CaseData> Cases) Of(
        Session session, Dataset dataset, IReadOnlyList<CaseData> cases, IReadOnlyCollection<string> trained)
    {
        IReadOnlyList<string> notes = DatasetCheck.Notes(dataset, cases);
        foreach (string note in notes.Take(MostNotes))
            session.Note($"note: {note}");
        if (notes.Count > MostNotes)
        {
            session.Note($"note: {Words.Count(notes.Count - MostNotes, "more note", "more notes")}: 'smile dataset check' lists all.");
        }

        var ids = trained.ToHashSet(StringComparer.Ordinal);
        OrganBits learnable = cases.Where(data => ids.Contains(data.Id)).Aggregate(default(OrganBits), (bits, data) => bits | data.Shown);
        if (learnable == 0)
            throw new DataException($"{Words.Count(ids.Count, "case is", "cases are")} trained on, and none shows an annotated organ: "
                + "there is nothing to learn. Look at annotations.json and at the label maps ('smile dataset check').");
        OrganBits missing = dataset.Organs.All & ~learnable;
        if (missing == 0)
            return (dataset, cases);
        session.Note($"warning: not learnt, because no case that is trained on shows an annotated voxel: "
            + $"{string.Join(", ", dataset.Organs.NamesOf(missing))}. The model is made without.");
        return (dataset.Keeping(learnable), [.. cases.Select(data => data.Keeping(learnable))]);
    }
}
