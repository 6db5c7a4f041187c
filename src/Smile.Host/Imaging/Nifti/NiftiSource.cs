using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// What a file says about its voxels, without the voxels. A label map found on <see cref="Geometry"/> is written back through
/// it on the file's own grid.
/// </summary>
/// <param name="Header">The file's header.</param>
/// <param name="DataPath">The file with the voxels: the .img of a pair, else the file itself.</param>
/// <param name="Order">How the file's axes lie.</param>
/// <param name="Geometry">The grid in the orientation closest to RAS+.</param>
/// <param name="Warnings">What is odd in the header and did not stop the reading; a line each.</param>
internal sealed record NiftiSource(
    NiftiHeader Header, string DataPath, AxisOrder Order, Geometry Geometry, IReadOnlyList<string> Warnings);
