using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

/// <summary>A reader whose files exist by name on the disk while their voxels are in memory.</summary>
internal sealed class MemoryReader : IVolumeReader
{
    private readonly Dictionary<string, Volume> _volumes = [];
    private readonly Dictionary<string, LabelMap> _labels = [];

    public void Add(string path, Volume volume) => _volumes[Touch(path)] = volume;

    public void Add(string path, LabelMap labels) => _labels[Touch(path)] = labels;

    public Volume ReadVolume(string path) =>
        _volumes.TryGetValue(path, out Volume? volume) ? volume : throw Damaged(path);

    // A copy, as from a file: loading maps the integers in place.
    public LabelMap ReadLabels(string path) =>
        _labels.TryGetValue(path, out LabelMap? labels) ? new(labels.Geometry, [.. labels.Voxels]) : throw Damaged(path);

    public Geometry ReadGeometry(string path) =>
        _volumes.TryGetValue(path, out Volume? volume) ? volume.Geometry : ReadLabels(path).Geometry;

    private static DataException Damaged(string path) => new($"{path}: damaged. Copy it again.");

    private static string Touch(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }
}
