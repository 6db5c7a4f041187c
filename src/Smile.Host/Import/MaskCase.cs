using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>A case as TotalSegmentator writes it: an image, and one mask for each structure.</summary>
internal sealed class MaskCase(string image, IReadOnlyList<string> masks) : SourceCase
{
    private const string Image = "ct.nii.gz", Masks = "segmentations", Ending = ".nii.gz";

    public override string Origin => image;

    public override string Kind => "one mask per organ";

    public override IReadOnlyList<SourceRegion> Regions => [.. masks.Select(Region)];

    public override IReadOnlyDictionary<string, string> Originals =>
        new Dictionary<string, string> { ["image"] = image, ["labels"] = Path.GetDirectoryName(masks[0])! };

    public override IEnumerable<string> Inputs => masks.Prepend(image);

    /// <summary>The cases of a folder: the folder itself, or its subfolders; none where it is no such folder.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="note">Hears of a subfolder that has one of the two only.</param>
    public static IReadOnlyList<SourceCase> Find(string folder, Action<string> note)
    {
        string[] below = IsCase(folder) ? [] : [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)];
        string[] own = IsCase(folder) ? [folder] : [.. below.Where(IsCase)];
        foreach (string half in below.Except(own)
            .Where(half => own.Length > 0 && (File.Exists(Path.Combine(half, Image)) || Directory.Exists(Path.Combine(half, Masks)))))
            note($"{half}: left out: {(File.Exists(Path.Combine(half, Image)) ? $"no mask in {Masks}" : $"{Masks} without {Image}")}.");
        return [.. own.Select(at => new MaskCase(Path.Combine(at, Image), MasksOf(at)))];
    }

    public override (Volume Image, byte[] Labels, OrganBits Annotated) Read(RegionMapping mapping, CaseNotes notes)
    {
        (Volume volume, NiftiSource source) = NiftiReader.ReadVolume(image);
        foreach (string warning in source.Warnings)
            notes.Add(warning, image);
        var painter = new LabelPainter(volume.Geometry, mapping);
        foreach (string path in masks.Where(path => mapping[Region(path)] >= 0))
        {
            (LabelMap mask, NiftiSource file) = NiftiReader.ReadLabels(path);
            string organ = mapping.Organs.Names[mapping[Region(path)]];
            foreach (string warning in file.Warnings)
                notes.Add($"{organ}: {CaseNotes.WithoutPath(warning, file.Header.Path)}");
            LabelMaps.CheckGrid(path, mask.Geometry, image, volume.Geometry);
            TellValues(organ, mask, notes);
            painter.Add(Region(path), mask.Voxels);
        }

        painter.Finish(notes);
        return (volume, painter.Voxels, painter.Annotated);
    }

    /// <summary>A mask is 0 outside and one number inside; a map of several organs looks like one, and would be all of the organ.</summary>
    private static void TellValues(string organ, LabelMap mask, CaseNotes notes)
    {
        var counts = new long[256];
        foreach (byte value in mask.Voxels)
            counts[value]++;
        int[] inside = [.. Enumerable.Range(1, 255).Where(value => counts[value] > 0)];
        if (inside.Length > 1)
        {
            notes.Add($"{organ}: its mask holds {inside.Length} values "
                + $"({string.Join(", ", inside.Take(5))}{(inside.Length > 5 ? ", ..." : "")}); "
                + "all of them are taken for the organ. Is it a label map of several?");
        }
    }

    private static bool IsCase(string folder) => File.Exists(Path.Combine(folder, Image)) && MasksOf(folder).Length > 0;

    private static string[] MasksOf(string folder) => Path.Combine(folder, Masks) is var masks && Directory.Exists(masks)
        ? [.. Directory.GetFiles(masks, "*" + Ending).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)]
        : [];

    private static SourceRegion Region(string mask) => new(Path.GetFileName(mask)[..^Ending.Length]);
}
