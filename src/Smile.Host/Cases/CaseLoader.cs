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

    /// <summary>Loads the cases in their order.</summary>
    /// <param name="session">Shows the progress.</param>
    /// <param name="dataset">Theirs.</param>
    /// <param name="cases">Which.</param>
    /// <param name="title">Of the progress display.</param>
    /// <param name="rounds">The caller will hold pseudo labels too.</param>
    /// <param name="spacing">What their slices are brought to, mm; null: nothing.</param>
    /// <exception cref="Smile.Net.DataException">They do not fit into memory, or one cannot be read.</exception>
    public static CaseData[] Load(Session session, Dataset dataset, IReadOnlyList<Case> cases, string title,
        bool rounds = false, PlaneSpacing? spacing = null)
    {
        Geometry[] grids = Grids(dataset, cases);
        double[] bytes = [.. cases.Zip(grids, (each, grid) => CaseMemory.Bytes(each.Id, grid, spacing, rounds))];
        long voxels = cases.Zip(grids, (each, grid) => CaseMemory.Voxels(each.Id, grid, spacing)).Sum();
        CaseMemory.Check(cases.Count, voxels, bytes.Sum());
        var loaded = new CaseData[cases.Count];
        int doubtful = 0;
        session.Work(title, cases.Count, work =>
        {
            for (int i = 0; i < loaded.Length; i++)
            {
                session.Stop.ThrowIfCancellationRequested();
                CaseData own = dataset.Load(cases[i]);
                loaded[i] = own.At(spacing);
                bytes[i] = CaseMemory.Bytes(loaded[i], rounds);
                CaseMemory.Check(cases.Count, voxels, bytes.Sum());
                IReadOnlyList<string> doubts = HounsfieldProfile.Of(own.Image.ToVolume()).Doubts;
                doubtful += doubts.Count > 0 ? 1 : 0;
                foreach (string doubt in doubts.Where(_ => doubtful <= MostDoubtful))
                    work.Message($"warning: {cases[i].ImagePath}: {doubt}");
                work.Report(i + 1);
            }
        });
        if (doubtful > MostDoubtful)
            session.Note($"warning: {Words.Count(doubtful - MostDoubtful, "more image has", "more images have")} such numbers: 'smile "
                + "dataset check' lists all.");
        return loaded;
    }
}
