using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Random series with the SEG and RTSTRUCT written for them, through programs that others wrote.</summary>
public sealed class OtherReadersTests : DicomFolder
{
    /// <summary>Known organs, one that has no code of its own, and one that no list has.</summary>
    private static readonly string[] Names =
        ["liver", "stomach", "pancreas", "spleen", "kidney_right", "kidney_left", "gallbladder", "aorta", "esophagus", "duodenum", "colon", "adrenal_gland_left", "appendix"];

    /// <summary>Each another size, of which few are multiples of 8, another number of slices and of organs, and straight or turned.</summary>
    public static TheoryData<ulong> Seeds() => [.. Enumerable.Range(1, 8).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Dciodvfy_finds_no_error(ulong seed)
    {
        DataSet set = Make(seed);
        foreach (string file in new[] { set.Seg, set.Contours })
        {
            string said = Tool.Run("dciodvfy", "dicom3tools", file);
            Assert.False(said.Contains("Error", StringComparison.Ordinal), said);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Gdcm_reads_the_same_pixels(ulong seed)
    {
        DataSet set = Make(seed);
        foreach (string file in new[] { set.Ct, set.Seg })
        {
            string raw = Path.Combine(Folder, "pixels.raw");
            string said = Tool.Run("gdcmraw", "libgdcm-tools", "-i", file, "-o", raw);
            Assert.True(File.Exists(raw), said);
            AssertPixels(file, File.ReadAllBytes(raw));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Dcmtk_reads_the_same_pixels(ulong seed)
    {
        DataSet set = Make(seed);
        foreach (string file in new[] { set.Ct, set.Seg })
        {
            string folder = Directory.CreateDirectory(Path.Combine(Folder, "raw" + Path.GetFileName(file))).FullName;
            string said = Tool.Run("dcmdump", "dcmtk", "+W", folder, file);
            Assert.DoesNotContain("E:", said, StringComparison.Ordinal);
            AssertPixels(file, File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder))));
        }

        string told = Tool.Run("dcmdump", "dcmtk", set.Contours);
        Assert.Contains("CLOSED_PLANAR", told, StringComparison.Ordinal);
        Assert.DoesNotContain("E:", told, StringComparison.Ordinal);
    }

    /// <summary>Pixels are the end of our files.</summary>
    private static void AssertPixels(string file, byte[] read)
    {
        PixelFormat format = DicomFile.Open(file).ReadFormat();
        long bits = (long)format.Pixels * format.Frames * (file.EndsWith(".ct", StringComparison.Ordinal) ? 16 : 1);
        int bytes = (int)((bits + 7) / 8);
        Assert.InRange(read.Length, bytes, bytes + 1);
        Assert.Equal(File.ReadAllBytes(file)[^((bytes + 1) / 2 * 2)..][..bytes], read[..bytes]);
    }

    /// <summary>An RTSTRUCT through a rasterizer that others wrote: where the organs' outlines are drawn as we mean them, it gives the label map back.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Plastimatch_fills_the_same_masks(ulong seed)
    {
        DataSet set = Make(seed);
        string masks = Path.Combine(Folder, "masks"), grid = Path.Combine(Folder, "grid.nii");
        NiftiWriter.Write(grid, new LabelMap(set.Stack.Geometry, set.Labels));
        string said = Tool.Run("plastimatch", "plastimatch", "convert", "--input", set.Contours, "--fixed", grid, "--output-prefix", masks, "--prefix-format", "mha");
        for (int k = 0; k < set.Organs.Length; k++)
        {
            string file = Path.Combine(masks, set.Organs[k].Name + ".mha");
            Assert.True(File.Exists(file), said);
            MetaImage mask = MetaImage.Read(file);
            Assert.Equal(set.Labels.Select(label => label == k + 1 ? 1f : 0f), mask.Voxels);
        }
    }

    private DataSet Make(ulong seed)
    {
        var rng = new Rng(seed);
        int rows = 5 + rng.Next(40), columns = 5 + rng.Next(40), slices = 1 + rng.Next(6), organs = 1 + rng.Next(Names.Length);
        double turn = seed % 2 == 0 ? rng.Uniform(-0.6, 0.6) : 0;
        var image = new CtImage
        {
            Rows = rows,
            Columns = columns,
            Identified = true,
            Position = [Math.Round(rng.Uniform(-300, 300), 2), Math.Round(rng.Uniform(-300, 300), 2), Math.Round(rng.Uniform(1, 900), 2)],
            Orientation = [Math.Cos(turn), Math.Sin(turn), 0, -Math.Sin(turn), Math.Cos(turn), 0],
            Spacing = [0.5 + 0.01 * rng.Next(100), 0.5 + 0.01 * rng.Next(100)],
            Pixels = [.. Enumerable.Range(0, rows * columns).Select(_ => rng.Next(4096) - 1024)],
        };
        CtStack stack = Stack(image, slices);
        // In some slices noise, whose parts touch at corners, nest and fill no byte; in others nothing, or all of one organ.
        var labels = new byte[slices * rows * columns];
        for (int k = 0; k < slices; k++)
        {
            (int kind, byte one) = (rng.Next(4), (byte)(1 + rng.Next(organs)));
            for (int j = 0; j < rows; j++)
                stack.Walk.Scatter(k * rows + j, [.. Enumerable.Range(0, columns).Select(_ => kind switch { 0 => (byte)0, 1 => one, _ => (byte)rng.Next(organs + 1) })], labels);
        }

        SegmentToWrite[] segments = [.. Names.Take(organs).Select((name, n) => new SegmentToWrite(name, ((byte)(31 * n), (byte)(255 - 17 * n), 99)))];
        (string seg, string contours) = (Path.Combine(Folder, "seg.dcm"), Path.Combine(Folder, "rtstruct.dcm"));
        DicomSegmentationWriter.Write(seg, stack, labels, segments);
        DicomStructureSetWriter.Write(contours, stack, labels, segments);
        return new DataSet(Path.Combine(Folder, "0.ct"), seg, contours, stack, labels, segments);
    }

    private sealed record DataSet(string Ct, string Seg, string Contours, CtStack Stack, byte[] Labels, SegmentToWrite[] Organs);
}
