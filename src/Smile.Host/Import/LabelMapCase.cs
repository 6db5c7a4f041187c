using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>An image and a label map, of a data set folder or by themselves.</summary>
/// <param name="image">NIfTI.</param>
/// <param name="labels">NIfTI; null where there is none.</param>
/// <param name="meaning">What the integers mean.</param>
/// <param name="annotated">The names that were looked for in this case.</param>
internal sealed class LabelMapCase(string image, string? labels, LabelMeaning meaning, IReadOnlyCollection<string> annotated) : SourceCase
{
    public override string Origin => image;

    public override string Kind => "image and label map";

    public override IReadOnlyList<SourceRegion> Regions => labels is null ? [] : [.. annotated.Select(name => new SourceRegion(name))];

    public override IReadOnlyDictionary<string, string> Originals =>
        new Dictionary<string, string> { ["image"] = image, ["labels"] = labels ?? "" };

    public override IEnumerable<string> Inputs => [image, labels ?? "", .. meaning.Values.Select(entry => $"{entry.Value} {entry.Name}")];

    public override (Volume Image, byte[] Labels, OrganBits Annotated) Read(RegionMapping mapping, CaseNotes notes)
    {
        (Volume volume, NiftiSource source) = NiftiReader.ReadVolume(image);
        foreach (string warning in source.Warnings)
            notes.Add(warning, image);
        if (labels is null || mapping.OrgansOf(Regions) == 0)
            return (volume, new byte[volume.Voxels.Length], 0);
        LabelMap map = LabelMaps.Read(labels, new LabelMapping(meaning.Values.Select(entry => (entry.Value, Label(entry.Name, mapping)))),
            new NiftiVolumeReader(warning => notes
                .Add($"label map: {CaseNotes.WithoutPath(warning, labels)}")));
        LabelMaps.CheckGrid(labels, map.Geometry, image, volume.Geometry);
        return (volume, map.Voxels, mapping.OrgansOf(Regions));
    }

    private byte Label(string name, RegionMapping mapping) => name switch
    {
        LabelMeaning.Ignore => Labels.Ignore,
        _ when !annotated.Contains(name) => Labels.Background,
        _ => mapping[new SourceRegion(name)] is >= 0 and int organ ? Labels.Of(organ) : Labels.Background,
    };
}

/// <summary>What the integers of a label map mean.</summary>
/// <param name="Values">Each with its name, <see cref="Ignore"/> and <see cref="Background"/> among them; 0 need not be listed.</param>
internal sealed record LabelMeaning(IReadOnlyList<(byte Value, string Name)> Values)
{
    /// <summary>Of voxels of which nobody knows what they are (nnU-Net).</summary>
    public const string Ignore = "ignore";

    /// <summary>Of voxels of no organ; several integers may be so (MSD's form merges them).</summary>
    public const string Background = "background";

    public IReadOnlyList<string> Organs =>
        [.. Values.Select(entry => entry.Name).Where(name => name is not (Ignore or Background)).Distinct(StringComparer.Ordinal)];

    /// <summary>Of the labels of a dataset.json or labels.json.</summary>
    public static LabelMeaning Of(IEnumerable<(byte Value, string Name)> entries)
    {
        static string Name(string name) =>
            new[] { Ignore, Background }.FirstOrDefault(word => name.Equals(word, StringComparison.OrdinalIgnoreCase)) ?? name;

        return new LabelMeaning([.. entries.Select(entry => (entry.Value, Name(entry.Name)))]);
    }

    /// <summary>Of a label map that nothing explains: "label 5" for every 5.</summary>
    /// <exception cref="DataException">The map cannot be read.</exception>
    public static LabelMeaning OfUnnamed(string labels)
    {
        var seen = new bool[256];
        foreach (byte value in NiftiReader.ReadLabels(labels).Labels.Voxels)
            seen[value] = true;
        return new LabelMeaning([.. Enumerable.Range(1, 255).Where(value => seen[value]).Select(value => ((byte)value, $"label {value}"))]);
    }
}
