using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Nifti;

public sealed class NiftiOrientationTests : NiftiFolder
{
    // The patient's grid: 4 x 3 x 2 voxels of 2 x 3 x 5 mm from (-10, -20, 30); voxel (x, y, z) holds x + 10 y + 100 z.
    private static readonly int[] Sizes = [4, 3, 2];
    private static readonly double[] Spacing = [2, 3, 5], Origin = [-10, -20, 30];
    private static readonly byte[] Ras = [.. Enumerable.Range(0, 24).Select(n => (byte)(n % 4 + 10 * (n / 4 % 3) + 100 * (n / 12)))];

    private static readonly int[][] Permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    public static MatrixTheoryData<int, int, int, bool> Orders() =>
        new(Enumerable.Range(0, 6), Enumerable.Range(0, 8), [1, 2], [false, true]);

    [Theory]
    [MemberData(nameof(Orders))]
    public void All_48_orders_read_alike_and_are_written_back_byte_for_byte(int permutation, int flips, int version, bool bigEndian)
    {
        (NiftiBytes file, byte[] stored) = Turned(Permutations[permutation], flips, version, bigEndian, datatype: 2);
        byte[] bytes = file.Single([.. stored.Select(v => (double)v)]);
        (LabelMap labels, NiftiSource source) = NiftiReader.ReadLabels(Save("in.nii", bytes));

        Assert.Equal(Ras, labels.Voxels);
        Assert.Equal((2, 3, 4), (labels.Geometry.Depth, labels.Geometry.Height, labels.Geometry.Width));
        Close([2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30], labels.Geometry.Affine, 1e-12);

        // The input is what the writer makes: uint8, slope 1, no extension. So nothing may differ.
        NiftiWriter.Write(At("out.nii"), labels, source);
        Assert.Equal(bytes, File.ReadAllBytes(At("out.nii")));
        NiftiWriter.Write(At("out.nii.gz"), labels, source);
        Assert.Equal(Ras, NiftiReader.ReadLabels(At("out.nii.gz")).Labels.Voxels);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_probability_map_is_written_in_the_order_of_its_image(int permutation, int flips, int version, bool bigEndian)
    {
        (NiftiBytes image, byte[] stored) = Turned(Permutations[permutation], flips, version, bigEndian, datatype: 4);
        NiftiSource source = NiftiReader.ReadHeader(Save("in.nii", image.Single(new double[24])));
        NiftiWriter.Write(At("out.nii"), new Volume(source.Geometry, [.. Ras.Select(v => v / 256f)]), source);

        (NiftiBytes expected, _) = Turned(Permutations[permutation], flips, version, bigEndian, datatype: 16);
        Assert.Equal(expected.Single([.. stored.Select(v => v / 256.0)]), File.ReadAllBytes(At("out.nii")));
    }

    [Fact]
    public void An_oblique_volume_is_turned_to_the_closest_axes_and_keeps_its_place()
    {
        // Columns: j-like, -k-like, i-like directions, 20 degrees off; each voxel must stay where its file puts it.
        double c = Math.Cos(0.35), s = Math.Sin(0.35);
        double[] affine = [3 * s, 0, 2 * c, 4, 3 * c, 0, -2 * s, 5, 0, -5, 0, 6];
        double[] stored = [.. Enumerable.Range(0, 24).Select(i => (double)i)];
        Volume volume = NiftiReader.ReadVolume(Save("a.nii", new NiftiBytes { Version = 2, Sform = affine }.Single(stored))).Volume;
        Geometry g = volume.Geometry;
        Assert.Equal((3, 4, 2), (g.Depth, g.Height, g.Width));
        for (int z = 0; z < g.Depth; z++)
        {
            for (int y = 0; y < g.Height; y++)
            {
                for (int x = 0; x < g.Width; x++)
                {
                    int at = (int)volume.Voxels[(z * g.Height + y) * g.Width + x];
                    Close(Place(affine, at % 4, at / 4 % 3, at / 12), Place(g.Affine, x, y, z), 1e-12);
                }
            }
        }

        Assert.True(g.Affine[0] > 0 && g.Affine[5] > 0 && g.Affine[10] > 0);
    }

    [Theory]
    [InlineData(1e-7)]
    [InlineData(-1e-7)]
    public void Rounding_does_not_decide_between_axes_at_45_degrees(double noise)
    {
        // Were x and y swapped for one sign of the noise only, an image and its label map could part.
        double[] affine = [1 + noise, 1 - noise, 0, 0, 1, -1, 0, 0, 0, 0, 1, 0];
        string path = Save("a.nii", new NiftiBytes { Version = 2, Sform = affine }.Single(new double[24]));
        Assert.Equal((3, 4), (NiftiReader.ReadHeader(path).Geometry.Height, NiftiReader.ReadHeader(path).Geometry.Width));
    }

    [Fact]
    public void A_label_map_on_another_grid_is_refused()
    {
        NiftiSource source = NiftiReader.ReadHeader(Save("in.nii", new NiftiBytes().Single(new double[24])));
        var labels = new LabelMap(Geometry.Regular(2, 3, 4, 5, 3, 2), new byte[24]);
        Assert.Throws<ArgumentException>(() => NiftiWriter.Write(At("out.nii"), labels, source));
        Assert.False(File.Exists(At("out.nii")));
    }

    private static double[] Place(double[] a, int x, int y, int z) =>
        [.. Enumerable.Range(0, 3).Select(r => a[4 * r] * x + a[4 * r + 1] * y + a[4 * r + 2] * z + a[4 * r + 3])];

    /// <summary>
    /// The patient's grid stored with file axis f along patient axis <paramref name="axes"/>[f], turned round where bit f of
    /// <paramref name="flips"/> is set.
    /// </summary>
    private static (NiftiBytes File, byte[] Stored) Turned(int[] axes, int flips, int version, bool bigEndian, int datatype)
    {
        var affine = new double[12];
        for (int r = 0; r < 3; r++)
            affine[4 * r + 3] = Origin[r];
        for (int f = 0; f < 3; f++)
        {
            int r = axes[f];
            bool flip = (flips >> f & 1) == 1;
            affine[4 * r + f] = flip ? -Spacing[r] : Spacing[r];
            affine[4 * r + 3] += flip ? Spacing[r] * (Sizes[r] - 1) : 0;
        }

        var file = new NiftiBytes
        {
            Version = version,
            BigEndian = bigEndian,
            Datatype = datatype,
            Slope = 1,
            Sizes = [.. axes.Select(r => Sizes[r])],
            Pixdim = [.. axes.Select(r => Spacing[r])],
            Sform = affine,
        };
        byte[] stored = new byte[24];
        int n = 0;
        for (int k = 0; k < file.Sizes[2]; k++)
        {
            for (int j = 0; j < file.Sizes[1]; j++)
            {
                for (int i = 0; i < file.Sizes[0]; i++)
                {
                    double[] mm = Place(affine, i, j, k);
                    stored[n++] = (byte)((mm[0] - Origin[0]) / 2 + 10 * (mm[1] - Origin[1]) / 3 + 100 * (mm[2] - Origin[2]) / 5);
                }
            }
        }

        return (file, stored);
    }
}
