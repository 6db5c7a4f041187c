using Smile.Host.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>
/// Puts masks into one label map. A voxel that two organs claim becomes <see cref="Labels.Ignore"/>: one label a voxel cannot
/// hold both, and taking either would teach that it is not the other. A voxel that may be an organ's is ignored too, unless it is
/// another's.
/// </summary>
internal sealed class LabelPainter(Geometry geometry, RegionMapping mapping)
{
    /// <summary>
    /// While painting goes on, a voxel that may be organ k's holds this plus k, one that may be several organs' the last.
    /// </summary>
    private const byte Doubtful = 128, DoubtOfSeveral = Labels.Ignore - 1;

    private readonly long[] _overlap = new long[mapping.Organs.Count];
    private OrganBits _annotated;
    private bool _doubts;

    /// <summary>Labels in memory, (z, y, x).</summary>
    public byte[] Voxels { get; } = new byte[geometry.Voxels];

    /// <summary>The organs of which a region was added that somebody has judged, as bits.</summary>
    public OrganBits Annotated => _annotated;

    /// <summary>Adds a mask: its voxels other than 0.</summary>
    public void Add(SourceRegion region, byte[] mask)
    {
        int organ = mapping[region];
        if (organ < 0)
            return;
        _annotated |= OrganBits.Of(organ);
        byte label = Labels.Of(organ);
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] != 0)
                Paint(i, label, organ);
        }
    }

    /// <summary>Adds a region, what is in doubt included.</summary>
    public void Add(SourceRegion region, RegionMask mask)
    {
        int organ = mapping[region];
        if (organ < 0)
            return;
        _annotated |= mask.IsAnnotated ? OrganBits.Of(organ) : 0;
        (byte label, byte doubt) = (Labels.Of(organ), (byte)(Doubtful + organ));
        byte[] voxels = mask.Voxels;
        for (int i = 0; i < voxels.Length; i++)
        {
            if (voxels[i] == RegionMask.Inside)
            {
                Paint(i, label, organ);
            }
            else if (voxels[i] == RegionMask.Doubt)
            {
                _doubts = true;
                if (Voxels[i] == Labels.Background)
                    Voxels[i] = doubt;
                else if (IsDoubt(Voxels[i]) && Voxels[i] != doubt)
                    Voxels[i] = DoubtOfSeveral;
            }
        }
    }

    /// <summary>
    /// Ends the painting: what may be an annotated organ's is ignored; what may be that of an organ that is not annotated is background,
    /// which says nothing of it. Tells how much, and where organs overlapped.
    /// </summary>
    public void Finish(CaseNotes notes)
    {
        var doubtful = new long[byte.MaxValue];
        for (int i = 0; _doubts && i < Voxels.Length; i++)
        {
            byte doubt = Voxels[i];
            if (!IsDoubt(doubt))
                continue;
            bool counts = doubt == DoubtOfSeveral || _annotated.Has(doubt - Doubtful);
            doubtful[doubt] += counts ? 1 : 0;
            Voxels[i] = counts ? Labels.Ignore : Labels.Background;
        }

        for (int doubt = Doubtful; doubt < doubtful.Length; doubt++)
        {
            if (doubtful[doubt] > 0)
                notes.Add($"{NameOf(doubt)}: {Words.Count(doubtful[doubt], "voxel", "voxels")} in doubt, set to ignore.");
        }

        for (int organ = 0; organ < _overlap.Length; organ++)
        {
            if (_overlap[organ] > 0)
                notes.Add($"{mapping.Organs.Names[organ]}: "
                    + $"{Words.Count(_overlap[organ], "voxel", "voxels")} that another organ claims too, set to ignore.");
        }
    }

    private static bool IsDoubt(byte voxel) => voxel is >= Doubtful and < Labels.Ignore;

    private string NameOf(int doubt) => doubt == DoubtOfSeveral ? "several organs" : mapping.Organs.Names[doubt - Doubtful];

    private void Paint(int voxel, byte label, int organ)
    {
        byte there = Voxels[voxel];
        if (there == label)
            return;
        if (there == Labels.Background || IsDoubt(there))
        {
            Voxels[voxel] = label;
            return;
        }

        Voxels[voxel] = Labels.Ignore;
        _overlap[organ]++;
    }
}
