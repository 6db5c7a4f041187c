using System.Globalization;

namespace Smile.Net.Data;

/// <summary>
/// A study's cases, from one data set folder or several with different label sets. The layout is nnU-Net's (v2, v1) or MSD's;
/// docs/data.md describes it.
/// </summary>
public sealed class Dataset
{
    /// <summary>The file that makes a folder a store (<c>smile dataset pack</c>).</summary>
    internal const string StoreManifestName = "store.json";

    private readonly IVolumeReader? _reader;
    private readonly IStoredCases? _store;
    private readonly OrganBits[] _kept; // of the store's organs, those that each narrowing kept

    private Dataset(OrganSet organs, IReadOnlyList<Case> training, IReadOnlyList<Case> test, IReadOnlyList<string> notes,
        IVolumeReader? reader = null, IStoredCases? store = null, OrganBits[]? kept = null) =>
        (Organs, Training, Test, Notes, _reader, _store, _kept) = (organs, training, test, notes, reader, store, kept ?? []);

    /// <summary>The union of the folders' organs: those of the first by its integers, then what each further one adds.</summary>
    public OrganSet Organs { get; }

    /// <summary>The training cases, each with a label map; by folder, then by name.</summary>
    public IReadOnlyList<Case> Training { get; }

    /// <summary>The test cases, with or without a label map.</summary>
    public IReadOnlyList<Case> Test { get; }

    /// <summary>What may be meant, but might not be, as far as file names and dataset.json tell; a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>
    /// Opens the folders. An organ that a folder has no integer for is not annotated in its cases; annotations.json beside a
    /// dataset.json may say so of further ones. Voxels are not read. Ids that several folders share get the folder's name before them.
    /// </summary>
    /// <exception cref="DataException">The first fault found; the message says how many more there are.</exception>
    public static Dataset Open(IReadOnlyList<string> folders, IVolumeReader reader)
    {
        var faults = new List<string>();
        Dataset dataset = Open(folders, reader, faults, notes: []);
        if (faults.Count > 0)
            throw new DataException(faults.Count == 1
                ? faults[0]
                : $"{faults[0]} ({faults.Count - 1} more faults: 'smile dataset check' lists all.)");
        return dataset;
    }

    /// <summary>
    /// Patients with training cases and with test cases that can be scored: what a model scores on the latter says nothing about new
    /// patients.
    /// </summary>
    public IEnumerable<PatientOnBothSides> SharedWithTest() =>
        Splits.SamePatient(
            Training.Select(each => (each.Id, each.Group)),
            Test.Where(each => each.LabelPath is not null).Select(each => (each.Id, each.Group)));

    /// <summary>The same cases for <see cref="OrganSet.Keeping(OrganBits)"/>.</summary>
    /// <param name="kept">The organs that are kept; the others are left out.</param>
    public Dataset Keeping(OrganBits kept)
    {
        Case Of(Case each) => each with
        {
            Annotated = OrganSet.Compact(each.Annotated, kept),
            Mapping = each.Mapping.Keeping(kept),
            Pseudo = each.Pseudo?.Keeping(kept),
        };
        return new Dataset(
            Organs.Keeping(kept), [.. Training.Select(Of)], [.. Test.Select(Of)], Notes, _reader, _store, [.. _kept, kept]);
    }

    /// <summary>Reads one case.</summary>
    /// <exception cref="DataException">As <see cref="CaseData.Load"/>.</exception>
    public CaseData Load(Case source) => Load(source, spacing: null);

    /// <summary>Reads one case and brings it to a spacing.</summary>
    /// <param name="source">The case.</param>
    /// <param name="spacing">mm; null: whatever it has.</param>
    /// <param name="doubts">Takes what speaks against its numbers being HU, a sentence each; null: nobody asks.</param>
    /// <exception cref="DataException">As <see cref="CaseData.Load"/> and <see cref="CaseData.At"/>.</exception>
    public CaseData Load(Case source, PlaneSpacing? spacing, List<string>? doubts = null)
    {
        if (_store is null)
        {
            CaseData own = CaseData.Load(source, _reader!, Organs.Count);
            doubts?.AddRange(HounsfieldProfile.Of(own.Image).Doubts);
            return own.At(spacing);
        }

        doubts?.AddRange(_store.Doubts(source.Id));
        CaseData data = _kept.Aggregate(_store.Load(source.Id, spacing), (each, kept) => each.Keeping(kept));
        return data.WithAnnotated(source.Annotated).At(spacing);
    }

    /// <summary>A store's cases: images stay on the disk.</summary>
    internal static Dataset Of(OrganSet organs, IReadOnlyList<Case> training, IReadOnlyList<Case> test, IStoredCases store) =>
        new(organs, training, test, notes: [], store: store);

    /// <summary>Whether the case's image in that spacing stays on the disk, and takes no memory.</summary>
    public bool IsStored(Case source, PlaneSpacing? spacing) => _store?.Has(source.Id, spacing) == true;

