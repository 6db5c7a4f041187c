using System.Text.Json.Nodes;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Relabel;

namespace Smile.Host.Cases;

/// <summary>Label maps as Smile writes them: 0 background, k + 1 organ k, on the grid and in the axis order of the image's file.</summary>
internal static class LabelFiles
{
    /// <summary>The file beside the maps that names the labels, in the form of nnU-Net's dataset.json.</summary>
    public const string NamesFile = "labels.json";

    /// <summary>The file that names the labels of one label map, beside it.</summary>
    public static string NamesFileOf(string labels) => Path.Combine(Path.GetDirectoryName(labels) ?? "", Stem(labels) + "." + NamesFile);

    /// <summary>
    /// The names that lie beside a label map or a folder of them: NAME.labels.json, labels.json, dataset.json, or dataset.json one
    /// folder up.
    /// </summary>
    /// <exception cref="DataException">The file that lies there cannot be read.</exception>
    public static LabelNames? NamesBeside(string path)
    {
        string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] places =
        [
            NamesFileOf(path), Path.Combine(folder, NamesFile), Path.Combine(folder, DatasetJson.FileName),
            Path.Combine(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? folder, DatasetJson.FileName),
        ];
        return places.FirstOrDefault(File.Exists) is { } found ? LabelNames.Read(found) : null;
    }

    /// <summary>Writes the names of the labels.</summary>
    public static void WriteNames(string path, IReadOnlyList<string> organs)
    {
        var labels = new JsonObject { ["background"] = 0 };
        for (int k = 0; k < organs.Count; k++)
            labels[organs[k]] = k + 1;
        IndentedJson.Write(path, new JsonObject { ["labels"] = labels });
    }

    /// <summary>The names of the organs' own files: what a file name cannot hold everywhere becomes an underscore.</summary>
    /// <exception cref="DataException">Two organs would have the same file.</exception>
    public static string[] OrganFiles(IReadOnlyList<string> organs)
    {
        string[] files = [.. organs
            .Select(organ => string.Concat(organ.Select(c => char.IsLetterOrDigit(c) || c is '-' or '.' ? c : '_')) + ".nii.gz")];
        var same = organs.Zip(files).GroupBy(pair => pair.Second, pair => pair.First, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1);
        return same is null
            ? files
            : throw new DataException($"organs {string.Join(" and ", same.Select(organ => $"'{organ}'"))} would both be written to "
                + $"{same.Key}. Write one label map for all (--format nifti), without --probabilities.");
    }

    /// <summary>Makes a folder for results.</summary>
    /// <exception cref="DataException">It cannot be made.</exception>
    public static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be made: {e.Message} Name another folder.", e);
        }
    }

    /// <summary>A file's name without folder and the ending of NIfTI or DICOM.</summary>
    public static string Stem(string path)
    {
        string name = Path.GetFileName(path);
        foreach (string ending in Endings.Append(".dcm"))
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return name[..^ending.Length];
        return name;
    }

    /// <summary>The volumes in a folder, by name.</summary>
    /// <exception cref="DataException">There is no such folder, or no volume in it.</exception>
    public static IReadOnlyList<string> Volumes(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DataException($"{folder}: no such file or folder. Name a volume, or a folder with volumes.");
        var files = Directory.EnumerateFiles(folder).Where(IsVolume).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new DataException($"{folder}: holds no volume ({string.Join(", ", Endings)}). Name a file, "
            + "or a folder with volumes.");
    }

    /// <summary>True where a folder holds a NIfTI volume.</summary>
    public static bool HasVolume(string folder) => Directory.EnumerateFiles(folder).Any(IsVolume);

    /// <summary>The endings of NIfTI volumes.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".nii.gz", ".nii", ".hdr"];

    /// <summary>True for the name of a NIfTI volume; hidden files are none.</summary>
    public static bool IsVolume(string file) =>
        !Path.GetFileName(file).StartsWith('.') && Endings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}

/// <summary>
/// Writes the label maps of SMILEr's rounds beside the run, each like the image it belongs to. Where a case is trained on in another
/// spacing, the new labels are brought to the image's grid and laid under its own annotation, which is as the file has it.
/// </summary>
/// <param name="dataset">The run's: its training cases, its organs in label order.</param>
internal sealed class RoundWriter(Dataset dataset) : IRoundWriter
{
    private readonly Dictionary<string, Case> _cases = dataset.Training.ToDictionary(c => c.Id, StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Write(string folder, CaseData data, byte[] labels)
    {
        string names = Path.Combine(folder, LabelFiles.NamesFile);
        if (!File.Exists(names))
            LabelFiles.WriteNames(names, dataset.Organs.Names);
        Case source = _cases[data.Id];
        // A store keeps the grid of an image, and nothing else of its header.
        NiftiSource? image = dataset.IsStored(source, spacing: null) ? null : NiftiReader.ReadHeader(source.ImagePath);
        var map = new LabelMap(data.Geometry, labels);
        if (PlaneGrid.Between(data.Geometry, image?.Geometry ?? dataset.Grid(source, new NiftiVolumeReader())) is { } grid)
            map = UnderAnnotation(source, data.Annotated, grid.Map(data.Id, map).Voxels);
        NiftiWriter.Write(Path.Combine(folder, data.Id + ".nii.gz"), map, image);
    }

    private LabelMap UnderAnnotation(Case source, OrganBits annotated, byte[] found)
    {
        LabelMap own = dataset.IsStored(source, spacing: null) && dataset.Load(source) is { } stored
            ? new LabelMap(stored.Geometry, stored.Labels.ToArray())
            : LabelMaps.Read(source.LabelPath!, source.Mapping, new NiftiVolumeReader());
        for (int v = 0; v < found.Length; v++)
        {
            byte visible = AmbiguityMap.Visible(own.Voxels[v], annotated);
            // What is found is new where the organ was not annotated; else it is the annotation, which the file has better.
            bool isNew = AmbiguityMap.Visible(found[v], annotated) == Labels.Background;
            own.Voxels[v] = visible == Labels.Background && isNew ? found[v] : visible;
        }

        return own;
    }
}
