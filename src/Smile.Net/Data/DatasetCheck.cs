namespace Smile.Net.Data;

/// <summary>What a check of data set folders found.</summary>
/// <param name="Faults">What must be repaired; empty where the data set can be trained on.</param>
/// <param name="Notes">What may be meant, but might not be.</param>
/// <param name="Dataset">The usable part; null where no dataset.json could be followed.</param>
public sealed record DatasetReport(IReadOnlyList<string> Faults, IReadOnlyList<string> Notes, Dataset? Dataset)
{
    /// <summary>What the images are like, by folder, training cases apart from test cases.</summary>
    public IReadOnlyList<GroupFingerprint> Groups { get; init; } = [];
}

/// <summary>Finds every fault of data set folders in one go, reading every voxel once, one case in memory at a time.</summary>
public static class DatasetCheck
{
    /// <summary>Checks the folders.</summary>
    /// <param name="folders">As for <see cref="Dataset.Open(IReadOnlyList{string}, IVolumeReader)"/>.</param>
    /// <param name="reader">Reads the voxels.</param>
    /// <param name="progress">Hears, before each case, how many were looked at and how many there are.</param>
    /// <param name="native">
    /// Nothing will be brought to one spacing: mixed spacings, and numbers that cannot be HU, are faults then, not notes.
    /// </param>
    /// <param name="cancel">Stops between two cases.</param>
    public static DatasetReport Run(IReadOnlyList<string> folders, IVolumeReader reader, Action<int, int>? progress = null,
        bool native = false, CancellationToken cancel = default)
    {
        List<string> faults = [], notes = [], doubts = native ? faults : notes;
        if (OpenUsable(folders, reader, faults, notes) is not { } dataset)
            return new DatasetReport(faults, notes, null);
        Case[] cases = [.. dataset.Training, .. dataset.Test];
        CheckPatients(folders, dataset, faults, notes);
        OrganBits seen = 0;
        var groups = new List<GroupFingerprint>();
        LateralityCheck sides = new(dataset.Organs), testSides = new(dataset.Organs, "test cases");
        for (int i = 0; i < cases.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(i, cases.Length);
            bool training = i < dataset.Training.Count;
            GroupFingerprint group = GroupOf(cases[i], training, folders.Count > 1, groups);
            if (CheckCase(cases[i], reader, group, training ? sides : testSides, faults, doubts) is not { } present)
                continue;
            seen |= training ? present & cases[i].Annotated : 0;
            NoteAbsent(cases[i], present, dataset.Organs, notes);
        }

        notes.AddRange(sides.Notes.Concat(testSides.Notes));
        notes.AddRange(dataset.Organs.NamesOf(~seen).Select(Unlearnable));
        if (dataset.Training.Count == 0)
            notes.Add($"{string.Join(", ", folders)}: no training case; nothing can be trained on it.");
        doubts.AddRange(SpacingDoubts(groups, native));
        return new DatasetReport(faults, notes, dataset) { Groups = [.. groups.Where(group => group.Cases.Count > 0)] };
    }

