using System.Buffers.Binary;
using Smile.Host.Imaging.Nifti;

namespace Smile.Host.Tests.Imaging.Nifti;

/// <summary>Bad files: each is refused with the file, the field or voxel, and the byte offset.</summary>
public sealed class NiftiRefusalTests : NiftiFolder
{
    private static readonly double[] Zeros = new double[24];

    [Theory]
    [InlineData(1, "binary", "one bit")]
    [InlineData(32, "complex", "complex64")]
    [InlineData(128, "colour", "RGB24")]
    [InlineData(2304, "colour", "RGBA32")]
    [InlineData(1536, "wide", "float128")]
    [InlineData(12345, "unknown", "no NIfTI datatype")]
    public void Unsupported_datatypes(int datatype, string name, string what)
    {
        string path = Save(name + ".nii", new NiftiBytes { Datatype = datatype }.Single(Zeros));
        Refused(() => NiftiReader.ReadVolume(path), path, "datatype (offset 70)", what);
        path = Save(name + "2.nii", new NiftiBytes { Version = 2, Datatype = datatype }.Single(Zeros));
        Refused(() => NiftiReader.ReadVolume(path), path, "datatype (offset 12)", what);
    }

    [Theory]
    [InlineData(0, 0, "dim[0] (offset 40)")]
    [InlineData(0, 1, "dim[0] (offset 40)")]
    [InlineData(0, 8, "dim[0] (offset 40)")]
    [InlineData(1, 0, "dim[1] (offset 42)")]
    [InlineData(3, -5, "dim[3] (offset 46)")]
    public void Bad_sizes(int index, short value, string where)
    {
        byte[] bytes = new NiftiBytes().Single(Zeros);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(40 + 2 * index), value);
        string path = Save("a.nii", bytes);
        Refused(() => NiftiReader.ReadVolume(path), path, where, $"{value}");
    }

    [Fact]
    public void Several_volumes()
    {
        string path = Save("a.nii", new NiftiBytes { Sizes = [4, 3, 1, 2] }.Single(Zeros));
        Refused(() => NiftiReader.ReadVolume(path), path, "dim[4] (offset 48)", "2 volumes");
        path = Save("b.nii", new NiftiBytes { Version = 2, Sizes = [4, 3, 1, 1, 2] }.Single(Zeros));
        Refused(() => NiftiReader.ReadVolume(path), path, "dim[5] (offset 56)", "2 volumes");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sizes_beyond_the_file_take_no_memory(bool gzip)
    {
        // 1000 x 1000 x 1000 float64 in a file of 24 voxels.
        byte[] bytes = new NiftiBytes { Sizes = [1000, 1000, 1000], Datatype = 64 }.Single(Zeros);
        string path = Save("a.nii", gzip ? NiftiBytes.Gzip(bytes) : bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(() => NiftiReader.ReadVolume(path), path, "544 bytes", "8000000352");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void More_voxels_than_an_array_holds()
    {
        string path = Save("a.nii", new NiftiBytes { Sizes = [32767, 32767, 32767] }.Header(352));
        Refused(() => NiftiReader.ReadVolume(path), path, "dim[1] (offset 42)", "32767 x 32767 x 32767");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(347)]
    [InlineData(351)]
    [InlineData(352 + 95)]
    public void Truncated_files(int length)
    {
        byte[] bytes = new NiftiBytes().Single(Zeros)[..length];
        string path = Save("a.nii", bytes);
        Refused(() => NiftiReader.ReadVolume(path), path, $"{length}");
        path = Save("b.nii.gz", NiftiBytes.Gzip(bytes));
        Refused(() => NiftiReader.ReadVolume(path), path);
    }

    [Fact]
    public void A_gzip_file_cut_anywhere()
    {
        byte[] bytes = NiftiBytes.Gzip(new NiftiBytes().Single([.. Enumerable.Range(0, 24).Select(i => Math.Sin(i))]));
        // Without the last 8 bytes (sum and length) and up to 2 before (deflate's end mark) the voxels are whole all the same.
        for (int length = 0; length < bytes.Length - 10; length++)
        {
            string path = Save("a.nii.gz", bytes[..length]);
            Refused(() => NiftiReader.ReadVolume(path), path);
        }
    }

    [Fact]
    public void A_gzip_file_whose_sum_is_wrong()
    {
        byte[] bytes = NiftiBytes.Gzip(new NiftiBytes().Single(Zeros));
        bytes[^8] ^= 1;
        string path = Save("a.nii.gz", bytes);
        Refused(() => NiftiReader.ReadVolume(path), path, "cannot be read");
    }

    [Fact]
    public void Bad_magic_and_Analyze_headers()
    {
        byte[] bytes = new NiftiBytes().Single(Zeros);
        bytes[345] = (byte)'x';
        string path = Save("a.nii", bytes);
        Refused(() => NiftiReader.ReadVolume(path), path, "magic (offset 344)");
        bytes.AsSpan(344, 4).Clear();
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", bytes)), path, "magic (offset 344)", "Analyze");
        bytes[0] = 7;
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", bytes)), path, "sizeof_hdr (offset 0)");
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", "not an image at all"u8.ToArray())), path, "sizeof_hdr (offset 0)");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e10f)]
    public void Orientation_that_is_not_finite(float value)
    {
        byte[] bytes = new NiftiBytes().Single(Zeros);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(300), value);
        string path = Save("a.nii", bytes);
        Refused(() => NiftiReader.ReadVolume(path), path, "srow_y (offset 300)");

        bytes = new NiftiBytes { Sform = null, Qform = (0, 0, value, 0, 0, 0) }.Single(Zeros);
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", bytes)), path, "quatern_d (offset 264)");
        bytes = new NiftiBytes { Sform = null, Qform = (0, 0, 0, 0, value, 0) }.Single(Zeros);
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", bytes)), path, "qoffset_y (offset 272)");
        bytes = new NiftiBytes { Sform = null, Pixdim = [1, 1, value] }.Single(Zeros);
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", bytes)), path, "pixdim[3] (offset 88)");
    }

    /// <summary>
    /// Found by fuzzing: of numbers that are all finite came an origin that was not, and the image did not match its own grid.
    /// </summary>
    [Fact]
    public void Orientation_of_numbers_whose_sum_is_not_finite()
    {
        string path = Save("a.nii", new NiftiBytes { Version = 2, Sform = [-1e308, 0, 0, -1e308, 0, 1, 0, 0, 0, 0, 1, 0] }.Single(Zeros));
        Refused(() => NiftiReader.ReadVolume(path), path, "srow_x", "1E+308 in the orientation");
    }

    [Fact]
    public void Orientation_that_spans_no_space()
    {
        string path = Save("a.nii", new NiftiBytes { Sform = [2, 2, 0, 0, 3, 3, 0, 0, 0, 0, 1, 0] }.Single(Zeros));
        Refused(() => NiftiReader.ReadVolume(path), path, "srow_x (offset 280)");
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", new NiftiBytes { Sform = new double[12] }.Single(Zeros))), path,
            "srow_x (offset 280)");
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", new NiftiBytes { Sform = null, Pixdim = [1, 0, 1] }.Single(Zeros))), path,
            "pixdim[2] (offset 84)");
        byte[] bytes = new NiftiBytes { Sform = null, Qform = (1, 1, 1, 0, 0, 0) }.Single(Zeros);
        Refused(() => NiftiReader.ReadVolume(Save("a.nii", bytes)), path, "quatern_b (offset 256)");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(347)]
    [InlineData(352.5f)]
    [InlineData(-1)]
    [InlineData(float.NaN)]
    [InlineData(1e30f)]
    public void Bad_voxel_offset(float offset)
    {
        byte[] bytes = new NiftiBytes().Single(Zeros);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(108), offset);
        string path = Save("a.nii", bytes);
        Refused(() => NiftiReader.ReadVolume(path), path, "vox_offset (offset 108)");
    }

    [Fact]
    public void Bad_intercept()
    {
        string path = Save("a.nii", new NiftiBytes { Slope = 1, Intercept = double.NaN }.Single(Zeros));
        Refused(() => NiftiReader.ReadVolume(path), path, "scl_inter (offset 116)");
    }

    [Theory]
    [InlineData(16, double.NaN)]
    [InlineData(16, double.NegativeInfinity)]
    [InlineData(64, 1e300)] // finite, but not as float32
    public void Voxels_that_are_not_finite(int datatype, double value)
    {
        double[] voxels = new double[24];
        voxels[2 + 4 * (1 + 3 * 1)] = voxels[^1] = value;
        string path = Save("a.nii", new NiftiBytes { Datatype = datatype }.Single(voxels));
        Refused(() => NiftiReader.ReadVolume(path), path, "(z 1, y 1, x 2)", $"(offset {352 + 18 * (datatype == 16 ? 4 : 8)})");
    }

    [Theory]
    [InlineData(16, 1.5)]
    [InlineData(16, 1.002)]
    [InlineData(64, double.NaN)]
    [InlineData(64, 1e300)]
    [InlineData(4, 256)]
    [InlineData(4, -1)]
    [InlineData(1280, 18446744073709549568.0)]
    public void Voxels_that_are_no_labels(int datatype, double value)
    {
        double[] voxels = new double[24];
        voxels[2 + 4 * (1 + 3 * 1)] = voxels[^1] = value;
        string path = Save("a.nii", new NiftiBytes { Datatype = datatype }.Single(voxels));
        Refused(() => NiftiReader.ReadLabels(path), path, "(z 1, y 1, x 2)", "label");
    }

    [Fact]
    public void Missing_files()
    {
        Refused(() => NiftiReader.ReadVolume(At("absent.nii.gz")), At("absent.nii.gz"));
        string path = Save("a.hdr", new NiftiBytes { Magic = "ni" }.Header(0));
        Refused(() => NiftiReader.ReadVolume(path), path, At("a.img"));
        path = Save("a.nii", new NiftiBytes { Magic = "ni" }.Header(0));
        Refused(() => NiftiReader.ReadVolume(path), path, "magic (offset 344)");
        Save("b.hdr", new NiftiBytes { Magic = "ni" }.Header(0));
        path = Save("b.img", new byte[95]);
        Refused(() => NiftiReader.ReadVolume(path), path, "95 bytes");
        Directory.CreateDirectory(At("folder.nii"));
        Refused(() => NiftiReader.ReadVolume(At("folder.nii")), At("folder.nii"));
    }
}
