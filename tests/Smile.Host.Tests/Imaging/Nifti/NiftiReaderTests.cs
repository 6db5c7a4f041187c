using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Nifti;

public sealed class NiftiReaderTests : NiftiFolder
{
    // 4 x 3 x 2 voxels with both ends of every integer type's sign and byte order; all fit each type.
    private static double[] Voxels(int datatype) => datatype switch
    {
        2 => Values(0, 255, 128, 7),
        256 => Values(-128, 127, -1, 7),
        512 => Values(0, 65535, 258, 7),
        4 => Values(-32768, 32767, -1024, 258),
        768 => Values(0, 4294967040, 66051, 7),
        8 => Values(-2147483648, 2147483520, -1024, 66051),
        1280 => Values(0, 18446742974197923840, 66051, 7),
        1024 => Values(-9223372036854775808, 9223371487098961920, -1024, 66051),
        _ => Values(-1024.5, 1e-3, 3e38, 7),
    };

    // The last of the four counts down, so that no two rows are alike.
    private static double[] Values(params double[] some) =>
        [.. Enumerable.Range(0, 24).Select(i => i % 4 < 3 ? some[i % 4] : some[3] - i / 4)];

    public static MatrixTheoryData<int, int, bool, bool> Kinds() =>
        new([2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280], [1, 2], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_type_version_byte_order_and_packing(int datatype, int version, bool bigEndian, bool gzip)
    {
        double[] voxels = Voxels(datatype);
        byte[] bytes = new NiftiBytes { Version = version, BigEndian = bigEndian, Datatype = datatype }.Single(voxels);
        string path = gzip ? Save("a.nii.gz", NiftiBytes.Gzip(bytes)) : Save("a.nii", bytes);
        (Volume volume, NiftiSource source) = NiftiReader.ReadVolume(path);
        Assert.Equal((2, 3, 4), (volume.Geometry.Depth, volume.Geometry.Height, volume.Geometry.Width));
        Assert.Equal(voxels.Select(v => (float)v), volume.Voxels);
        Close([2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30], volume.Geometry.Affine, 0);
        Assert.Empty(source.Warnings);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Labels_from_every_type(int datatype, int version, bool bigEndian, bool gzip)
    {
        double[] voxels = [.. Enumerable.Range(0, 24).Select(i => i * 5.0)];
        byte[] bytes = new NiftiBytes { Version = version, BigEndian = bigEndian, Datatype = datatype }.Single(voxels);
        string path = gzip ? Save("a.nii.gz", NiftiBytes.Gzip(bytes)) : Save("a.nii", bytes);
        Assert.Equal(voxels.Select(v => (byte)v), NiftiReader.ReadLabels(path).Labels.Voxels);
    }

    [Theory]
    [InlineData(0.5, -1024, 0.5, -1024)]
    [InlineData(-2, 3, -2, 3)]
    [InlineData(0, 99, 1, 0)] // nifti1.h: a slope of 0 means that neither is used
    [InlineData(double.NaN, double.NaN, 1, 0)] // as dcm2niix writes it
    [InlineData(double.PositiveInfinity, 0, 1, 0)]
    public void Scaling(double slope, double intercept, double expectedSlope, double expectedIntercept)
    {
        double[] voxels = [.. Enumerable.Range(0, 24).Select(i => (double)i * 7 - 50)];
        string path = Save("a.nii", new NiftiBytes { Datatype = 4, Slope = slope, Intercept = intercept }.Single(voxels));
        Assert.Equal(voxels.Select(v => (float)(v * expectedSlope + expectedIntercept)), NiftiReader.ReadVolume(path).Volume.Voxels);
    }

    [Fact]
    public void Scaled_labels_are_whole_but_for_the_scale()
    {
        // What nibabel makes of labels 0 .. 117 saved from an array of doubles as int16.
        double slope = (float)(117.0 / 65535), intercept = 58.5;
        double[] labels = [.. Enumerable.Range(0, 24).Select(i => Math.Min(117.0, 5 * i + i % 2))];
        double[] stored = [.. labels.Select(v => Math.Round((v - intercept) / slope))];
        string path = Save("a.nii", new NiftiBytes { Datatype = 8, Slope = slope, Intercept = intercept }.Single(stored));
        Assert.Equal(labels.Select(v => (byte)v), NiftiReader.ReadLabels(path).Labels.Voxels);
    }

    /// <summary>Labels that lost something on their way into the file are the whole numbers that they were.</summary>
    [Theory]
    [InlineData(2, 2.0 / 255, 0, 2)] // bytes of labels 0 .. 2: 127 is 0.996
    [InlineData(2, 5.0 / 255, 0, 5)]
    [InlineData(2, 200.0 / 255, 0, 200)]
    [InlineData(4, 117.0 / 65535, 58.5, 117)]
    [InlineData(512, 3.0 / 65535, 0, 3)]
    [InlineData(256, 10.0 / 255, 5, 10)]
    public void Quantised_labels_are_the_whole_numbers_that_were_meant(int datatype, double slope, double intercept, int most)
    {
        double step = (float)slope;
        int[] labels = [.. Enumerable.Range(0, 24).Select(i => i % 3 == 0 ? 0 : 1 + i * 7 % most)];
        double[] stored = [.. labels.Select(label => Math.Round((label - intercept) / step))];
        string path = Save("a.nii", new NiftiBytes { Datatype = datatype, Slope = step, Intercept = intercept }.Single(stored));
        Assert.Equal(labels.Select(v => (byte)v), NiftiReader.ReadLabels(path).Labels.Voxels);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    public void Real_labels_are_whole_but_for_rounding(int datatype)
    {
        double[] labels = [.. Enumerable.Range(0, 24).Select(i => i == 1 ? 0.99999994 : i == 2 ? 2.0000002 : i == 3 ? -1e-7 : i == 4
            ? 116.9993 : i % 3)];
        string path = Save("a.nii", new NiftiBytes { Datatype = datatype }.Single(labels));
        Assert.Equal(labels.Select(v => (byte)Math.Round(Math.Abs(v))), NiftiReader.ReadLabels(path).Labels.Voxels);
    }

    /// <summary>
    /// What is no label stays none: shares of a soft mask, a scaled image, a step too coarse to say which label was meant.
    /// </summary>
    [Theory]
    [InlineData(16, 1, 0, 0.5)]
    [InlineData(16, 1, 0, 1.002)]
    [InlineData(2, 1.0 / 255, 0, 128)]
    [InlineData(4, 0.9, 0, 5)]
    [InlineData(4, 1, 0.5, 1)]
    [InlineData(4, 1.5, 0, 1)]
    [InlineData(4, 0.01, 0, -3)]
    [InlineData(4, 0.01, 0, 25560)]
    public void Numbers_between_labels_are_refused(int datatype, double slope, double intercept, double voxel)
    {
        double[] voxels = new double[24];
        voxels[7] = voxel;
        if (intercept != 0)
            Array.Fill(voxels, voxel);
        string path = Save("a.nii", new NiftiBytes { Datatype = datatype, Slope = slope, Intercept = intercept }.Single(voxels));
        Assert.Contains("is not a label", Assert.Throws<DataException>(() => NiftiReader.ReadLabels(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_qform_that_says_otherwise_is_noted_and_the_sform_counts()
    {
        (double, double, double, double, double, double) same = (0, 0, 0, -10, -20, 30);
        string? Heard(NiftiBytes file, double[]? affine = null)
        {
            NiftiSource source = NiftiReader.ReadHeader(Save("a.nii", file.Single(new double[24])));
            Close(affine ?? [2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30], source.Geometry.Affine, 0);
            return source.Warnings.Count == 0 ? null : Assert.Single(source.Warnings);
        }

        void Noted(string part, string? warning)
        {
            Assert.NotNull(warning);
            Assert.All([part, "a.nii: srow_x (offset 280)", "the sform counts, distances in mm are its"], each => Assert.Contains(each,
                warning, StringComparison.Ordinal));
        }

        Assert.Null(Heard(new NiftiBytes { Qform = same }));
        Assert.Null(Heard(new NiftiBytes { Qform = (0, 0, 0, -10.1, -20, 30.1) })); // within a tenth of a voxel
        Noted("qform and sform disagree: they place a corner 0.3 mm apart", Heard(new NiftiBytes { Qform = (0, 0, 0, -10.3, -20, 30) }));
        Noted("qform and sform disagree: one is the mirror image of the other", Heard(new NiftiBytes { Qform = same, Qfac = -1 }));
        Noted("qform and sform disagree: they place a corner", Heard(new NiftiBytes { Qform = (0, 0, Math.Sqrt(0.5), -10, -20, 30) }));
        Noted("qform and sform disagree: the sform has voxels of 2 x 3 x 5 mm, pixdim 1 x 1 x 1 mm",
            Heard(new NiftiBytes { Qform = same, Pixdim = [1, 1, 1] }));
        Noted("the sform has voxels of 2 x 3 x 5 mm, pixdim 0.8 x 0.8 x 5 mm", Heard(new NiftiBytes { Pixdim = [0.8, 0.8, 5] }));
        Assert.Null(Heard(new NiftiBytes { Pixdim = [0, 0, 0] })); // says nothing
        Noted("the qform beside it cannot be read", Heard(new NiftiBytes { Qform = (1, 1, 0, -10, -20, 30) }));
        Assert.Null(Heard(new NiftiBytes { Qform = same, Units = 1 }, [2000, 0, 0, -10000, 0, 3000, 0, -20000, 0, 0, 5000, 30000]));
    }

    [Fact]
    public void Sform_goes_before_qform_before_voxel_sizes()
    {
        var q = (B: 0.0, C: 0.0, D: Math.Sqrt(0.5), X: 7.0, Y: 8.0, Z: 9.0); // 90 degrees about z
        double[] voxels = new double[24];
        Geometry Read(NiftiBytes file) => NiftiReader.ReadHeader(Save("a.nii", file.Single(voxels))).Geometry;

        Close([2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30], Read(new NiftiBytes { Qform = q }).Affine, 0);
        // i runs along +y with step 2, j along -x with step 3: in RAS+ order x is j turned round, y is i.
        Geometry turned = Read(new NiftiBytes { Qform = q, Sform = null });
        Assert.Equal((2, 4, 3), (turned.Depth, turned.Height, turned.Width));
        Close([3, 0, 0, 7 - 2 * 3, 0, 2, 0, 8, 0, 0, 5, 9], turned.Affine, 1e-5);
        // qfac -1: k runs downwards.
        Geometry mirrored = Read(new NiftiBytes { Qform = q, Sform = null, Qfac = -1 });
        Close([3, 0, 0, 7 - 2 * 3, 0, 2, 0, 8, 0, 0, 5, 9 - 5], mirrored.Affine, 1e-5);
        Close([2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 5, 0], Read(new NiftiBytes { Sform = null }).Affine, 0);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1000)] // metres
    [InlineData(2, 1)]
    [InlineData(3, 0.001)] // micrometres
    [InlineData(10, 1)] // mm and seconds
    public void Units_become_millimetres(int units, double factor)
    {
        string path = Save("a.nii", new NiftiBytes { Units = units }.Single(new double[24]));
        Assert.Equal((5 * factor, 3 * factor, 2 * factor), NiftiReader.ReadHeader(path).Geometry.Spacing);
    }

    [Fact]
    public void Shear_is_read_with_a_warning()
    {
        string path = Save("a.nii", new NiftiBytes { Sform = [2, 0.1, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30] }.Single(new double[24]));
        string warning = Assert.Single(NiftiReader.ReadHeader(path).Warnings);
        Assert.Contains("srow_x (offset 280)", warning, StringComparison.Ordinal);
        var heard = new List<string>();
        new NiftiVolumeReader(heard.Add).ReadGeometry(path);
        Assert.Equal([warning], heard);
    }

    [Fact]
    public void A_wrong_bitpix_is_a_warning_only()
    {
        byte[] bytes = new NiftiBytes { Datatype = 4 }.Single(new double[24]);
        bytes[72] = 8;
        Assert.Contains("bitpix (offset 72)", Assert.Single(NiftiReader.ReadVolume(Save("a.nii", bytes)).Source.Warnings),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.hdr", "a.img", "a.hdr")]
    [InlineData("a.hdr", "a.img", "a.img")]
    [InlineData("a.hdr.gz", "a.img.gz", "a.img.gz")]
    [InlineData("a.hdr", "a.img.gz", "a.hdr")]
    public void A_pair_is_read_through_either_name(string header, string image, string opened)
    {
        var file = new NiftiBytes { Magic = "ni", Datatype = 4 };
        double[] voxels = [.. Enumerable.Range(0, 24).Select(i => (double)i)];
        byte[] headerBytes = file.Header(0), imageBytes = file.Voxels(voxels);
        Save(header, header.EndsWith(".gz", StringComparison.Ordinal) ? NiftiBytes.Gzip(headerBytes) : headerBytes);
        Save(image, image.EndsWith(".gz", StringComparison.Ordinal) ? NiftiBytes.Gzip(imageBytes) : imageBytes);
        Assert.Equal(voxels.Select(v => (float)v), NiftiReader.ReadVolume(At(opened)).Volume.Voxels);
    }

    [Fact]
    public void Extensions_are_skipped_and_gzip_may_have_several_members()
    {
        double[] voxels = [.. Enumerable.Range(0, 24).Select(i => (double)i)];
        byte[] bytes = new NiftiBytes { Extension = [.. Enumerable.Repeat((byte)0x5a, 160)] }.Single(voxels);
        Assert.Equal(voxels.Select(v => (float)v), NiftiReader.ReadVolume(Save("a.nii", bytes)).Volume.Voxels);
        string path = Save("b.nii.gz", NiftiBytes.Gzip(bytes[..100], bytes[100..530], bytes[530..]));
        Assert.Equal(voxels.Select(v => (float)v), NiftiReader.ReadVolume(path).Volume.Voxels);
    }

    [Fact]
    public void A_name_may_lie_about_the_packing()
    {
        double[] voxels = [.. Enumerable.Range(0, 24).Select(i => (double)i)];
        byte[] bytes = new NiftiBytes().Single(voxels);
        Assert.Equal(voxels.Select(v => (float)v), NiftiReader.ReadVolume(Save("a.nii", NiftiBytes.Gzip(bytes))).Volume.Voxels);
        Assert.Equal(voxels.Select(v => (float)v), NiftiReader.ReadVolume(Save("a.nii.gz", bytes)).Volume.Voxels);
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(4, 3, 2, 1)]
    [InlineData(4, 3, 2, 1, 1)]
    public void One_slice_and_one_volume_of_a_series_are_volumes(params int[] sizes)
    {
        double[] voxels = new double[sizes.Aggregate(1, (a, b) => a * b)];
        Geometry geometry = NiftiReader.ReadVolume(Save("a.nii", new NiftiBytes { Sizes = sizes }.Single(voxels))).Volume.Geometry;
        Assert.Equal((sizes.Length > 2 ? 2 : 1, 3, 4), (geometry.Depth, geometry.Height, geometry.Width));
    }
}
