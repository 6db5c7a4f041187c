using System.Globalization;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// The affine of a NIfTI header: sform where its code is positive, else qform, else the voxel sizes alone (nifti1.h,
/// "methods" 3, 2 and 1). Row-major 3 x 4, millimetres, from file index (i, j, k) to RAS+.
/// </summary>
internal static class NiftiAffine
{
    /// <summary>
    /// A cosine between axes that is no shear: what a series of slices is taken with (0.0035 beside the normal, 0.002 between rows and
    /// columns: direction cosines of three digits), and a rest.
    /// </summary>
    private const double Skew = 0.006;

    /// <summary>Reads the affine; one whose axes are not perpendicular adds a line to <paramref name="warnings"/>.</summary>
    /// <exception cref="DataException">A number of it is not finite, or its axes do not span space.</exception>
    public static double[] Read(NiftiHeader header, List<string> warnings)
    {
        var layout = header.Layout;
        (double[] affine, NiftiField field) =
            header[layout.SformCode] > 0 ? (Sform(header), layout.Srow)
            : header[layout.QformCode] > 0 ? (Qform(header), layout.Quaternion)
            : (Sizes(header), layout.Pixdim);
        double scale = Millimetres(header, warnings);
        for (int i = 0; i < 12; i++)
            affine[i] *= scale;

        double[] directions = Affine.Directions(affine);
        // A negated comparison: NaN, from an axis of length 0, is refused too.
        if (!(Math.Abs(Affine.Determinant(directions)) > 1e-3))
            throw header.Bad(field, 0, "the three axes do not span space. Correct the header's orientation.");
        if (field == layout.Srow && Disagreement(header, affine, scale) is { } other)
            warnings.Add($"{header.Path}: {field.Element(0)} (offset {field.Offset}): {other}; the sform counts, distances in mm are its.");
        double shear = Affine.Shear(directions);
        if (shear > Affine.ShearTolerance)
        {
            warnings.Add($"{header.Path}: {field.Element(0)} (offset {field.Offset}): axes are not perpendicular (cosine {shear:G3}); "
                + "distances are approximate.");
        }

        return affine;
    }

    /// <summary>
    /// Sets qform and sform alike (code 1, scanner coordinates), with perpendicular axes: where they are so but for what a series of
    /// slices may be off (<see cref="Skew"/>), the nearest ones around the volume's centre. A sheared affine, which a quaternion cannot
    /// hold and ITK does not read, goes to the sform alone.
    /// </summary>
    public static void Write(Geometry geometry, Action<NiftiField, int, double> set)
    {
        var layout = NiftiLayout.Nifti1;
        double[] affine = [.. geometry.Affine];
        double[] directions = Affine.Directions(affine);
        bool sheared = Affine.Shear(directions) > Skew;
        if (!sheared)
        {
            directions = Affine.Orthonormal(directions);
            double[] centre = [(geometry.Width - 1) / 2.0, (geometry.Height - 1) / 2.0, (geometry.Depth - 1) / 2.0];
            for (int r = 0; r < 3; r++)
            {
                for (int c = 0; c < 3; c++)
                    affine[4 * r + 3] += (affine[4 * r + c] - directions[3 * r + c] * Affine.Length(geometry.Affine, c)) * centre[c];
            }
        }

        set(layout.SformCode, 0, 1);
        for (int r = 0; r < 3; r++)
        {
            for (int c = 0; c < 3; c++)
                set(layout.Srow, 4 * r + c, directions[3 * r + c] * Affine.Length(affine, c));
            set(layout.Srow, 4 * r + 3, affine[4 * r + 3]);
        }

        for (int c = 0; c < 3; c++)
            set(layout.Pixdim, 1 + c, Affine.Length(affine, c));
        // pixdim[0] is qfac: the sign of the third axis, since a quaternion holds rotations only.
        double qfac = Affine.Determinant(directions) < 0 ? -1 : 1;
        set(layout.Pixdim, 0, qfac);
        if (sheared)
            return;

        set(layout.QformCode, 0, 1);
        (double b, double c, double d) quaternion = Quaternion(directions, qfac);
        set(layout.Quaternion, 0, quaternion.b);
        set(layout.Quaternion, 1, quaternion.c);
        set(layout.Quaternion, 2, quaternion.d);
        for (int r = 0; r < 3; r++)
            set(layout.Qoffset, r, affine[4 * r + 3]);
    }

    /// <summary>
    /// How the qform, or without one the voxel sizes, say otherwise than the sform where the voxels lie; null where they agree to a tenth
    /// of a voxel.
    /// The sform wins, as in nibabel and dcm2niix; what reads the file by its qform sees another image.
    /// </summary>
    private static string? Disagreement(NiftiHeader header, double[] sform, double scale)
    {
        NiftiLayout layout = header.Layout;
        double[] size = [Affine.Length(sform, 0), Affine.Length(sform, 1), Affine.Length(sform, 2)];
        double[] pixdim = [.. Enumerable.Range(1, 3).Select(axis => Math.Abs(header[layout.Pixdim, axis]) * scale)];
        bool hasQform = header[layout.QformCode] > 0, sizesDiffer = pixdim.Zip(size)
            .Any(pair => !(Math.Abs(pair.First - pair.Second) <= 0.01 * pair.Second));
        string sizes = string.Create(CultureInfo.InvariantCulture,
            $"the sform has voxels of {size[0]:G4} x {size[1]:G4} x {size[2]:G4} mm, pixdim {pixdim[0]:G4} x {pixdim[1]:G4} x "
                + $"{pixdim[2]:G4} mm");
        if (!hasQform)
            return sizesDiffer && pixdim.All(each => each > 0) ? sizes : null;
        double[] qform;
        try
        {
            qform = [.. Qform(header).Select(part => part * scale)];
        }
        catch (DataException)
        {
            return "the qform beside it cannot be read";
        }

        if (sizesDiffer)
            return $"qform and sform disagree: {sizes}";
        if (Math.Sign(Affine.Determinant(Affine.Directions(qform))) != Math.Sign(Affine.Determinant(Affine.Directions(sform))))
            return "qform and sform disagree: one is the mirror image of the other";
        double apart = Affine.CornerDistance(qform, sform, header.Sizes);
        return apart <= 0.1 * size.Min() ? null
            : string.Create(CultureInfo.InvariantCulture, $"qform and sform disagree: they place a corner {apart:G3} mm apart");
    }

