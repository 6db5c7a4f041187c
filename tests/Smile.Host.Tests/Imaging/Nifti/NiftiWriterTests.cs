using System.Buffers.Binary;
using Smile.Host.Imaging;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Nifti;

public sealed class NiftiWriterTests : NiftiFolder
{
    private static readonly Geometry Grid = new(2, 3, 4, [2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30]);

    [Theory]
    [InlineData("a.nii")]
    [InlineData("a.nii.gz")]
    public void A_fresh_volume_reads_back(string name)
    {
        float[] voxels = [.. Enumerable.Range(0, 24).Select(i => i * 1.7f - 20)];
        NiftiWriter.Write(At(name), new Volume(Grid, voxels));
        Volume volume = NiftiReader.ReadVolume(At(name)).Volume;
        Assert.Equal(voxels, volume.Voxels);
        Assert.True(Grid.Matches(volume.Geometry, 0));

        NiftiWriter.Write(At(name), new LabelMap(Grid, [.. Enumerable.Range(0, 24).Select(i => (byte)i)]));
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (byte)i), NiftiReader.ReadLabels(At(name)).Labels.Voxels);
    }

    [Fact]
    public void Int16_is_rounded_and_clipped()
    {
        float[] voxels = new float[24];
        (voxels[0], voxels[1], voxels[2], voxels[3]) = (-1024.4f, 12.6f, 40000, -40000);
        NiftiWriter.WriteInt16(At("a.nii"), new Volume(Grid, voxels));
        Assert.Equal(352 + 48, new FileInfo(At("a.nii")).Length);
        Assert.Equal([-1024, 13, 32767, -32768], NiftiReader.ReadVolume(At("a.nii")).Volume.Voxels[..4]);
    }

    [Fact]
    public void A_fresh_header_says_what_the_standard_asks()
    {
        NiftiWriter.Write(At("a.nii"), new LabelMap(Grid, new byte[24]));
        byte[] bytes = File.ReadAllBytes(At("a.nii"));
        short Short(int offset) => BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(offset));
        float Single(int offset) => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(offset));
        Assert.Equal(352 + 24, bytes.Length);
        Assert.Equal(348, BinaryPrimitives.ReadInt32LittleEndian(bytes));
        Assert.Equal([3, 4, 3, 2, 1, 1, 1, 1], Enumerable.Range(0, 8).Select(i => (int)Short(40 + 2 * i)));
        Assert.Equal((2, 8), (Short(70), Short(72)));
        Assert.Equal([1f, 2, 3, 5], Enumerable.Range(0, 4).Select(i => Single(76 + 4 * i)));
        Assert.Equal((352f, 1f, 0f), (Single(108), Single(112), Single(116)));
        Assert.Equal(2, bytes[123]);
        Assert.Equal((1, 1), (Short(252), Short(254)));
        Assert.Equal([2f, 0, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30], Enumerable.Range(0, 12).Select(i => Single(280 + 4 * i)));
        Assert.Equal("n+1\0\0\0\0\0"u8.ToArray(), bytes[344..352]);
    }

    /// <summary>Rotations by many angles, half turns among them (every branch of the quaternion), and their mirror images.</summary>
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 0, 1)]
    [InlineData(1, 2, -3)]
    [InlineData(-3, 1, 2)]
    [InlineData(2, 3, 1)]
    public void Qform_and_sform_say_the_same(double ax, double ay, double az)
    {
        double norm = Math.Sqrt(ax * ax + ay * ay + az * az);
        (ax, ay, az) = (ax / norm, ay / norm, az / norm);
        for (int step = -6; step <= 6; step++)
        {
            foreach (double mirror in (double[])[1, -1])
            {
                // Rodrigues' formula, then spacings 2, 3, 5 along the columns.
                (double s, double c) = Math.SinCos(step * Math.PI / 6);
                double[] rotation =
                [
                    c + ax * ax * (1 - c), ax * ay * (1 - c) - az * s, ax * az * (1 - c) + ay * s,
                    ay * ax * (1 - c) + az * s, c + ay * ay * (1 - c), ay * az * (1 - c) - ax * s,
                    az * ax * (1 - c) - ay * s, az * ay * (1 - c) + ax * s, c + az * az * (1 - c),
                ];
                double[] spacing = [2, 3, 5 * mirror], affine = new double[12];
                for (int i = 0; i < 9; i++)
                    affine[4 * (i / 3) + i % 3] = rotation[i] * spacing[i % 3];
                (affine[3], affine[7], affine[11]) = (-100, 50, 7);

                NiftiWriter.Write(At("a.nii"), new Volume(Grid with { Affine = affine }, new float[24]));
                Close(affine, ReadFile("a.nii"), 2e-5); // float32 at 100 mm has steps of 8e-6
                byte[] bytes = File.ReadAllBytes(At("a.nii"));
                bytes[254] = 0; // sform_code: now the qform counts
                Save("q.nii", bytes);
                Close(affine, ReadFile("q.nii"), 2e-5);
            }
        }

        double[] ReadFile(string name) => NiftiAffine.Read(NiftiReader.ReadHeader(At(name)).Header, []);
    }

    [Fact]
    public void Slightly_skew_axes_are_made_perpendicular_and_shear_is_kept_in_the_sform()
    {
        double[] skew = [2, 1e-4, 0, -10, 0, 3, 2e-4, -20, 0, 0, 5, 30];
        NiftiWriter.Write(At("a.nii"), new Volume(Grid with { Affine = skew }, new float[24]));
        double[] read = NiftiReader.ReadHeader(At("a.nii")).Geometry.Affine;
        Assert.True(Affine.Shear(Affine.Directions(read)) < 1e-7);
        Close(skew, read, 2e-4);

        double[] sheared = [2, 0.5, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30];
        NiftiWriter.Write(At("a.nii"), new Volume(Grid with { Affine = sheared }, new float[24]));
        Close(sheared, NiftiReader.ReadHeader(At("a.nii")).Geometry.Affine, 1e-6);
        Assert.Equal(0, File.ReadAllBytes(At("a.nii"))[252]);
    }

    /// <summary>
    /// Slices that lean by 0.2 degrees, and rows and columns of direction cosines of three digits: accepted as upright, and written so,
    /// around the centre.
    /// </summary>
    [Fact]
    public void What_a_series_may_be_off_is_made_perpendicular_around_the_centre()
    {
        double[] leaning = [0.8 * 0.7, -0.602 * 0.7, 0.0035 * 2, -180, 0.6 * 0.7, 0.799 * 0.7, 0, -90, 0, 0, 2, 30];
        var geometry = new Geometry(200, 400, 500, leaning);
        NiftiHeader header = NiftiHeader.Create(geometry, NiftiDatatype.UInt8);
        double[] read = NiftiAffine.Read(header, []);
        Assert.True(Affine.Shear(Affine.Directions(read)) < 1e-7);
        Assert.Equal(1, header[NiftiLayout.Nifti1.QformCode]);
        Assert.Equal(1, header[NiftiLayout.Nifti1.SformCode]);
        double[] Place(double[] affine, double x, double y, double z) =>
            [.. Enumerable.Range(0, 3).Select(r => affine[4 * r] * x + affine[4 * r + 1] * y + affine[4 * r + 2] * z + affine[4 * r + 3])];
        Close(Place(leaning, 249.5, 199.5, 99.5), Place(read, 249.5, 199.5, 99.5), 1e-4);
        // A corner is 300 mm from there; of each skew, 0.0035 and 0.0022, an axis takes half.
        Close(Place(leaning, 499, 0, 199), Place(read, 499, 0, 199), (0.0035 + 0.0022) / 2 * 300);
        Assert.NotEqual(leaning[3], read[3], 1e-2);
    }

    /// <summary>Everything in the header that is not about voxel type, scaling or place of the voxels comes back bit for bit.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_header_of_the_image_survives(int version)
    {
        byte[] image = new NiftiBytes
        {
            Version = version,
            BigEndian = true,
            Datatype = 512,
            Slope = 0.5,
            Intercept = -1024,
            Units = 10,
            Qform = (0, 0, 1, 1, 2, 3),
            Sizes = [4, 3, 2, 1],
            Extension = new byte[32],
        }.Single(new double[24]);
        // Noise in the fields that nobody reads here: descrip, aux_file, intent_name, slice timing, toffset.
        (int, int)[] ranges = version == 1 ? [(132, 252), (328, 344)] : [(208, 344), (508, 524)];
        foreach ((int from, int to) in ranges)
            for (int i = from; i < to; i++)
                image[i] = (byte)(i * 37 + 1);

        NiftiSource source = NiftiReader.ReadHeader(Save("in.nii", image));
        NiftiWriter.Write(At("out.nii"), new LabelMap(source.Geometry, new byte[24]), source);
        byte[] written = File.ReadAllBytes(At("out.nii"));
        int header = version == 1 ? 348 : 540;
        Assert.Equal(header + 4 + 24, written.Length);
        // datatype, bitpix, vox_offset, scl_slope, scl_inter, cal_max, cal_min
        (int, int)[] changed = version == 1 ? [(70, 74), (108, 120), (124, 132)] : [(12, 16), (168, 208)];
        int[] differing = [.. Enumerable.Range(0, header).Where(i => written[i] != image[i])];
        Assert.All(differing, i => Assert.Contains(changed, range => i >= range.Item1 && i < range.Item2));
        NiftiHeader reread = NiftiReader.ReadHeader(At("out.nii")).Header;
        Assert.Equal((NiftiDatatype.UInt8, (1.0, 0.0)), (reread.Datatype, reread.Scaling));
    }

    [Fact]
    public void Of_a_pair_comes_a_single_file()
    {
        var pair = new NiftiBytes { Magic = "ni", Datatype = 4 };
        Save("a.hdr", pair.Header(0));
        Save("a.img", pair.Voxels(new double[24]));
        (Volume volume, NiftiSource source) = NiftiReader.ReadVolume(At("a.hdr"));
        string path = At("labels.nii");
        NiftiWriter.Write(path, new LabelMap(volume.Geometry, [.. Enumerable.Repeat((byte)7, 24)]), source);
        Assert.Equal(Enumerable.Repeat((byte)7, 24), NiftiReader.ReadLabels(path).Labels.Voxels);
    }

    [Fact]
    public void Another_extension_is_refused()
    {
        var error = Assert.Throws<ConfigException>(() => NiftiWriter.Write(At("a.nrrd"), new Volume(Grid, new float[24])));
        Assert.Contains("a.nrrd", error.Message, StringComparison.Ordinal);
    }
}
