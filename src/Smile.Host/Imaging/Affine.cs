namespace Smile.Host.Imaging;

/// <summary>
/// Arithmetic on the row-major 3 x 4 affines of <see cref="Smile.Net.Data.Geometry"/>: columns 0 .. 2 are the axes in mm a voxel,
/// column 3 the origin.
/// </summary>
internal static class Affine
{
    /// <summary>Axes whose cosine is below this count as perpendicular: float32 headers round to about 1e-7, text to 1e-5.</summary>
    public const double ShearTolerance = 1e-4;

    /// <summary>The length of axis <paramref name="c"/>, in mm a voxel.</summary>
    public static double Length(double[] affine, int c) =>
        Math.Sqrt(affine[c] * affine[c] + affine[4 + c] * affine[4 + c] + affine[8 + c] * affine[8 + c]);

    /// <summary>How far apart two affines place a corner of a volume, at the most, in mm.</summary>
    /// <param name="a">Row-major 3 x 4.</param>
    /// <param name="b">The other.</param>
    /// <param name="sizes">Voxels along the axes.</param>
    public static double CornerDistance(double[] a, double[] b, int[] sizes)
    {
        double most = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            double square = 0;
            for (int row = 0; row < 12; row += 4)
            {
                double apart = a[row + 3] - b[row + 3];
                for (int c = 0; c < 3; c++)
                    apart += (a[row + c] - b[row + c]) * ((corner >> c & 1) * (sizes[c] - 1));
                square += apart * apart;
            }

            most = Math.Max(most, Math.Sqrt(square));
        }

        return most;
    }

    /// <summary>The axes as unit vectors: row-major 3 x 3.</summary>
    public static double[] Directions(double[] affine)
    {
        var directions = new double[9];
        for (int c = 0; c < 3; c++)
        {
            double length = Length(affine, c);
            for (int r = 0; r < 3; r++)
                directions[3 * r + c] = affine[4 * r + c] / length;
        }

        return directions;
    }

    /// <summary>The largest cosine between two axes: 0 where they are perpendicular.</summary>
    public static double Shear(double[] directions)
    {
        double Cosine(int a, int b) =>
            Math.Abs(directions[a] * directions[b] + directions[3 + a] * directions[3 + b] + directions[6 + a] * directions[6 + b]);
        return Math.Max(Cosine(0, 1), Math.Max(Cosine(0, 2), Cosine(1, 2)));
    }

    /// <summary>The determinant of a row-major 3 x 3 matrix.</summary>
    public static double Determinant(double[] m) =>
        m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);

    /// <summary>
    /// The nearest matrix with perpendicular unit columns: the orthogonal polar factor, by Newton's iteration
    /// X &lt;- (X + X^-T) / 2 (Higham 1986). Four steps from an error of 1e-4 reach the last bit.
    /// </summary>
    public static double[] Orthonormal(double[] directions)
    {
        double[] x = directions;
        for (int step = 0; step < 4; step++)
        {
            double determinant = Determinant(x);
            double[] cofactors =
            [
                x[4] * x[8] - x[5] * x[7], x[5] * x[6] - x[3] * x[8], x[3] * x[7] - x[4] * x[6],
                x[2] * x[7] - x[1] * x[8], x[0] * x[8] - x[2] * x[6], x[1] * x[6] - x[0] * x[7],
                x[1] * x[5] - x[2] * x[4], x[2] * x[3] - x[0] * x[5], x[0] * x[4] - x[1] * x[3],
            ];
            var next = new double[9];
            for (int i = 0; i < 9; i++)
                next[i] = (x[i] + cofactors[i] / determinant) / 2;
            x = next;
        }

        return x;
    }
}
