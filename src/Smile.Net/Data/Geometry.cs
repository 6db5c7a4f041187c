namespace Smile.Net.Data;

/// <summary>
/// Where a volume's voxels lie in the patient: sizes in voxels, and the affine from voxel index (x, y, z) to
/// millimetres in the RAS+ frame (x to the patient's right, y anterior, z superior; NIfTI-1, section 3).
/// </summary>
/// <param name="Depth">Slices, along z.</param>
/// <param name="Height">Rows, along y.</param>
/// <param name="Width">Columns, along x.</param>
/// <param name="Affine">Row-major 3 x 4: millimetres = Affine * (x, y, z, 1).</param>
public sealed record Geometry(int Depth, int Height, int Width, double[] Affine)
{
    /// <summary>Voxels in the volume.</summary>
    public long Voxels => (long)Depth * Height * Width;

    /// <summary>Voxel spacing in millimetres along (z, y, x): the lengths of the affine's columns.</summary>
    public (double Z, double Y, double X) Spacing => (Column(2), Column(1), Column(0));

    /// <summary>An axis-aligned geometry with the given spacing in millimetres and its origin at 0.</summary>
    public static Geometry Regular(int depth, int height, int width, double dz, double dy, double dx) =>
        new(depth, height, width, [dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, dz, 0]);

    /// <summary>True where sizes are equal and no affine entry differs by more than <paramref name="tolerance"/> (mm).</summary>
    public bool Matches(Geometry other, double tolerance = 1e-3)
    {
        if (Depth != other.Depth || Height != other.Height || Width != other.Width)
            return false;
        for (int i = 0; i < 12; i++)
            if (!(Math.Abs(Affine[i] - other.Affine[i]) <= tolerance))
                return false;
        return true;
    }

    private double Column(int c) =>
        Math.Sqrt(Affine[c] * Affine[c] + Affine[4 + c] * Affine[4 + c] + Affine[8 + c] * Affine[8 + c]);
}
