using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Commands;

/// <summary>Opens data sets and loads their cases under a progress display.</summary>
internal static class CaseLoader
{
    /// <summary>Opens the folders as one study.</summary>
    public static Dataset Open(Session session, IReadOnlyList<string> folders) =>
        Dataset.Open(folders, new NiftiVolumeReader(session.Note));

    /// <summary>Loads the cases in their order.</summary>
    public static CaseData[] Load(Session session, Dataset dataset, IReadOnlyList<Case> cases, string title)
    {
        var loaded = new CaseData[cases.Count];
        session.Work(title, cases.Count, work =>
        {
            for (int i = 0; i < loaded.Length; i++)
            {
                session.Stop.ThrowIfCancellationRequested();
                loaded[i] = dataset.Load(cases[i]);
                work.Report(i + 1);
            }
        });
        return loaded;
    }
}
