using Smile.Host.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>One volume to segment.</summary>
/// <param name="Image">Its file or folder.</param>
/// <param name="Output">The file, or the folder of masks, to write.</param>
/// <param name="Stack">The slices of a DICOM series; null where the image is a NIfTI file.</param>
internal sealed record PredictionJob(string Image, string Output, CtStack? Stack = null)
{
    /// <summary>The job of a DICOM series; null where <paramref name="input"/> is no DICOM.</summary>
    /// <param name="input">A folder, or one file of the series, which is sought in that file's folder.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="uid">Series Instance UID; null where the folder holds one series only.</param>
    /// <param name="remedies">Which faults of the series are accepted.</param>
    /// <param name="warn">Hears what is odd in the series and did no harm.</param>
    /// <exception cref="DataException">Several series and none named, or no regular volume.</exception>
    public static PredictionJob? OfSeries(string input, string output, string? uid, SeriesRemedies remedies, Action<string> warn)
    {
        string folder = input;
        if (Directory.Exists(input))
        {
            if (uid is null && LabelFiles.HasVolume(input))
            {
                RefuseSeriesBelow(input);
                return null;
            }
        }
        else if (File.Exists(input) && DicomFile.IsDicom(input))
        {
            folder = Path.GetDirectoryName(Path.GetFullPath(input))!;
            if (CtContent.ModalityOf(DicomFile.Open(input).Dataset) is not ("CT" or "") and var modality)
                throw new DataException($"{input}: {modality}, not CT. Give a file of a CT series, or its folder.");
        }
        else
        {
            return null;
        }

        IReadOnlyList<DicomSeries> all = DicomSeries.Find(folder, warn);
        // A file is one of one series, whatever UID that has, or has not.
        DicomSeries? own = uid is null && folder != input ? all.FirstOrDefault(series => series.IsCtVolume && series.Holds(input)) : null;
        return all.Count == 0 ? null
            : new PredictionJob(input, output, (own ?? DicomVolumeReader.CtSeries(folder, uid, all)).ReadStack(warn, remedies));
    }

    /// <summary>NIfTI at the top of a folder, such as what predict wrote there before, does not hide the series below.</summary>
    /// <exception cref="DataException">There is one.</exception>
    private static void RefuseSeriesBelow(string folder)
    {
        if (DicomSeries.Find([folder], [], null).FirstOrDefault(series => series.IsCtVolume) is { } series)
        {
            throw new DataException($"{folder}: holds NIfTI volumes and a DICOM series "
                + $"({(series.Id.Length == 0 ? "without a UID" : series.Id)}): "
                + "which is meant? Name the NIfTI file, or the series by --series UID, or its own folder.");
        }
    }

    /// <summary>
    /// A job for every NIfTI volume of a folder; nnU-Net's channel number _0000 is no part of a case's name (<see cref="ChannelNumbers"/>).
    /// </summary>
    /// <exception cref="ConfigException">The output is the input's folder.</exception>
    /// <exception cref="DataException">There is no volume, or two would be written to one file.</exception>
    public static IReadOnlyList<PredictionJob> OfFolder(string input, string output, PredictionFormat format)
    {
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
            throw new ConfigException($"--output {output} is the input's folder: label maps would mix with images. Name another folder.");
        string ending = format.Endings.Count > 0 ? ".nii.gz" : "";
        IReadOnlyList<string> volumes = LabelFiles.Volumes(input);
        var jobs = volumes.Zip(ChannelNumbers.CaseNames([.. volumes.Select(LabelFiles.Stem)]), (f, name) => new PredictionJob(f,
            Path.Combine(output, name + ending))).ToList();
        if (jobs.GroupBy(job => job.Output, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new DataException($"{string.Join(" and ", twice.Select(job => job.Image))}: both would be written to {twice.Key}. "
                + "Rename one.");
        return jobs;
    }
}
