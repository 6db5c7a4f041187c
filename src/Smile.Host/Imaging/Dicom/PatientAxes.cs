namespace Smile.Host.Imaging.Dicom;

/// <summary>Arithmetic on image planes in DICOM's patient frame: mm, x to the left, y to the back, z up (LPS).</summary>
internal static class PatientAxes
{
    /// <summary>Direction cosines are written with six digits and more; some scanners round them to three.</summary>
    private const double Rounding = 2e-3;

    /// <summary>True for two perpendicular vectors of length 1: Image Orientation (Patient).</summary>
    public static bool ArePerpendicularUnits(ReadOnlySpan<double> orientation)
    {
        ReadOnlySpan<double> row = orientation[..3], column = orientation[3..6];
        return Math.Abs(Dot(row, row) - 1) < Rounding && Math.Abs(Dot(column, column) - 1) < Rounding
            && Math.Abs(Dot(row, column)) < Rounding;
    }

    /// <summary>The unit vector that the rows and columns of an orientation are perpendicular to.</summary>
    public static double[] Normal(ReadOnlySpan<double> orientation)
    {
        ReadOnlySpan<double> r = orientation[..3], c = orientation[3..6];
        double[] normal = [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]];
        double length = Math.Sqrt(Dot(normal, normal));
        return [normal[0] / length, normal[1] / length, normal[2] / length];
    }

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

    /// <summary>
    /// The affine, in RAS+, from voxel (column, row, slice) of a stack: x and y change sign from LPS.
    /// </summary>
    /// <param name="position">Of the first slice's first pixel.</param>
    /// <param name="orientation">Row, then column direction.</param>
    /// <param name="spacing">From row to row, then from column to column.</param>
    /// <param name="step">From slice to slice, a vector.</param>
    public static double[] ToRas(double[] position, double[] orientation, double[] spacing, double[] step)
    {
        var affine = new double[12];
        for (int r = 0; r < 3; r++)
        {
            int sign = r < 2 ? -1 : 1;
            affine[4 * r] = sign * orientation[r] * spacing[1];
            affine[4 * r + 1] = sign * orientation[3 + r] * spacing[0];
            affine[4 * r + 2] = sign * step[r];
            affine[4 * r + 3] = sign * position[r];
        }

        return affine;
    }
}
