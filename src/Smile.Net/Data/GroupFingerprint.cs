namespace Smile.Net.Data;

/// <summary>What the images of a group of cases are like: sizes, spacings, Hounsfield units.</summary>
/// <param name="name">The group's, for people.</param>
/// <param name="isTraining">Whether they are trained on.</param>
public sealed class GroupFingerprint(string name, bool isTraining)
{
    private readonly List<(string Id, Geometry Grid)> _cases = [];

    public string Name => name;

    public bool IsTraining => isTraining;

    /// <summary>The cases whose images could be read, with their grids.</summary>
    public IReadOnlyList<(string Id, Geometry Grid)> Cases => _cases;

    /// <summary>The numbers of all their voxels together.</summary>
    public HounsfieldProfile Hounsfield { get; } = new(slices: 0);

    /// <summary>Adds a case.</summary>
    public void Add(string id, Geometry grid, HounsfieldProfile hounsfield)
    {
        _cases.Add((id, grid));
        Hounsfield.Add(hounsfield);
    }
}
