using Smile.Net.Data;

namespace Smile.Net.Store;

/// <summary>
/// Packs a data set into a folder: a file a case as it is and, where a spacing is asked for, one as it is trained on in it; the manifest
/// last. What an interrupted or earlier packing left whole is kept.
/// </summary>
/// <param name="dataset">The data set.</param>
/// <param name="folders">Its folders.</param>
/// <param name="folder">The store's.</param>
/// <param name="spacing">mm that training cases are also brought to; null: none.</param>
public sealed class StorePacker(Dataset dataset, IReadOnlyList<string> folders, string folder, PlaneSpacing? spacing)
{
    private const string CasesFolder = "cases", ResampledFolder = "resampled";

    // Beside a dataset.json, what says which cases there are and what is known of them.
    private static readonly string[] _beside = [DatasetJson.FileName, AnnotationFile.FileName, GroupFile.FileName, Splits.FileName];

    private readonly CasePacker _packer = new(dataset);
    private readonly List<StoredCase> _cases = [];

    /// <summary>Files of the cases.</summary>
    public int Files => _cases.Sum(each => each.Resampled is null ? 1 : 2);

    /// <summary>Files that were made; the others were there.</summary>
    public int Packed => _packer.Packed;

    /// <summary>Of the cases that are in it.</summary>
    public IReadOnlySet<string> Ids => _cases.Select(each => each.Id).ToHashSet(StringComparer.Ordinal);

    /// <summary>Bytes of all files.</summary>
    public long Bytes => _cases.Sum(each => each.File.Bytes + (each.Resampled?.Bytes ?? 0));

    /// <summary>Bytes that the voxels of all images take in memory.</summary>
    public long ImageBytes { get; private set; }

    /// <summary>Makes the folder, or takes it as an earlier packing left it.</summary>
    /// <exception cref="ConfigException">Something else is in it.</exception>
    /// <exception cref="DataException">It cannot be made.</exception>
    public void Begin()
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !PackedStore.IsStore(folder)
            && !Directory.Exists(Path.Combine(folder, CasesFolder)))
            throw new ConfigException($"{folder}: holds something that is no store. Name a new folder.");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, CasesFolder));
            if (spacing is not null)
                Directory.CreateDirectory(Path.Combine(folder, ResampledFolder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be made: {e.Message} Name another folder.", e);
        }
    }

    /// <summary>Packs a case that has a label map.</summary>
    /// <param name="source">The case.</param>
    /// <param name="training">A training case; else a test case, which stays as it is.</param>
    /// <exception cref="DataException">It cannot be read, or not be written.</exception>
    public void Add(Case source, bool training)
    {
        using PackedCase own = _packer.PackFile(Path.Combine(folder, NameOf(CasesFolder, source.Id)), source, spacing: null);
        StoredFile? resampled = null;
        if (training && PlaneGrid.To(source.Id, own.Geometry, spacing) is not null)
        {
            string name = NameOf(ResampledFolder, source.Id);
            using PackedCase other = _packer.PackFile(Path.Combine(folder, name), source, spacing);
            resampled = other.Stored with { Name = name };
            ImageBytes += other.Geometry.Voxels * (other.IsWhole ? sizeof(short) : sizeof(float));
        }

        ImageBytes += own.Geometry.Voxels * (own.IsWhole ? sizeof(short) : sizeof(float));
        (double z, double y, double x) = own.Geometry.Spacing;
        _cases.Add(new StoredCase
        {
            Id = source.Id,
            Group = source.Group,
            Training = training,
            Annotated = [.. dataset.Organs.NamesOf(source.Annotated)],
            Size = [own.Geometry.Depth, own.Geometry.Height, own.Geometry.Width],
            Affine = own.Geometry.Affine,
            Spacing = [z, y, x],
            ContentHash = own.Header.ContentHash,
            Doubts = own.Header.Doubts,
            File = own.Stored with { Name = NameOf(CasesFolder, source.Id) },
            Resampled = resampled,
        });
    }

    /// <summary>Writes the manifest, and deletes files of cases that are none any more.</summary>
    /// <param name="splits">The data set's divisions into what is trained on and what is held out; none where it has none.</param>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void Complete(IReadOnlyList<Split> splits)
    {
        string divisions = Path.Combine(folder, Splits.FileName);
        try
        {
            if (splits.Count > 0)
                Splits.Write(divisions, splits);
            else
                File.Delete(divisions);
            var named = _cases.SelectMany(each => new[] { each.File, each.Resampled }).OfType<StoredFile>()
                .Select(file => Path.Combine(folder, file.Name)).ToHashSet(StringComparer.Ordinal);
            foreach (string part in new[] { CasesFolder, ResampledFolder }.Select(part => Path.Combine(folder, part)))
                foreach (string file in Directory.Exists(part) ? Directory.GetFiles(part) : [])
                    if (!named.Contains(file))
                        File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: what is no part of the store cannot be deleted: {e.Message}", e);
        }

        string[] full = [.. folders.Select(Path.GetFullPath)];
        new StoreManifest
        {
            SmileStore = PackedFormat.Version,
            Smile = SmileVersion.Text,
            Organs = dataset.Organs.Names,
            Spacing = spacing?.ToString(),
            Folders = full,
            Sources = SourceFiles.Read(full.SelectMany(each => _beside.Select(name => Path.Combine(each, name))).Where(File.Exists)),
            Cases = _cases,
        }.Write(folder);
    }

    private static string NameOf(string part, string id) => $"{part}/{id}{CasePacker.Ending}";
}
