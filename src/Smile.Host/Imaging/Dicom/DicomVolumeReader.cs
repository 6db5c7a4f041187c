using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Takes a folder of a DICOM CT series, or one DICOM file, where an image is expected; what is neither goes to
/// <paramref name="others"/>.
/// </summary>
/// <param name="others">Reads every other format.</param>
/// <param name="warn">Hears what is odd in a series and did not stop the reading.</param>
internal sealed class DicomVolumeReader(IVolumeReader others, Action<string>? warn = null) : IVolumeReader
{
    /// <inheritdoc/>
    public Volume ReadVolume(string path) => IsSeries(path) ? CtSeries(path).ReadVolume(warn) : others.ReadVolume(path);

    /// <inheritdoc/>
    public LabelMap ReadLabels(string path) => IsSeries(path)
        ? throw new DataException($"{path}: DICOM, where a label map is wanted. Import segmentations and contours first.")
        : others.ReadLabels(path);

    /// <inheritdoc/>
    public Geometry ReadGeometry(string path) => IsSeries(path) ? CtSeries(path).ReadStack(warn).Geometry : others.ReadGeometry(path);

    /// <summary>The CT series of a folder, localisers left aside, or of a file by itself.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="uid">Series Instance UID of the one that is meant; may be left out where there is only one.</param>
    /// <exception cref="DataException">There is none, or more than one; they are listed.</exception>
    public static DicomSeries CtSeries(string path, string? uid = null)
    {
        if (!Directory.Exists(path))
        {
            DicomFile file = DicomFile.Open(path);
            return new DicomSeries(file.Dataset.Text(DicomTags.SeriesInstanceUID), Path.GetDirectoryName(Path.GetFullPath(path))!, [file]);
        }

        return CtSeries(path, uid, DicomSeries.Find(path));
    }

    /// <summary>As above, of the series that a folder holds.</summary>
    public static DicomSeries CtSeries(string path, string? uid, IReadOnlyList<DicomSeries> all)
    {
        DicomSeries[] volumes = [.. all.Where(series => series.IsCtVolume)];
        if (uid is not null && volumes.Where(series => series.Id == uid || series.Uid == uid).ToArray() is [DicomSeries named])
            return named;
        if (uid is null && volumes is [DicomSeries only])
            return only;
        IReadOnlyList<DicomSeries> listed = volumes.Length > 0 ? volumes : all;
        string list = " " + string.Join("; ", listed.Take(20).Select(series =>
            $"{(series.Id is "" ? "(no UID)" : series.Id)}: {(series.Modality is "" ? "no modality" : series.Modality)}, "
                + $"{Words.Count(series.Files.Count, "file", "files")}, '{series.Description}'"
            + (series.WhyNoVolume is { } why ? $" ({why})" : "")));
        throw new DataException(all.Count == 0 ? $"{path}: holds no DICOM file. Give a folder with one CT series."
            : volumes.Length == 0 ? $"{path}: holds no CT series that makes a volume, only:{list}"
            : uid is not null && volumes.Any(series => series.Uid == uid) ? $"{path}: several CT series have the UID {uid}; name one as "
                + $"listed here:{list}"
            : uid is not null ? $"{path}: no CT series has the UID {uid}. There are:{list}"
            : $"{path}: holds {volumes.Length} CT series; name one by its UID, or give a folder with one:{list}");
    }

    /// <summary>True for a folder, and for a file that starts as DICOM does.</summary>
    public static bool IsSeries(string path) => Directory.Exists(path) || (File.Exists(path) && DicomFile.IsDicom(path));
}
