using Smile.Host.Cases;
using Smile.Host.Imaging;
using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>Tells what kind of source each folder is, and lists its cases.</summary>
internal static class ImportSources
{
    /// <summary>The cases of all sources: in the order given, DICOM last.</summary>
    /// <param name="sources">Folders, by full paths.</param>
    /// <param name="remedies">Which faults of a CT series are accepted.</param>
    /// <param name="table">What integers of label maps mean that no file explains; null: nobody knows.</param>
    /// <param name="damaged">Takes what is wrong with each file that cannot be read, or placed; it is left out.</param>
    /// <param name="note">Hears what was left out.</param>
    /// <exception cref="ConfigException">A folder is given twice.</exception>
    /// <exception cref="DataException">A folder is of no known kind, or damaged.</exception>
    public static IReadOnlyList<SourceCase> Find(IReadOnlyList<string> sources, SeriesRemedies remedies, LabelMeaning? table,
        List<string> damaged, Action<string> note)
    {
        if (sources.GroupBy(source => source).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ConfigException($"{twice.Key}: is given twice. Give each folder once.");
        var cases = new List<SourceCase>();
        List<string> dicom = [], niftis = [];
        foreach (string source in sources)
        {
            if (File.Exists(source))
                throw new DataException($"{source}: is a file. Name the folder that holds it.");
            if (!Directory.Exists(source))
                throw new DataException($"{source}: no such folder. Name a folder with images and their labels.");
            string[] files = [.. FolderFiles.Below([source]).Select(each => each.Path)], volumes = [.. files.Where(LabelFiles.IsVolume)];
            // NIfTI is known by its name, and need not be opened.
            bool isDicom = files.Except(volumes).Any(IsDicom);
            if (File.Exists(Path.Combine(source, "dataset.json")))
            {
                cases.AddRange(DatasetSources.Find(source, note));
                if (isDicom && HasSeries(source))
                    note($"{source}: a data set; the DICOM series below it is not looked at. Give its folder as a source of its own.");
                continue;
            }

            if (isDicom && IrcadCase.Find(source, remedies, damaged, note) is { Count: > 0 } ircad)
            {
                cases.AddRange(ircad);
                continue;
            }

            bool hasSeries = isDicom && volumes.Length > 0 && HasSeries(source);
            IReadOnlyList<SourceCase> found = volumes.Length == 0 ? []
                : MaskCase.Find(source, note) is { Count: > 0 } masks ? masks
                : Pairs(source, hasSeries, table, damaged);
            cases.AddRange(found);
            if (hasSeries || (isDicom && found.Count == 0))
            {
                dicom.Add(source);
                niftis.AddRange(volumes.Except(found.SelectMany(each => each.Inputs)));
            }
            else if (found.Count == 0)
            {
                throw new DataException($"{source}: of no known kind. Looked for dataset.json (nnU-Net, MSD), "
                    + "ct.nii.gz with segmentations/ "
                    + "(TotalSegmentator), NIfTI images with label maps (images/ and labels/, or NAME and NAME_seg), and DICOM.");
            }
        }

        if (dicom.Count > 0)
            cases.AddRange(DicomSources.Find(dicom, niftis, remedies, damaged, note));
        return cases;
    }

    /// <summary>
    /// Images with label maps. Beside DICOM a file that is half of no pair is no fault: it may be a label map of a series.
    /// </summary>
    private static IReadOnlyList<SourceCase> Pairs(string source, bool besideSeries, LabelMeaning? table, List<string> damaged)
    {
        try
        {
            return PairSources.Find(source, table, damaged);
        }
        catch (DataException) when (besideSeries)
        {
            return [];
        }
    }

    /// <summary>True where there is a CT series below, and not only a file that starts as DICOM does.</summary>
    private static bool HasSeries(string source) => DicomSeries.Find([source], [], null).Any(series => series.IsCtVolume);

    /// <summary>A file that cannot be read is found, and named, when the folder's DICOM is.</summary>
    private static bool IsDicom(string path)
    {
        try
        {
            return DicomFile.IsDicom(path);
        }
        catch (DataException)
        {
            return false;
        }
    }
}
