namespace Smile.Net.Data;

/// <summary>
/// One slice of a batch: output pixel (y, x) shows voxel (Z, y + Top, x + Left), mirrored in the output where Flip, unless a map changes
/// the plane.
/// </summary>
internal readonly record struct SliceDraw(int Case, int Z, int Top, int Left, float Gain, float Offset, bool Flip);
