namespace Smile.Net.Data;

/// <summary>What a check of data set folders found.</summary>
/// <param name="Faults">What must be repaired; empty where the data set can be trained on.</param>
/// <param name="Notes">What may be meant, but might not be.</param>
/// <param name="Dataset">The usable part; null where no dataset.json could be followed.</param>
public sealed record DatasetReport(IReadOnlyList<string> Faults, IReadOnlyList<string> Notes, Dataset? Dataset);

/// <summary>Finds every fault of data set folders in one go, reading every voxel once, one case in memory at a time.</summary>
public static class DatasetCheck
{
    /// <summary>Checks the folders.</summary>
    /// <param name="folders">As for <see cref="Dataset.Open(IReadOnlyList{string}, IVolumeReader)"/>.</param>
    /// <param name="reader">Reads the voxels.</param>
    /// <param name="progress">Hears, before each case, how many were looked at and how many there are.</param>
    /// <param name="cancel">Stops between two cases.</param>
    public static DatasetReport Run(IReadOnlyList<string> folders, IVolumeReader reader, Action<int, int>? progress = null,
        CancellationToken cancel = default)
    {
        List<string> faults = [], notes = [];
        if (OpenUsable(folders, reader, faults, notes) is not { } dataset)
            return new DatasetReport(faults, notes, null);
        Case[] cases = [.. dataset.Training, .. dataset.Test];
        CheckPatients(folders, dataset, faults, notes);
        uint seen = 0;
        for (int i = 0; i < cases.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(i, cases.Length);
            if (CheckCase(cases[i], reader, faults, notes) is not { } present)
                continue;
            seen |= i < dataset.Training.Count ? present & cases[i].Annotated : 0;
            NoteAbsent(cases[i], present, dataset.Organs, notes);
        }

        foreach (string organ in dataset.Organs.NamesOf(~seen))
            notes.Add($"{organ}: no annotated voxel in any training case; it cannot be learned.");
        if (dataset.Training.Count == 0)
            notes.Add($"{string.Join(", ", folders)}: no training case; nothing can be trained on it.");
        return new DatasetReport(faults, notes, dataset);
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

        foreach (PatientOnBothSides pair in dataset.SharedWithTest())
            notes.Add($"{pair.One} is a training case and {pair.Other} a test case of one patient ({pair.Group} in {GroupFile.FileName}): "
                + $"how well a model does on {pair.Other} says nothing about new patients.");
    }

    /// <summary>Bits of the organs that have voxels; null where the label map cannot be read.</summary>
    private static uint? CheckCase(Case source, IVolumeReader reader, List<string> faults, List<string> notes)
    {
        Geometry? image = null;
        Try(() =>
        {
            Volume volume = reader.ReadVolume(source.ImagePath);
            image = volume.Geometry;
            string[] bad = [.. VoxelFaults.Of(source.ImagePath, volume)];
            faults.AddRange(bad);
            if (bad.Length == 0)
                notes.AddRange(HounsfieldProfile.Of(volume).Doubts.Select(doubt => $"{source.ImagePath}: {doubt}"));
        }, faults);
        uint? present = null;
        if (source.LabelPath is { } path)
            Try(() =>
            {
                LabelMap labels = reader.ReadLabels(path);
                if (image is not null && VoxelFaults.OfGrid(path, labels.Geometry, source.ImagePath, image) is { } grid)
                    faults.Add(grid);
                faults.AddRange(VoxelFaults.Of(path, labels, source.Mapping));
                present = source.Mapping.OrgansIn(labels.Voxels);
            }, faults);
        return present;
    }

    private static void NoteAbsent(Case source, uint present, OrganSet organs, List<string> notes)
    {
        uint absent = source.Annotated & ~present;
        if (absent != 0)
            notes.Add($"{source.LabelPath}: annotated, yet without a voxel: {string.Join(", ", organs.NamesOf(absent))}. "
                + "It is learned as absent; if nobody looked for it, say so in annotations.json.");
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
