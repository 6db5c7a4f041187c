using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Random series with the SEG and RTSTRUCT written for them, through programs that others wrote.</summary>
public sealed class OtherReadersTests : DicomFolder
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Dciodvfy_finds_no_error(ulong seed)
    {
        (_, string seg, string contours) = DataSet(seed);
        foreach (string file in new[] { seg, contours })
            Assert.DoesNotContain("Error", Tool.Run("dciodvfy", "dicom3tools", file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Gdcm_reads_the_same_pixels(ulong seed)
    {
        (string ct, string seg, _) = DataSet(seed);
        foreach (string file in new[] { ct, seg })
        {
            string raw = Path.Combine(Folder, "pixels.raw");
            string said = Tool.Run("gdcmraw", "libgdcm-tools", "-i", file, "-o", raw);
            Assert.True(File.Exists(raw), said);
            AssertPixels(file, File.ReadAllBytes(raw));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Dcmtk_reads_the_same_pixels(ulong seed)
    {
        (string ct, string seg, string contours) = DataSet(seed);
        foreach (string file in new[] { ct, seg })
        {
            string folder = Directory.CreateDirectory(Path.Combine(Folder, "raw" + Path.GetFileName(file))).FullName;
            string said = Tool.Run("dcmdump", "dcmtk", "+W", folder, file);
            Assert.DoesNotContain("E:", said, StringComparison.Ordinal);
            AssertPixels(file, File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder))));
        }

        string told = Tool.Run("dcmdump", "dcmtk", contours);
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

    private (string Ct, string Seg, string Contours) DataSet(ulong seed)
    {
        var rng = new Rng(seed);
        int rows = 5 + rng.Next(20), columns = 5 + rng.Next(20);
        var image = new CtImage
        {
            Rows = rows,
            Columns = columns,
            Identified = true,
            Spacing = [0.5 + 0.01 * rng.Next(100), 0.5 + 0.01 * rng.Next(100)],
            Pixels = [.. Enumerable.Range(0, rows * columns).Select(_ => rng.Next(4096) - 1024)],
        };
        CtStack stack = Stack(image, 3);
        byte[] labels = [.. Enumerable.Range(0, 3 * rows * columns).Select(_ => (byte)rng.Next(3))];
        SegmentToWrite[] organs = [new("liver", (31, 119, 255)), new("stomach", (230, 40, 40))];
        (string seg, string contours) = (Path.Combine(Folder, "seg.dcm"), Path.Combine(Folder, "rtstruct.dcm"));
        DicomSegmentationWriter.Write(seg, stack, labels, organs);
        DicomStructureSetWriter.Write(contours, stack, labels, organs);
        return (Path.Combine(Folder, "0.ct"), seg, contours);
    }
}
