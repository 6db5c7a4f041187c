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
        ["liver", "stomach", "pancreas", "spleen", "kidney_right", "kidney_left", "gallbladder", "aorta", "esophagus", "duodenum", "colon",
            "adrenal_gland_left", "appendix"];

    /// <summary>
    /// Each another size, of which few are multiples of 8, another number of slices and of organs, and straight or turned.
    /// </summary>
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

    /// <summary>
    /// An RTSTRUCT through a rasterizer that others wrote: where the organs' outlines are drawn as we mean them, it gives the label map
    /// back.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Plastimatch_fills_the_same_masks(ulong seed)
    {
        DataSet set = Make(seed);
        string masks = Path.Combine(Folder, "masks"), grid = Path.Combine(Folder, "grid.nii");
        NiftiWriter.Write(grid, new LabelMap(set.Stack.Geometry, set.Labels));
        string said = Tool.Run("plastimatch", "plastimatch", "convert", "--input", set.Contours, "--fixed", grid, "--output-prefix", masks,
            "--prefix-format", "mha");
        for (int k = 0; k < set.Organs.Length; k++)
        {
            string file = Path.Combine(masks, set.Organs[k].Name + ".mha");
            Assert.True(File.Exists(file), said);
            MetaImage mask = MetaImage.Read(file);
            Assert.Equal(set.Labels.Select(label => label == k + 1 ? 1f : 0f), mask.Voxels);
        }
    }

    /// <summary>
    /// Contours that repeat or overlap, united as plastimatch does by itself; some nested and some with a keyhole, which it toggles when
    /// told.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Plastimatch_unites_contours_and_cuts_holes_as_we_do(bool nested)
    {
        var rng = new Rng(nested ? 5ul : 6ul);
        CtStack stack = Stack(new CtImage { Rows = Side, Columns = Side, Spacing = [1, 1], Position = [0, 0, 0], Identified = true }, 8);
        StructureSetFile.Contour[] contours = [.. Enumerable.Range(0, 8).SelectMany(k => nested ? Nested(rng, 5 * k) : United(rng, 5 * k))];
        string path = Save("rt", StructureSetFile.Make(new StructureSetFile.Region("GTV", contours))),
            masks = Path.Combine(Folder, "masks");
        string grid = Path.Combine(Folder, "grid.nii");
        NiftiWriter.Write(grid, new LabelMap(stack.Geometry, new byte[stack.Geometry.Voxels]));
        string[] options = ["convert", "--input", path, "--fixed", grid, "--output-prefix", masks, "--prefix-format", "mha"];
        string said = Tool.Run("plastimatch", "plastimatch", nested ? [.. options, "--xor-contours"] : options);
        Assert.True(File.Exists(Path.Combine(masks, "GTV.mha")), said);

        var file = new DicomStructureSet(DicomFile.Open(path));
        RegionMask ours = file.ReadMask(file.Regions[0], stack, []);
        Assert.InRange(ours.Voxels.Count(v => v == RegionMask.Inside), 8 * 40, 8 * Side * Side - 1);
        Assert.Equal(MetaImage.Read(Path.Combine(masks, "GTV.mha")).Voxels, ours.Voxels.Select(v => (float)v));
    }

    private const int Side = 24;

    /// <summary>A box, the same again, one half over it and one beside it, from wherever they begin.</summary>
    private static StructureSetFile.Contour[] United(Rng rng, double z)
    {
        (double x, double y) = (0.5 + rng.Next(10), 0.5 + rng.Next(10));
        StructureSetFile.Contour box = StructureSetFile.Rectangle(x, y, x + 6, y + 5, z);
        return
        [
            box, box with { Points = [.. box.Points[6..], .. box.Points[..6]] }, StructureSetFile.Rectangle(x + 3, y + 2, x + 9, y + 8, z),
            StructureSetFile.Rectangle(x - 2, y, x, y + 5, z),
        ];
    }

    /// <summary>
    /// A box with a hole in which an island lies, and a ring of one contour that comes back along the line by which it went in.
    /// </summary>
    private static StructureSetFile.Contour[] Nested(Rng rng, double z)
    {
        (double x, double y) = (0.5 + rng.Next(3), 0.5 + rng.Next(3));
        double[] columns = [14, 20, 20, 14, 14, 16, 16, 18, 18, 16, 14], rows = [2, 2, 8, 8, 4, 4, 6, 6, 4, 4, 4];
        StructureSetFile.Contour[] boxes =
        [
            StructureSetFile.Rectangle(x, y, x + 11, y + 12, z), StructureSetFile.Rectangle(x + 2, y + 1, x + 9, y + 10, z),
            StructureSetFile.Rectangle(x + 4, y + 4, x + 7, y + 6, z),
            new("CLOSED_PLANAR", [.. columns.Zip(rows).SelectMany(corner => new[] { corner.First + 0.5, corner.Second + y, z })]),
        ];
        return [.. boxes.OrderBy(_ => rng.Next(1000))];
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
                stack.Walk.Scatter(k * rows + j,
                    [.. Enumerable.Range(0, columns).Select(_ => kind switch { 0 => (byte)0, 1 => one, _ => (byte)rng.Next(organs + 1) })],
                    labels);
        }

        SegmentToWrite[] segments = [.. Names.Take(organs)
            .Select((name, n) => new SegmentToWrite(name, ((byte)(31 * n), (byte)(255 - 17 * n), 99)))];
        (string seg, string contours) = (Path.Combine(Folder, "seg.dcm"), Path.Combine(Folder, "rtstruct.dcm"));
        DicomSegmentationWriter.Write(seg, stack, labels, segments);
        DicomStructureSetWriter.Write(contours, stack, labels, segments);
        return new DataSet(Path.Combine(Folder, "0.ct"), seg, contours, stack, labels, segments);
    }

    private sealed record DataSet(string Ct, string Seg, string Contours, CtStack Stack, byte[] Labels, SegmentToWrite[] Organs);
}
