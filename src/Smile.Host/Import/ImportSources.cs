using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>Tells what kind of source each folder is, and lists its cases.</summary>
internal static class ImportSources
{
    /// <summary>The cases of all sources: in the order given, DICOM last.</summary>
    /// <param name="sources">Folders, by full paths.</param>
    /// <param name="remedies">Which faults of a CT series are accepted.</param>
    /// <param name="damaged">Takes what is wrong with each file that cannot be read, or placed; it is left out.</param>
    /// <param name="note">Hears what was left out.</param>
    /// <exception cref="ConfigException">A folder is given twice.</exception>
    /// <exception cref="DataException">A folder is of no known kind, or damaged.</exception>
    public static IReadOnlyList<SourceCase> Find(IReadOnlyList<string> sources, SeriesRemedies remedies, List<string> damaged, Action<string> note)
    {
        if (sources.GroupBy(source => source).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ConfigException($"{twice.Key}: is given twice. Give each folder once.");
        var cases = new List<SourceCase>();
        var dicom = new List<string>();
        foreach (string source in sources)
        {
            if (File.Exists(source))
                throw new DataException($"{source}: is a file. Name the folder that holds it.");
            if (!Directory.Exists(source))
                throw new DataException($"{source}: no such folder. Name a folder with images and their labels.");
            if (OfFolder(source, damaged, note) is { Count: > 0 } found)
                cases.AddRange(found);
            else if (Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Any(IsDicom))
                dicom.Add(source);
            else
                throw new DataException($"{source}: of no known kind. Looked for dataset.json (nnU-Net, MSD), ct.nii.gz with segmentations/ "
                    + "(TotalSegmentator), NIfTI images with label maps (images/ and labels/, or NAME and NAME_seg), and DICOM.");
        }

        if (dicom.Count > 0)
            cases.AddRange(DicomSources.Find(dicom, remedies, damaged, note));
        return cases;
    }

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

    private static IReadOnlyList<SourceCase> OfFolder(string source, List<string> damaged, Action<string> note) =>
        File.Exists(Path.Combine(source, "dataset.json")) ? DatasetSources.Find(source, note)
        : MaskCase.Find(source, note) is { Count: > 0 } masks ? masks
        : PairSources.Find(source, damaged);
}
