using System.Globalization;
using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Puts files together into series. One series has one Series Instance UID, one modality, one patient, one study and one frame of reference
/// (PS3.3,
/// A.1.2.3); where an anonymiser or an exporter gave one UID to several, they are taken apart, or refused where that cannot be done with
/// certainty.
/// </summary>
internal static class SeriesGrouping
{
    /// <summary>What must not differ within a series, with the words for it.</summary>
    private static readonly (string Noun, DicomTag Tag, Func<IDicomDataset, string> Of)[] Constant =
    [
        ("patients", DicomTags.PatientID, Patient),
        ("studies", DicomTags.StudyInstanceUID, set => set.Text(DicomTags.StudyInstanceUID)),
        ("frames of reference", DicomTags.FrameOfReferenceUID, set => set.Text(DicomTags.FrameOfReferenceUID)),
    ];

    /// <summary>The series of some files, in the order of their UIDs.</summary>
    /// <param name="files">By path.</param>
    /// <param name="folderOf">Where a file was looked for.</param>
    public static IReadOnlyList<DicomSeries> Group(IEnumerable<IDicomFile> files, Func<IDicomFile, string> folderOf)
    {
        DicomSeries[] series = [.. files
            .GroupBy(Key)
            .OrderBy(group => group.Key.Uid, StringComparer.Ordinal).ThenBy(group => group.Key.Kind, StringComparer.Ordinal)
            .SelectMany(group => Apart(group.Key.Uid, [.. group], folderOf))];
        return [.. series.GroupBy(one => one.Uid).SelectMany(same => Tell([.. same]))];
    }

    /// <summary>Numbers the CT series of one UID, or of none, and lets them say what else has it.</summary>
    private static IEnumerable<DicomSeries> Tell(DicomSeries[] same)
    {
        bool IsCt(DicomSeries one) => one.Modality is "CT" or "";
        string[] others = same[0].Uid.Length == 0 ? [] : [.. same.Where(one => !IsCt(one)).Select(one => one.WhyNoVolume!).Distinct()];
        string[] note = others.Length == 0 ? [] : [$"files of other modalities have its Series Instance UID too "
            + $"({string.Join(", ", others)}); they are no slices of it."];
        bool several = same.Count(IsCt) > 1;
        int n = 0;
        string Id(DicomSeries one) => several ? $"{one.Uid}#{++n}" : one.Uid;
        return same.Select(one => IsCt(one) ? one with { Notes = [.. one.Notes, .. note], Id = Id(one) } : one);
    }

    /// <summary>
    /// Files of one UID and modality belong together; without a UID those of one place, series number, orientation and size (as in
    /// dcm2niix).
    /// </summary>
    private static (string Uid, string Kind) Key(IDicomFile file)
    {
        IDicomDataset set = file.Dataset;
        string modality = CtContent.ModalityOf(set) is { Length: > 0 } given ? given : "CT";
        return set.Text(DicomTags.SeriesInstanceUID) is { Length: > 0 } uid ? (uid, modality)
            : ("", string.Join('|', Path.GetDirectoryName(file.Path), modality, set.Text(DicomTags.SeriesNumber), Orientation(set),
                Size(set)));
    }

    private static string Orientation(IDicomDataset set) => string.Join('\\', set.Texts(DicomTags.ImageOrientationPatient)
        .Select(text => double.TryParse(text, CultureInfo.InvariantCulture, out double value) ? (Math.Round(value, 2) + 0.0)
            .ToString(CultureInfo.InvariantCulture) : text));

    /// <summary>Rows and columns; nothing where they are no numbers, which is told when the pixels are read.</summary>
    private static string Size(IDicomDataset set)
    {
        try
        {
            return string.Join('x', set.Numbers(DicomTags.Rows).Concat(set.Numbers(DicomTags.Columns))
                .Select(value => value.ToString(CultureInfo.InvariantCulture)));
        }
        catch (DataException)
        {
            return "";
        }
    }

    /// <summary>Takes a group apart by patient, study and frame of reference.</summary>
    private static IEnumerable<DicomSeries> Apart(string uid, IDicomFile[] files, Func<IDicomFile, string> folderOf)
    {
        List<string> notes = uid.Length > 0 ? [] : ["no Series Instance UID: put together by folder, Series Number, orientation and size."];
        DicomSeries whole = new(uid, folderOf(files[0]), files) { Notes = notes };
        List<Difference> differing = [.. Constant.Select(one => new Difference(one.Noun, one.Tag,
            [.. files.Select(file => one.Of(file.Dataset))])).Where(one => one.Count > 1)];
        // One study each of three files and more, of one patient in one frame of reference, is the work of an anonymiser.
        if (differing is [{ Tag: var tag, IsOfEachFile: true }] && tag == DicomTags.StudyInstanceUID && files.Length > 2)
        {
            notes.Add($"every file has a {tag} of its own, which can be no study's: it is passed over.");
            differing.Clear();
        }

        if (differing.Count == 0)
            return [whole];
        IDicomFile[][] parts = [.. files.Index().GroupBy(file => string.Join('|', differing.Select(one => one.Values[file.Index])),
            file => file.Item).Select(part => part.ToArray())];
        string what = string.Join(", ", differing.Select(one => $"{one.Count} {one.Noun}"));
        // A part of one image is no volume, and a file that says nothing may be of either: no guess is made.
        bool sure = whole.Modality is not ("CT" or "") || (parts.All(part => part.Length > 1) && differing
            .All(one => one.Values.All(value => value.Length > 0)));
        if (sure)
        {
            notes.Add($"one Series Instance UID stood for {what}: they were taken apart.");
            return parts.Select(part => new DicomSeries(uid, folderOf(part[0]), part) { Notes = notes });
        }

        string named = string.Join("; ", differing.Select(one => Named(one, files, folderOf)));
        return [whole with { Fault = $"one series holds files of {what}: {named}. Give each by itself." }];
    }

    /// <summary>Two files that differ; identifiers of patients are not repeated.</summary>
    private static string Named(Difference one, IDicomFile[] files, Func<IDicomFile, string> folderOf)
    {
        int first = Array.FindIndex(one.Values, value => value.Length > 0), other = Array.FindIndex(one.Values, value => value.Length > 0
            && value != one.Values[first]);
        string Of(int file) => Path.GetRelativePath(folderOf(files[file]), files[file].Path) + (one.Tag == DicomTags.PatientID ? ""
            : $" ({one.Values[file]})");
        return $"{one.Tag} of {Of(first)} is not that of {Of(other)}";
    }

    /// <summary>The ID with its issuer; the name where there is no ID.</summary>
    private static string Patient(IDicomDataset set) => set.Text(DicomTags.PatientID) is { Length: > 0 } id
        ? $"{id} of {set.Text(DicomTags.IssuerOfPatientID)}" : set.Text(DicomTags.PatientName);

    /// <summary>What should be constant, of each file; empty where a file does not say.</summary>
    private sealed record Difference(string Noun, DicomTag Tag, string[] Values)
    {
        /// <summary>How many values there are.</summary>
        public int Count { get; } = Values.Where(value => value.Length > 0).Distinct().Count();

        /// <summary>True where no two files have the same.</summary>
        public bool IsOfEachFile => Count == Values.Length;
    }
}
