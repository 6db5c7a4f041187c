using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>Folders of DICOM, looked at as one: a segmentation may lie in another folder than its series.</summary>
internal static class DicomSources
{
    /// <summary>A case for every CT series; one without outlines has no region.</summary>
    /// <param name="folders">Subfolders count.</param>
    /// <param name="remedies">Which faults of a series are accepted.</param>
    /// <param name="damaged">Takes what is wrong with each file that cannot be read; it is left out.</param>
    /// <param name="note">Hears of outlines whose series is not there.</param>
    /// <exception cref="DataException">Outlines fit several series, or there is no CT series.</exception>
    public static IReadOnlyList<SourceCase> Find(IReadOnlyList<string> folders, SeriesRemedies remedies, List<string> damaged, Action<string> note)
    {
        DicomSeries[] all = [.. folders.SelectMany(folder => DicomSeries.Find(folder, damaged))];
        DicomSeries[] volumes = [.. all.Where(series => series.IsCtVolume)];
        if (volumes.Length == 0)
            throw new DataException($"{string.Join(", ", folders)}: no CT series. Give a folder that holds one, with its segmentations."
                + (damaged.Count == 0 ? "" : $" {damaged.Count} files are damaged; the first is {damaged[0]}"));
        var outlines = volumes.ToDictionary(series => series, _ => new List<DicomOutlines>());
        foreach (IDicomFile file in all.SelectMany(series => series.Files).Where(DicomOutlines.Is))
        {
            if (Open(file, damaged) is not { } outline)
                continue;
            if (outline.Choose(volumes) is { } series)
                outlines[series].Add(outline);
            else
                note($"{file.Path}: left out: the CT series it was drawn on is not here.");
        }

        HashSet<string> unissued = [.. volumes.Where(series => Text(series, DicomTags.IssuerOfPatientID).Length == 0).Select(series => Text(series, DicomTags.PatientID))];
        return [.. volumes.Select(series => new DicomCase(series, outlines[series], remedies) { Patient = Patient(series, unissued) })];
    }

    /// <summary>What one patient's series share: the patient's ID with its issuer, and the study. Where an ID is used without its issuer too, the ID alone.</summary>
    private static string[] Patient(DicomSeries series, HashSet<string> unissued)
    {
        string id = Text(series, DicomTags.PatientID), study = Text(series, DicomTags.StudyInstanceUID);
        return
        [
            .. id.Length == 0 ? [] : new[] { $"ID {id}{(unissued.Contains(id) ? "" : $" of {Text(series, DicomTags.IssuerOfPatientID)}")}" },
            .. study.Length == 0 ? [] : new[] { $"study {study}" },
        ];
    }

    private static string Text(DicomSeries series, DicomTag tag) => series.Files[0].Dataset.Text(tag);

    private static DicomOutlines? Open(IDicomFile file, List<string> damaged)
    {
        try
        {
            return DicomOutlines.Open(file);
        }
        catch (DataException e)
        {
            damaged.Add(e.Message);
            return null;
        }
    }
}
