namespace Smile.Net.Data;

/// <summary>Reads label maps, of a data set or predicted, into labels in memory.</summary>
public static class LabelMaps
{
    /// <summary>Reads a label map and turns its integers into labels (<see cref="Labels"/>).</summary>
    /// <exception cref="DataException">
    /// The file cannot be read, or a value is not declared; file, value and first voxel (z, y, x) are named.
    /// </exception>
    public static LabelMap Read(string path, LabelMapping mapping, IVolumeReader reader)
    {
        LabelMap labels = reader.ReadLabels(path);
        foreach (string fault in VoxelFaults.Of(path, labels, mapping))
            throw new DataException(fault);
        mapping.ToLabels(labels.Voxels);
        return labels;
    }

    /// <summary>Refuses a label map that is not on the grid of its image, or of the map that it is compared with.</summary>
    /// <exception cref="DataException">Sizes differ, or the grids place a corner more than a tenth of a voxel apart.</exception>
    public static void CheckGrid(string path, Geometry grid, string otherPath, Geometry other)
    {
        if (VoxelFaults.OfGrid(path, grid, otherPath, other) is { } fault)
            throw new DataException(fault);
    }
}