    private static GroupFingerprint GroupOf(Case source, bool training, bool several, List<GroupFingerprint> groups)
    {
        string part = training ? "training cases" : "test cases";
        string name = several ? $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(source.Folder))}: {part}" : part;
        GroupFingerprint? group = groups.Find(each => each.Name == name);
        if (group is null)
            groups.Add(group = new GroupFingerprint(name, training));
        return group;
    }

    /// <summary>Spacings in the plane that differ among the training cases, and test cases beyond them.</summary>
    private static IEnumerable<string> SpacingDoubts(IReadOnlyList<GroupFingerprint> groups, bool native)
    {
        Geometry[] training = [.. groups.Where(group => group.IsTraining).SelectMany(group => group.Cases).Select(each => each.Grid)];
        if (training.Length == 0)
            yield break;
        CaseSpacings spacings = CaseSpacings.Of(training);
        if (spacings.AreMixed)
        {
            yield return $"training cases: slices of {spacings.Y} x {spacings.X} mm (y, x): " + (native
                ? "one organ has different sizes to the network. Train with data.spacing = auto, which brings all to their median."
                : "data.spacing = auto brings all to their median; with native, one organ has different sizes to the network.");
        }

        foreach ((string id, Geometry grid) in groups.Where(group => !group.IsTraining).SelectMany(group => group.Cases))
        {
            if (native && spacings.Doubt(grid, plane: null) is { } doubt)
                yield return $"{id}: {doubt}";
        }
    }

    /// <summary>Opens the folders whose dataset.json can be followed; what is wrong with the others is a fault.</summary>
    private static Dataset? OpenUsable(IReadOnlyList<string> folders, IVolumeReader reader, List<string> faults, List<string> notes)
    {
        var usable = new List<string>();
        foreach (string folder in folders)
            Try(() => { DatasetJson.Read(folder); usable.Add(folder); }, faults);
        Dataset? dataset = null;
        if (usable.Count > 0)
            Try(() => dataset = Dataset.Open(usable, reader, faults, notes), faults);
        return dataset;
    }

    /// <summary>A patient on both sides of a split that the folder holds is a fault; one with a training and a test case is told.</summary>
    private static void CheckPatients(IReadOnlyList<string> folders, Dataset dataset, List<string> faults, List<string> notes)
    {
        foreach (string folder in folders.Where(folder => File.Exists(Path.Combine(folder, Splits.FileName))))
        {
            Try(() => Splits.Read(Path.Combine(folder, Splits.FileName),
                dataset.Training.Where(each => each.Folder == folder).Select(each => (each.NameInFolder, each.Group))), faults);
        }

        notes.AddRange(SharedPatients(dataset));
    }

    private static IEnumerable<string> SharedPatients(Dataset dataset) => dataset.SharedWithTest().Select(pair =>
        $"{pair.One} is a training case and {pair.Other} a test case of one patient ({pair.Group} in {GroupFile.FileName}): "
        + $"how well a model does on {pair.Other} says nothing about new patients.");

    private static string Unlearnable(string organ) => $"{organ}: no annotated voxel in any training case; it cannot be learned.";

    /// <summary>Bits of the organs that have voxels; null where the label map cannot be read.</summary>
    private static OrganBits? CheckCase(Case source, IVolumeReader reader, GroupFingerprint group, LateralityCheck laterality,
        List<string> faults, List<string> doubts)
    {
        Geometry? image = null;
        Try(() =>
        {
            Volume volume = reader.ReadVolume(source.ImagePath);
            image = volume.Geometry;
            string[] bad = [.. VoxelFaults.Of(source.ImagePath, volume)];
            faults.AddRange(bad);
            if (bad.Length > 0)
                return;
            HounsfieldProfile profile = HounsfieldProfile.Of(volume);
            doubts.AddRange(profile.Doubts.Select(doubt => $"{source.ImagePath}: {doubt}"));
            group.Add(source.Id, volume.Geometry, profile);
        }, faults);
        OrganBits? present = null;
        if (source.LabelPath is { } path)
            Try(() =>
            {
                LabelMap labels = reader.ReadLabels(path);
                if (image is not null && VoxelFaults.OfGrid(path, labels.Geometry, source.ImagePath, image) is { } differs)
                    faults.Add(differs);
                faults.AddRange(VoxelFaults.Of(path, labels, source.Mapping));
                present = source.Mapping.OrgansIn(labels.Voxels);
                source.Pseudo?.Read(path, reader, OrganSet.MaxOrgans);
                source.Mapping.ToLabels(labels.Voxels);
                Geometry grid = labels.Geometry;
                laterality.Add(source, SliceRuns.Of<byte>(labels.Voxels, grid.Height * grid.Width), grid.Width);
            }, faults);
        return present;
    }

    private static void NoteAbsent(Case source, OrganBits present, OrganSet organs, List<string> notes)
    {
        OrganBits absent = source.Annotated & ~present;
        if (absent != 0)
            notes.Add($"{source.LabelPath}: annotated, yet without a voxel: {string.Join(", ", organs.NamesOf(absent))}. "
                + "It is learned as absent; if nobody looked for it, say so in annotations.json.");
    }

    /// <summary>
    /// The notes of <see cref="Run"/> about cases that are loaded already, but for those about their numbers, which who loads them tells.
    /// </summary>
    /// <param name="dataset">Theirs.</param>
    /// <param name="training">Training cases of it.</param>
    public static IReadOnlyList<string> Notes(Dataset dataset, IReadOnlyList<CaseData> training)
    {
        var notes = new List<string>(dataset.Notes.Concat(SharedPatients(dataset)));
        OrganBits seen = 0;
        var laterality = new LateralityCheck(dataset.Organs);
        Dictionary<string, Case> sources = dataset.Training.ToDictionary(each => each.Id, StringComparer.Ordinal);
        foreach (CaseData data in training)
        {
            NoteAbsent(sources[data.Id], data.Shown, dataset.Organs, notes);
            seen |= data.Shown;
            laterality.Add(sources[data.Id], data.Labels, data.Geometry.Width);
        }

        return [.. notes, .. laterality.Notes, .. dataset.Organs.NamesOf(~seen).Select(Unlearnable)];
    }

    private static void Try(Action step, List<string> faults)
    {
        try
        {
            step();
        }
        catch (DataException e)
        {
            faults.Add(e.Message);
        }
    }
}
