namespace Smile.Net.Data;

/// <summary>
/// Reads images and label maps of one file format. Every volume comes in the orientation closest to RAS+, so an image and
/// its label map agree voxel for voxel whatever the axis order of their files.
/// </summary>
public interface IVolumeReader
{
    /// <summary>Reads an image, (z, y, x), in Hounsfield units.</summary>
    /// <exception cref="DataException">The file is damaged, unsupported or absent; the message names what and where.</exception>
    Volume ReadVolume(string path);

    /// <summary>Reads a label map, (z, y, x); every voxel is a whole number 0 .. 255.</summary>
    /// <exception cref="DataException">As for <see cref="ReadVolume"/>, and where a voxel is no such number.</exception>
    LabelMap ReadLabels(string path);

    /// <summary>Reads where the voxels lie and nothing else: quick, for checks over a whole data set.</summary>
    /// <exception cref="DataException">As for <see cref="ReadVolume"/>.</exception>
    Geometry ReadGeometry(string path);
}
