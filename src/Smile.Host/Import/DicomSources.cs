using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>Folders of DICOM, looked at as one: a segmentation may lie in another folder than its series.</summary>
internal static class DicomSources
{
    private const int MostNamed = 3;

    /// <summary>A case for every CT series; one without outlines has no region.</summary>
    /// <param name="folders">Subfolders count.</param>
    /// <param name="niftis">NIfTI files of these folders that may be label maps on the grid of a series.</param>
    /// <param name="remedies">Which faults of a series are accepted.</param>
    /// <param name="leftOut">
    /// Takes what is wrong with each file that cannot be read, or that outlines who knows which series; it is left out.
    /// </param>
    /// <param name="note">Hears what else is left out: what is no CT, and outlines whose series is not there.</param>
    /// <exception cref="DataException">There is no CT series.</exception>
    public static IReadOnlyList<SourceCase> Find(
        IReadOnlyList<string> folders, IReadOnlyList<string> niftis, SeriesRemedies remedies, List<string> leftOut, Action<string> note)
    {
        var foreign = new List<string>();
        IReadOnlyList<DicomSeries> all = DicomSeries.Find(folders, leftOut, foreign, note);
        DicomSeries[] volumes = [.. all.Where(series => series.IsCtVolume)];
        if (volumes.Length == 0)
        {
            string[] kinds = [.. all.Select(series => series.WhyNoVolume).OfType<string>().Distinct()];
            throw new DataException($"{string.Join(", ", folders)}: no CT "
                + $"series{(kinds.Length > 0 ? $", only {string.Join(", ", kinds)}" : "")}. "
                + "Give a folder that holds one, with its segmentations."
                + (leftOut.Count == 0 ? "" : $" {Words.Count(leftOut.Count, "file is", "files are")} "
                + $"damaged; the first is {leftOut[0]}"));
        }

        foreign.RemoveAll(niftis.Contains);
        Tell(folders, [.. all.Where(series => !series.IsCtVolume && !series.Files.All(DicomOutlines.Is))], foreign, note);
        foreach (DicomSeries series in volumes)
        {
            foreach (string odd in series.Notes)
                note($"{series.Name}: {odd}");
        }

        var outlines = volumes.ToDictionary(series => series, _ => new List<DicomOutlines>());
        foreach (IDicomFile file in all.SelectMany(series => series.Files).Where(DicomOutlines.Is))
        {
            try
            {
                if (DicomOutlines.Open(file).Choose(volumes) is { } found)
                    outlines[found.Series].Add(found.Placed);
                else
                    note($"{file.Path}: left out: the CT series it was drawn on is not here.");
            }
            catch (DataException e)
            {
                leftOut.Add(e.Message);
            }
        }

        HashSet<string> unissued = [.. volumes.Where(series => Text(series, DicomTags.IssuerOfPatientID).Length == 0)
            .Select(series => Text(series, DicomTags.PatientID))];
        ILookup<DicomSeries, GridLabels> maps = GridLabels.Give(niftis, niftis.Count == 0 ? [] : Stacks(volumes, remedies), leftOut, note);
        return [.. volumes.Select(series => new DicomCase(series, outlines[series], [.. maps[series]],
            remedies) { Patient = Patient(series, unissued) })];
    }

    /// <summary>The series that make a regular grid as they are; what is wrong with the others is told when they are read.</summary>
    private static List<(DicomSeries Series, CtStack Stack)> Stacks(DicomSeries[] volumes, SeriesRemedies remedies)
    {
        var stacks = new List<(DicomSeries, CtStack)>();
        foreach (DicomSeries series in volumes)
        {
            try
            {
                CtStack stack = series.ReadStack(null, remedies);
                if (!stack.HasGaps && !stack.IsTilted)
                    stacks.Add((series, stack));
            }
            catch (DataException)
            {
                // Its case fails, and says why.
            }
        }

        return stacks;
    }

    /// <summary>Says what was found and is neither a CT volume nor its outlines.</summary>
    private static void Tell(IReadOnlyList<string> folders, DicomSeries[] others, List<string> foreign, Action<string> note)
    {
        string where = string.Join(", ", folders);
        if (others.Length > 0)
        {
            string kinds = string.Join(", ", others.GroupBy(series => series.Modality is "CT" or "" ? $"CT ({series.WhyNoVolume})"
                : series.WhyNoVolume!)
                .OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"{kind.Count()} {kind.Key}"));
            note($"{where}: left out: {Words.Count(others.Length, "series that makes", "series that make")} no CT volume: {kinds}.");
        }

        if (foreign.Count > 0)
        {
            note($"{where}: passed over: {Words.Count(foreign.Count, "file that is", "files that are")} no DICOM: "
                + $"{string.Join(", ", foreign.Take(MostNamed))}"
                + $"{(foreign.Count > MostNamed ? ", ..." : "")}.");
        }
    }

    /// <summary>
    /// What one patient's series share: the patient's ID with its issuer, and the study. Where an ID is used without its issuer too, the ID
    /// alone.
    /// </summary>
    private static string[] Patient(DicomSeries series, HashSet<string> unissued)
    {
        string id = Text(series, DicomTags.PatientID), study = Text(series, DicomTags.StudyInstanceUID);
        return
        [
            .. id.Length == 0
            ? []
            : new[] { $"ID {id}{(unissued.Contains(id) ? "" : $" of {Text(series, DicomTags.IssuerOfPatientID)}")}" },
            .. study.Length == 0 ? [] : new[] { $"study {study}" },
        ];
    }

    private static string Text(DicomSeries series, DicomTag tag) => series.Files[0].Dataset.Text(tag);
}