    /// <summary>The grid of a case's image; its voxels are not read.</summary>
    /// <param name="source">The case.</param>
    /// <param name="headers">Reads it, where it is no store that knows it.</param>
    /// <exception cref="DataException">It cannot be read.</exception>
    public Geometry Grid(Case source, IVolumeReader headers) => _store?.Grid(source.Id) ?? headers.ReadGeometry(source.ImagePath);

    /// <summary>Of a store: what was changed, of all that was read so far, since it was packed; a sentence each.</summary>
    public IReadOnlyList<string> Changes => _store?.Changes ?? [];

    /// <summary>
    /// As the public one, but what is wrong with single cases goes to <paramref name="faults"/> and the case is left out.
    /// </summary>
    /// <exception cref="ConfigException">A folder is given twice.</exception>
    /// <exception cref="DataException">A dataset.json cannot be followed, or the organs are too many.</exception>
    internal static Dataset Open(IReadOnlyList<string> folders, IVolumeReader reader, List<string> faults, List<string> notes)
    {
        if (folders.Count == 0)
            throw new DataException("No data set folder was given. Name at least one.");
        if (folders.GroupBy(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            .FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ConfigException($"{twice.Key}: is given twice; its cases would be trained on and validated on at once. "
                + "Give each folder once.");
        if (folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, StoreManifestName))) is { } store)
            throw new ConfigException($"{store}: is a store, which only 'smile train', 'relabel' and 'experiment' read, and one at a "
                + "time. Name the data set folder that it was packed from, or pack several folders as one store.");
        DatasetFolder[] contents = [.. folders.Select(DatasetFolder.Read)];
        string[] names = [.. contents.SelectMany(folder => folder.Json.Labels.Organs).Distinct(StringComparer.Ordinal)];
        // Images to predict alone need no organ.
        OrganSet organs = names.Length == 0 && contents.All(folder => folder.Training.Count == 0) ? OrganSet.None : new OrganSet(names);
        string[] prefixes = Prefixes(contents);
        List<Case> training = [], test = [];
        for (int i = 0; i < contents.Length; i++)
        {
            DatasetFolder folder = contents[i];
            faults.AddRange(folder.Faults);
            notes.AddRange(folder.Notes);
            LabelMapping mapping = folder.Json.Labels.Mapping(organs);
            Dictionary<string, OrganBits> annotated = Annotations(folder, organs, mapping.Organs, faults);
            Dictionary<string, string> groups = GroupFile.Read(
                folder.Path, folder.Training.Concat(folder.Test).Select(each => each.Id), faults);
            Dictionary<string, PseudoLabels> pseudo = folder.Json.PseudoLabels?.Find(
                folder, organs, id => annotated.GetValueOrDefault(id, mapping.Organs), faults) ?? [];
            // p0001 of one folder is another patient than p0001 of the next.
            string of = contents.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{i + 1}/");
            Case Of(ListedCase each) => Make(each, folder, prefixes[i], mapping, annotated) with
            {
                Group = groups.TryGetValue(each.Id, out string? group) ? of + group : null,
                Pseudo = pseudo.GetValueOrDefault(each.Id),
            };
            training.AddRange(folder.Training.Select(Of));
            test.AddRange(folder.Test.Select(Of));
        }

        return new Dataset(organs, training, test, [.. contents.SelectMany(folder => folder.Notes)], reader);
    }

    private static Dictionary<string, OrganBits> Annotations(DatasetFolder folder, OrganSet organs, OrganBits known, List<string> faults)
    {
        string path = Path.Combine(folder.Path, AnnotationFile.FileName);
        return File.Exists(path)
            ? AnnotationFile.Read(path, organs, known, folder.Training.Concat(folder.Test).Select(each => each.Id), faults)
            : [];
    }

    private static Case Make(ListedCase listed, DatasetFolder folder, string prefix, LabelMapping mapping,
        Dictionary<string, OrganBits> annotated) =>
        new(prefix + listed.Id, listed.Image, listed.Label, annotated.GetValueOrDefault(listed.Id, mapping.Organs), mapping)
        {
            Folder = folder.Path,
            NameInFolder = listed.Id,
        };

    /// <summary>What stands before the ids of each folder: nothing, unless two folders share an id.</summary>
    private static string[] Prefixes(DatasetFolder[] folders)
    {
        string[][] ids = [.. folders.Select(folder => folder.Training.Concat(folder.Test).Select(each => each.Id).ToArray())];
        if (ids.SelectMany(each => each).Distinct(StringComparer.Ordinal).Count() == ids.Sum(each => each.Length))
            return [.. folders.Select(_ => "")];
        string[] names = [.. folders.Select(folder => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Path))))];
        bool alike = names.Distinct(StringComparer.Ordinal).Count() < names.Length;
        return [.. names.Select((name, i) => alike ? $"{name}_{i + 1}_" : $"{name}_")];
    }
}
