using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Nifti;

/// <summary>Images read, and written, a few slices at a time: 3 x 4 x 5 voxels along the file's axes, each its own value.</summary>
public sealed class NiftiSlabsTests : NiftiFolder
{
    private static readonly double[] _voxels = [.. Enumerable.Range(0, 60).Select(i => (double)(3 * i - 40))];

    /// <summary>The first three columns of the affine; k runs up or down in all of them.</summary>
    [Theory]
    [InlineData(new double[] { 2, 0, 0, 0, 3, 0, 0, 0, 5 }, false)]
    [InlineData(new double[] { -2, 0, 0, 0, 3, 0, 0, 0, -5 }, false)]
    [InlineData(new double[] { 0, 3, 0, -2, 0, 0, 0, 0, 5 }, true)]
    [InlineData(new double[] { 0, -3, 0, 2, 0, 0, 0, 0, -5 }, true)]
    public void Slabs_are_the_volume(double[] axes, bool gzip)
    {
        NiftiSource source = Source(axes, gzip);
        Volume whole = NiftiReader.ReadVolume(source.DataPath).Volume;
        int pixels = whole.Geometry.Height * whole.Geometry.Width;
        foreach (int most in new[] { 1, 2, 5, 8 })
        {
            using ISlabReader slabs = NiftiReader.OpenSlabs(source)!;
            Assert.True(whole.Geometry.Matches(slabs.Geometry));
            var slab = new float[most * pixels];
            var seen = new List<int>();
            for (int n = 0; n < whole.Geometry.Depth; n += most)
            {
                int count = Math.Min(most, whole.Geometry.Depth - n);
                slabs.Read(n, count, slab);
                for (int i = 0; i < count; i++)
                {
                    seen.Add(slabs.SliceAt(n + i));
                    Assert.Equal(whole.Slice(seen[^1]).ToArray(), slab[(i * pixels)..((i + 1) * pixels)]);
                }
            }

            Assert.Equal(Enumerable.Range(0, whole.Geometry.Depth), seen.Order());
        }
    }

    [Theory]
    [InlineData(new double[] { 2, 0, 0, 0, 0, 5, 0, 3, 0 })]
    [InlineData(new double[] { 0, 0, 5, 2, 0, 0, 0, 3, 0 })]
    public void A_file_whose_planes_are_not_axial_has_none(double[] axes) => Assert.Null(NiftiReader.OpenSlabs(Source(axes, gzip: false)));

    [Fact]
    public void Damage_is_found_where_it_lies()
    {
        double[] axes = [2, 0, 0, 0, 3, 0, 0, 0, 5], voxels = [.. _voxels];
        voxels[59] = double.NaN;
        NiftiSource source = Source(axes, gzip: false, voxels, datatype: 16);
        using ISlabReader slabs = NiftiReader.OpenSlabs(source)!;
        slabs.Read(0, 4, new float[4 * 12]);
        Assert.Contains("voxel (z 4, y 3, x 2)", Assert.Throws<DataException>(() => slabs.Read(4, 1, new float[12])).Message,
            StringComparison.Ordinal);
        byte[] bytes = File.ReadAllBytes(source.DataPath);
        File.WriteAllBytes(source.DataPath, bytes[..^1]);
        Assert.Contains("truncated", Assert.Throws<DataException>(() => NiftiReader.OpenSlabs(source)).Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Where the planes run along x or y the volumes wait in a file: all planes are turned at once, or two at a time (3 or 4 planes of 12
    /// to 20 voxels), or, where not even one fits, one.
    /// </summary>
    [Theory]
    [InlineData(new double[] { 2, 0, 0, 0, 3, 0, 0, 0, 5 }, 1000)]
    [InlineData(new double[] { 0, -3, 0, 2, 0, 0, 0, 0, -5 }, 1000)]
    [InlineData(new double[] { 2, 0, 0, 0, 0, 5, 0, 3, 0 }, 1000)]
    [InlineData(new double[] { 2, 0, 0, 0, 0, 5, 0, 3, 0 }, 100)]
    [InlineData(new double[] { -2, 0, 0, 0, 0, -5, 0, -3, 0 }, 100)]
    [InlineData(new double[] { 0, 0, 5, 2, 0, 0, 0, 3, 0 }, 100)]
    [InlineData(new double[] { 0, 0, -5, 2, 0, 0, 0, -3, 0 }, 100)]
    [InlineData(new double[] { 0, 0, -5, 0, 3, 0, 2, 0, 0 }, 1)]
    public void Slices_are_written_as_a_volume_is(double[] axes, int scratchBytes)
    {
        NiftiSource source = Source(axes, gzip: false);
        Volume volume = NiftiReader.ReadVolume(source.DataPath).Volume;
        string whole = At("whole.nii"), one = At("one.nii"), other = At("other.nii.gz");
        NiftiWriter.Write(whole, volume, source);
        using ISlabReader slabs = NiftiReader.OpenSlabs(source) ?? new VolumeSlabs(volume);
        NiftiWriter.WriteSlices([one, other], volume.Geometry, source, write =>
        {
            for (int n = 0; n < volume.Geometry.Depth; n++)
            {
                for (int k = 0; k < 2; k++)
                    write(slabs.SliceAt(n), k, volume.Slice(slabs.SliceAt(n)));
            }

        }, scratchBytes);
        Assert.Empty(Directory.GetFiles(At(""), "*.tmp"));
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(one));
        Assert.Equal(volume.Voxels, NiftiReader.ReadVolume(other).Volume.Voxels);
    }

    [Theory]
    [InlineData(new double[] { 2, 0, 0, 0, 3, 0, 0, 0, 5 })]
    [InlineData(new double[] { 2, 0, 0, 0, 0, 5, 0, 3, 0 })]
    public void Where_a_slice_fails_no_file_is_left(double[] axes)
    {
        NiftiSource source = Source(axes, gzip: false);
        string folder = Directory.CreateDirectory(At("out")).FullName;
        Assert.Throws<DataException>(() =>
            NiftiWriter.WriteSlices([Path.Combine(folder, "a.nii"), Path.Combine(folder, "b.nii.gz")], source.Geometry, source, write =>
        {
            write(0, 0, new float[source.Geometry.Height * source.Geometry.Width]);
            throw new DataException("damaged");
        }));
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void A_folder_that_cannot_take_the_scratch_file_is_named()
    {
        NiftiSource source = Source([2, 0, 0, 0, 0, 5, 0, 3, 0], gzip: false);
        string nowhere = At("nowhere/a.nii");
        Refused(() => NiftiWriter.WriteSlices([nowhere], source.Geometry, source, _ => { }), nowhere, "temporary file");
    }

    private NiftiSource Source(double[] axes, bool gzip, double[]? voxels = null, int datatype = 4)
    {
        double[] sform = [.. Enumerable.Range(0, 12).Select(at => at % 4 < 3 ? axes[at / 4 * 3 + at % 4] : at)];
        byte[] file = new NiftiBytes { Sizes = [3, 4, 5], Datatype = datatype, Sform = sform }.Single(voxels ?? _voxels);
        return NiftiReader.ReadHeader(Save("a.nii", gzip ? NiftiBytes.Gzip(file) : file));
    }
}
