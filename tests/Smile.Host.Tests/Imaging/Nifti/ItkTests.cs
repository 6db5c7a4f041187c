using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Nifti;

/// <summary>
/// Our files through ITK, by which 3D Slicer, ANTs, elastix and SimpleITK read NIfTI: plastimatch reads them with it and writes its own
/// format. ITK refuses a sform whose axes are not perpendicular.
/// </summary>
public sealed class ItkTests : NiftiFolder
{
    /// <summary>
    /// The axes' directions: RAS+, turned about z, turned about all axes a little and more, turned by 180 degrees, and mirrored.
    /// </summary>
    public static TheoryData<string, string, double[]> Axes() => new()
    {
        { "a.nii", "int16", [1, 0, 0, 0, 1, 0, 0, 0, 1] },
        { "b.nii.gz", "labels", [0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1] },
        { "c.nii.gz", "scores", Turn(0.3, -0.5, 0.2) },
        { "d.nii.gz", "int16", Turn(0.7, 0.6, -0.7) },
        { "e.nii", "labels", [-1, 0, 0, 0, -1, 0, 0, 0, 1] },
        { "f.nii", "scores", [-1, 0, 0, 0, 1, 0, 0, 0, 1] },
    };

    [Theory]
    [MemberData(nameof(Axes))]
    public void ITK_reads_the_same_voxels_in_the_same_place(string name, string kind, double[] directions)
    {
        var rng = new Rng(11);
        double[] spacing = [0.7324, 0.65, 2.5],
            affine = [.. Enumerable.Range(0, 12).Select(n => n % 4 < 3 ? directions[n / 4 * 3 + n % 4] * spacing[n % 4] : 17.3 * n - 120)];
        var geometry = new Geometry(4, 5, 6, affine);
        string path = At(name);
        float[] voxels = [.. Enumerable.Range(0, 120).Select(_ => (float)(rng.Next(4096) - 1024))];
        switch (kind)
        {
            case "int16":
                NiftiWriter.WriteInt16(path, new Volume(geometry, voxels));
                break;
            case "labels":
                voxels = [.. voxels.Select(hu => MathF.Abs(hu % 4))];
                NiftiWriter.Write(path, new LabelMap(geometry, [.. voxels.Select(label => (byte)label)]));
                break;
            default:
                voxels = [.. voxels.Select(hu => hu / 4096)];
                NiftiWriter.Write(path, new Volume(geometry, voxels));
                break;
        }

        MetaImage read = Convert(path);
        Assert.Equal([6, 5, 4], read.Sizes);
        // ITK's frame is LPS; the header has float32 of up to 120 mm, and directions of float32.
        Close([.. affine.Select((value, n) => n < 8 ? -value : value)], read.Affine, 2e-5);
        Assert.Equal(voxels, read.Voxels);
    }

    /// <summary>
    /// A label map in the axis order of somebody else's image, and with its header, lies on it for ITK too: planes axial, coronal and
    /// sagittal, oblique.
    /// </summary>
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    public void A_label_map_lies_on_its_image(int i, int j, int k)
    {
        double[] directions = Turn(0.2, 0.1, -0.3), spacing = [0.5, 0.75, 3];
        int[] axis = [i, j, k];
        double[] sform = [.. Enumerable.Range(0, 12)
            .Select(n => n % 4 < 3 ? (n % 4 == 0 ? -1 : 1) * directions[n / 4 * 3 + axis[n % 4]] * spacing[axis[n % 4]] : 5.0 * n)];
        string image = Save("ct.nii",
            new NiftiBytes { Sizes = [3, 4, 5], Datatype = 4, Sform = sform, Pixdim = [spacing[i], spacing[j], spacing[k]] }
            .Single([.. Enumerable.Range(0, 60).Select(v => (double)v)]));
        NiftiSource source = NiftiReader.ReadHeader(image);
        // Label v is where the image has v.
        byte[] labels = [.. NiftiReader.ReadVolume(image).Volume.Voxels.Select(v => (byte)v)];
        NiftiWriter.Write(At("labels.nii.gz"), new LabelMap(source.Geometry, labels), source);
        NiftiWriter.WriteSlices([At("scores.nii")], source.Geometry, source, write =>
        {
            int pixels = source.Geometry.Height * source.Geometry.Width;
            for (int z = 0; z < source.Geometry.Depth; z++)
                write(z, 0, [.. labels.Skip(z * pixels).Take(pixels).Select(label => (float)label)]);
        });
        MetaImage expected = Convert(image);
        foreach (string ours in new[] { "labels.nii.gz", "scores.nii" })
        {
            MetaImage actual = Convert(At(ours));
            Assert.Equal(expected.Sizes, actual.Sizes);
            Close(expected.Affine, actual.Affine, 1e-6);
            Assert.Equal(expected.Voxels, actual.Voxels);
        }
    }

    /// <summary>A series that is taken as upright though its slices lean by 0.2 degrees: ITK reads what is written of it.</summary>
    [Fact]
    public void A_leaning_series_is_written_with_perpendicular_axes()
    {
        string folder = Directory.CreateDirectory(At("series")).FullName;
        for (int k = 0; k < 40; k++)
            File.WriteAllBytes(Path.Combine(folder, $"{k}"), new CtImage { Position = [0.0034 * 5 * k, 0, 5 * k] }.File());
        Volume volume = DicomVolumeReader.CtSeries(folder).ReadVolume();
        NiftiWriter.WriteInt16(At("ct.nii"), volume);
        MetaImage read = Convert(At("ct.nii"));
        Assert.Equal(volume.Voxels, read.Voxels);
        Close([.. volume.Geometry.Affine.Select((value, n) => n < 8 ? -value : value)], read.Affine, 0.34);
    }

    private MetaImage Convert(string path)
    {
        string copy = At("copy.mha");
        File.Delete(copy);
        string said = Tool.Run("plastimatch", "plastimatch", "convert", "--input", path, "--output-img", copy);
        Assert.True(File.Exists(copy), said);
        return MetaImage.Read(copy);
    }

    /// <summary>A rotation about x, then y, then z, row by row.</summary>
    private static double[] Turn(double x, double y, double z)
    {
        ((double sx, double cx), (double sy, double cy), (double sz, double cz)) = (Math.SinCos(x), Math.SinCos(y), Math.SinCos(z));
        return [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx, sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx, -sy,
            cy * sx, cy * cx];
    }
}
