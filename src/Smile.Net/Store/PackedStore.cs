using System.Collections.Concurrent;
using Smile.Net.Data;

namespace Smile.Net.Store;

/// <summary>
/// A store (<see cref="StorePacker"/>), opened as a data set: labels come into memory with a case, slices when they are asked for.
/// </summary>
public sealed class PackedStore : IStoredCases
{
    private readonly string _folder;
    private readonly StoreManifest _manifest;
    private readonly OrganSet _organs;
    private readonly PlaneSpacing? _spacing;
    private readonly Dictionary<string, StoredCase> _cases;
    private readonly ConcurrentDictionary<string, PackedCase> _open = new(StringComparer.Ordinal);
    private readonly List<string> _changes = [];

    private PackedStore(string folder, StoreManifest manifest)
    {
        string path = Path.Combine(folder, StoreManifest.FileName);
        (_folder, _manifest, _organs) = (folder, manifest, new OrganSet(manifest.Organs));
        if (manifest.Spacing is { } text)
        {
            _spacing = PlaneSpacing.TryParse(text, out PlaneSpacing spacing) && spacing is { Y: > 0, X: > 0 } ? spacing
                : throw new DataException($"{path}: the spacing is '{text}'. {PackedFormat.Remedy}");
        }

        _cases = new Dictionary<string, StoredCase>(StringComparer.Ordinal);
        foreach (StoredCase each in manifest.Cases)
        {
            bool sound = each.Size.Count == 3 && each.Affine.Count == 12 && each.Size.All(size => size > 0)
                && each.Annotated.All(name => _organs.IndexOf(name) >= 0) && _cases.TryAdd(each.Id, each);
            if (!sound)
                throw new DataException($"{path}: the case '{each.Id}' is there twice, or its sizes or organs cannot be. "
                    + PackedFormat.Remedy);
            foreach (StoredFile file in new[] { each.File, each.Resampled }.OfType<StoredFile>())
                Demand(file);
        }

        if (SourceFiles.Changed(manifest.Sources) is { } changed)
            _changes.Add($"{changed}: was changed after it was packed; the store in {folder} does not know. {PackedFormat.Remedy}");
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Changes => _changes;

    /// <summary>Whether a folder is a store.</summary>
    public static bool IsStore(string folder) => File.Exists(Path.Combine(folder, StoreManifest.FileName));

    /// <summary>Opens a store: reads its manifest and looks whether all files are there. Cases are read when they are loaded.</summary>
    /// <exception cref="DataException">
    /// The manifest cannot be read or is of another version, or a file is missing or has another length.
    /// </exception>
    public static Dataset Open(string folder)
    {
        var store = new PackedStore(folder, StoreManifest.Read(folder));
        LabelMapping mapping = LabelMapping.Identity(store._organs.Count);
        Case[] Of(bool training) =>
        [
            .. store._manifest.Cases.Where(each => each.Training == training).Select(each =>
            {
                string path = Path.Combine(folder, each.File.Name);
                return new Case(each.Id, path, path, store._organs.BitsOf(each.Annotated), mapping)
                {
                    Folder = folder,
                    Group = each.Group,
                };
            }),
        ];
        return Dataset.Of(store._organs, Of(training: true), Of(training: false), store);
    }

    /// <inheritdoc/>
    public Geometry Grid(string id)
    {
        StoredCase each = _cases[id];
        return new Geometry(each.Size[0], each.Size[1], each.Size[2], [.. each.Affine]);
    }

    /// <inheritdoc/>
    public bool Has(string id, PlaneSpacing? spacing) =>
        spacing is not { } wanted || wanted.IsOf(Grid(id)) || Resampled(id, wanted) is not null;

    /// <inheritdoc/>
    public CaseData Load(string id, PlaneSpacing? spacing)
    {
        StoredCase each = _cases[id];
        StoredFile file = spacing is { } wanted && !wanted.IsOf(Grid(id)) && Resampled(id, wanted) is { } resampled ? resampled : each.File;
        return _open.GetOrAdd(file.Name, _ => Open(each, file)).ToCase(_organs.BitsOf(each.Annotated), each.Group);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Doubts(string id) => _cases[id].Doubts;

    private StoredFile? Resampled(string id, PlaneSpacing wanted) => _spacing == wanted ? _cases[id].Resampled : null;

    /// <summary>The file must be the one that the manifest was written with.</summary>
    private PackedCase Open(StoredCase each, StoredFile file)
    {
        string path = Path.Combine(_folder, file.Name);
        PackedCase packed = PackedCase.Open(path);
        PackedHeader header = packed.Header;
        if (header.Id != each.Id || packed.Stored.Index != file.Index || packed.Stored.Bytes != file.Bytes
            || !header.Organs.SequenceEqual(_organs.Names))
        {
            packed.Dispose();
            throw new DataException($"{path}: is not the file that {StoreManifest.FileName} was written with: it holds "
                + $"{(header.Id == each.Id ? "another state of this case" : $"the case '{header.Id}'")}. {PackedFormat.Remedy}");
        }

        if (SourceFiles.Changed(header.Sources) is { } changed)
            _changes.Add($"{changed}: was changed after it was packed; {path} holds what it was. {PackedFormat.Remedy}");
        return packed;
    }

    private void Demand(StoredFile file)
    {
        string path = Path.Combine(_folder, file.Name);
        if (Path.IsPathRooted(file.Name) || file.Name.Split('/', '\\').Contains(".."))
            throw new DataException($"{Path.Combine(_folder, StoreManifest.FileName)}: the file '{file.Name}' is not below the store. "
                + PackedFormat.Remedy);
        var there = new FileInfo(path);
        if (!there.Exists)
            throw new DataException($"{path}: is missing. {PackedFormat.Remedy}");
        if (there.Length != file.Bytes)
            throw new DataException($"{path}: has {there.Length} bytes, and had {file.Bytes} when it was packed: it is torn, or another "
                + $"file. {PackedFormat.Remedy}");
    }
}
