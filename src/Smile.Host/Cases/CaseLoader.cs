using Smile.Host.Cli;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Store;

namespace Smile.Host.Cases;

/// <summary>Opens data sets and loads their cases under a progress display.</summary>
internal static class CaseLoader
{
    /// <summary>Images of which it is told that their numbers are no HU; of a data set that is wrong all are.</summary>
    private const int MostDoubtful = 3;

    /// <summary>Files of which it is told that they changed since they were packed.</summary>
    private const int MostChanges = 5;

    /// <summary>Opens the folders as one study.</summary>
    public static Dataset Open(Session session, IReadOnlyList<string> folders) =>
        Dataset.Open(folders, new NiftiVolumeReader(session.Note));

    /// <summary>Opens the folders as one study, or the one store.</summary>
    public static Dataset OpenForTraining(Session session, IReadOnlyList<string> folders) =>
        folders is [string folder] && PackedStore.IsStore(folder) ? PackedStore.Open(folder) : Open(session, folders);

    /// <summary>The grids of the cases' images, from their headers.</summary>
    public static Geometry[] Grids(Dataset dataset, IEnumerable<Case> cases)
    {
        var headers = new NiftiVolumeReader(); // its warnings come when the voxels are read
        return [.. cases.Select(each => dataset.Grid(each, headers))];
    }

    /// <summary>Loads the cases in their order into memory.</summary>
    /// <param name="session">Shows the progress.</param>
    /// <param name="dataset">Theirs.</param>
    /// <param name="cases">Which.</param>
    /// <param name="title">Of the progress display.</param>
    /// <exception cref="DataException">They do not fit into memory, or one cannot be read.</exception>
    public static CaseData[] Load(Session session, Dataset dataset, IReadOnlyList<Case> cases, string title)
    {
        Case[] own = [.. cases.Where(each => !dataset.IsStored(each, spacing: null))];
        Geometry[] grids = Grids(dataset, own);
        double[] bytes = [.. own.Zip(grids, (each, grid) => CaseMemory.Bytes(each.Id, grid, spacing: null, rounds: false))];
        long voxels = grids.Sum(grid => grid.Voxels);
        CaseMemory.Check(own.Length, voxels, bytes.Sum());
        int next = 0;
        return Load(session, dataset, cases, title, _ => null, (source, _, doubts) =>
        {
            CaseData data = dataset.Load(source, spacing: null, doubts);
            if (!data.Image.IsStored)
                bytes[next++] = CaseMemory.Bytes(data, rounds: false);
            CaseMemory.Check(own.Length, voxels, bytes.Sum());
            return data;
        });
    }

    /// <summary>Loads the cases in their order, as far as they fit into memory; the others are read slice by slice.</summary>
    /// <param name="session">Shows the progress.</param>
    /// <param name="dataset">Theirs.</param>
    /// <param name="cases">Which.</param>
    /// <param name="title">Of the progress display.</param>
    /// <param name="room">Where they are held.</param>
    /// <param name="spacing">What the slices of a case are brought to, mm; null: nothing.</param>
    /// <param name="rounds">The caller will hold pseudo labels too.</param>
    /// <exception cref="DataException">One cannot be read, or not be packed.</exception>
    public static CaseData[] Load(Session session, Dataset dataset, IReadOnlyList<Case> cases, string title, CaseRoom room,
        Func<Case, PlaneSpacing?> spacing, bool rounds)
    {
        Case[] own = [.. cases.Where(each => !dataset.IsStored(each, spacing(each)))];
        room.Plan(session, [.. own.Zip(Grids(dataset, own), (each, grid) => (each.Id, grid.Voxels,
            PlaneGrid.To(each.Id, grid, spacing(each))?.Of(grid).Voxels ?? 0, CaseMemory.Bytes(each.Id, grid, spacing(each), rounds)))]);
        return Load(session, dataset, cases, room.IsFull && own.Length > 0 ? "packing" : title, spacing,
            (source, at, doubts) => room.Load(dataset, source, at, rounds, doubts));
    }

    private static CaseData[] Load(Session session, Dataset dataset, IReadOnlyList<Case> cases, string title,
        Func<Case, PlaneSpacing?> spacing, Func<Case, PlaneSpacing?, List<string>, CaseData> load)
    {
        var loaded = new CaseData[cases.Count];
        int doubtful = 0;
        session.Work(title, cases.Count, work =>
        {
            for (int i = 0; i < loaded.Length; i++)
            {
                session.Stop.ThrowIfCancellationRequested();
                var doubts = new List<string>();
                loaded[i] = load(cases[i], spacing(cases[i]), doubts);
                doubtful += doubts.Count > 0 ? 1 : 0;
                foreach (string doubt in doubts.Where(_ => doubtful <= MostDoubtful))
                    work.Message($"warning: {cases[i].ImagePath}: {doubt}");
                work.Report(i + 1);
            }
        });
        if (doubtful > MostDoubtful)
            session.Note($"warning: {Words.Count(doubtful - MostDoubtful, "more image has", "more images have")} such numbers: 'smile "
                + "dataset check' lists all.");
        foreach (string change in dataset.Changes.Take(MostChanges))
            session.Note($"warning: {change}");
        if (dataset.Changes.Count > MostChanges)
            session.Note($"warning: {Words.Count(dataset.Changes.Count - MostChanges, "more file was", "more files were")} changed.");
        return loaded;
    }
}