    private static double[] Sform(NiftiHeader header)
    {
        var affine = new double[12];
        for (int i = 0; i < 12; i++)
            affine[i] = Finite(header, header.Layout.Srow, i);
        return affine;
    }

    private static double[] Qform(NiftiHeader header)
    {
        var layout = header.Layout;
        double b = Finite(header, layout.Quaternion, 0), c = Finite(header, layout.Quaternion, 1);
        double d = Finite(header, layout.Quaternion, 2);
        double square = b * b + c * c + d * d;
        if (square > 1 + 1e-3)
            throw header.Bad(layout.Quaternion, 0,
                $"b^2 + c^2 + d^2 = {square}, a rotation has at most 1. Correct the header's orientation.");
        if (square > 1)
        {
            double norm = Math.Sqrt(square);
            (b, c, d, square) = (b / norm, c / norm, d / norm, 1);
        }

        double a = Math.Sqrt(1 - square);
        double x = Finite(header, layout.Qoffset, 0), y = Finite(header, layout.Qoffset, 1), z = Finite(header, layout.Qoffset, 2);
        double dx = VoxelSize(header, 1), dy = VoxelSize(header, 2), dz = VoxelSize(header, 3);
        if (header[layout.Pixdim] < 0)
            dz = -dz;
        return
        [
            (a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dz, x,
            2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dz, y,
            2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * dz, z,
        ];
    }

    private static double[] Sizes(NiftiHeader header) =>
        [VoxelSize(header, 1), 0, 0, 0, 0, VoxelSize(header, 2), 0, 0, 0, 0, VoxelSize(header, 3), 0];

    private static double VoxelSize(NiftiHeader header, int axis)
    {
        double size = Math.Abs(Finite(header, header.Layout.Pixdim, axis));
        return size > 0 ? size : throw header.Bad(header.Layout.Pixdim, axis, "a voxel size of 0. Correct the header.");
    }

    /// <summary>
    /// A number that a place or a size can be: sums of larger ones would not be finite, and no scanner is a thousand km long.
    /// </summary>
    private static double Finite(NiftiHeader header, NiftiField field, int index)
    {
        double value = header[field, index];
        return Math.Abs(value) <= 1e9 ? value : throw header.Bad(field, index, $"{value} in the orientation. Correct the header.");
    }

    /// <summary>
    /// Millimetres in the header's unit of length (the low three bits of xyzt_units); an unnamed unit is taken for mm, as everywhere.
    /// </summary>
    private static double Millimetres(NiftiHeader header, List<string> warnings)
    {
        int unit = (int)header[header.Layout.Units] & 7;
        if (unit > 3)
            warnings.Add($"{header.Path}: xyzt_units (offset {header.Layout.Units.Offset}): {unit} is no unit of length; mm is assumed.");
        return unit switch
        {
            1 => 1000,
            3 => 0.001,
            _ => 1,
        };
    }

    /// <summary>b, c, d of the unit quaternion of a rotation, with a not negative (nifti_mat44_to_quatern of nifti1_io.c).</summary>
    private static (double B, double C, double D) Quaternion(double[] m, double qfac)
    {
        double xz = m[2] * qfac, yz = m[5] * qfac, zz = m[8] * qfac;
        (double xx, double xy, double yx, double yy, double zx, double zy) = (m[0], m[1], m[3], m[4], m[6], m[7]);
        double a = xx + yy + zz + 1, b, c, d;
        if (a > 0.5)
        {
            a = Math.Sqrt(a) / 2;
            return ((zy - yz) / (4 * a), (xz - zx) / (4 * a), (yx - xy) / (4 * a));
        }

        double xd = 1 + xx - (yy + zz), yd = 1 + yy - (xx + zz), zd = 1 + zz - (xx + yy);
        if (xd > 1)
        {
            b = Math.Sqrt(xd) / 2;
            (c, d, a) = ((xy + yx) / (4 * b), (xz + zx) / (4 * b), (zy - yz) / (4 * b));
        }
        else if (yd > 1)
        {
            c = Math.Sqrt(yd) / 2;
            (b, d, a) = ((xy + yx) / (4 * c), (yz + zy) / (4 * c), (xz - zx) / (4 * c));
        }
        else
        {
            d = Math.Sqrt(zd) / 2;
            (b, c, a) = ((xz + zx) / (4 * d), (yz + zy) / (4 * d), (yx - xy) / (4 * d));
        }

        return a < 0 ? (-b, -c, -d) : (b, c, d);
    }
}
