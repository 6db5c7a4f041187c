using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>
/// Puts masks into one label map. A voxel that two organs claim becomes <see cref="Labels.Ignore"/>: one label a voxel cannot
/// hold both, and taking either would teach that it is not the other.
/// </summary>
internal sealed class LabelPainter(Geometry geometry, RegionMapping mapping)
{
    private readonly long[] _overlap = new long[mapping.Organs.Count];

    /// <summary>Labels in memory, (z, y, x).</summary>
    public byte[] Voxels { get; } = new byte[geometry.Voxels];

    /// <summary>Adds a mask: its voxels other than 0.</summary>
    public void Add(SourceRegion region, byte[] mask)
    {
        int organ = mapping[region];
        if (organ < 0)
            return;
        byte label = Labels.Of(organ);
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] == 0 || Voxels[i] == label)
                continue;
            if (Voxels[i] == Labels.Background)
            {
                Voxels[i] = label;
                continue;
            }

            Voxels[i] = Labels.Ignore;
            _overlap[organ]++;
        }
    }

    /// <summary>Tells where organs overlapped.</summary>
    public void Report(CaseNotes notes)
    {
        for (int organ = 0; organ < _overlap.Length; organ++)
        {
            if (_overlap[organ] > 0)
                notes.Add($"{mapping.Organs.Names[organ]}: {_overlap[organ]} voxels that another organ claims too; they are set to ignore.");
        }
    }
}
