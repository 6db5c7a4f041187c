using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class DicomCorruptionTests : DicomFolder
{
    /// <summary>
    /// Files with bytes changed at random, and files cut short: reading works or ends in a DataException, and takes no more
    /// memory than a file of a few kilobytes can fill.
    /// </summary>
    [Theory]
    [InlineData(DicomBuilder.Implicit)]
    [InlineData(DicomBuilder.Explicit)]
    [InlineData(DicomBuilder.BigEndian)]
    [InlineData(DicomBuilder.Deflated)]
    [InlineData(DicomBuilder.Rle)]
    [InlineData(DicomBuilder.JpegLossless)]
    public void Four_hundred_damaged_files_of_each_kind(string syntax)
    {
        var rng = new Rng(20261124, stream: (ulong)syntax.Length);
        byte[] whole = Whole(syntax);
        int read = 0;
        for (int n = 0; n < 400; n++)
        {
            byte[] bytes = [.. whole];
            if (n % 4 == 0)
                bytes = bytes[..rng.Next(bytes.Length)];
            for (int change = 0; change < 1 + n % 4 && bytes.Length > 132; change++)
                bytes[132 + rng.Next(bytes.Length - 132)] = (byte)rng.Next(256);
            read += Read(Save("a", bytes), n) ? 1 : 0;
        }

        // Many bytes are nobody's concern (fewer in a deflated file): if none were read the test would show nothing.
        Assert.InRange(read, syntax == DicomBuilder.Deflated ? 4 : 20, 380);
    }

    /// <summary>
    /// A file of nothing but empty items, eight bytes each, would take twenty times its size: a hundred thousand are read, and without end
    /// they are refused.
    /// </summary>
    [Theory]
    [InlineData(100_000, true)]
    [InlineData(500_000, false)]
    public void Items_without_end(int count, bool isRead)
    {
        byte[] items = [.. Enumerable.Repeat<byte[]>([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0], count).SelectMany(item => item)];
        string path = Save("items",
            new DicomBuilder().Text(DicomTags.Modality, "CS", "SEG").Raw(DicomTags.PerFrameFunctionalGroupsSequence, "SQ", items)
            .File(DicomBuilder.Explicit));
        long before = GC.GetAllocatedBytesForCurrentThread();
        if (isRead)
            Assert.Equal(count, DicomFile.Open(path).Dataset.Items(DicomTags.PerFrameFunctionalGroupsSequence).Count);
        else
            Refused(() => DicomFile.Open(path), "PerFrameFunctionalGroupsSequence", "without end");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L * items.Length + (64 << 20));
    }

    /// <summary>The same of files whose items say where regions lie.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Four_hundred_damaged_segmentations_and_structure_sets(bool contours)
    {
        var rng = new Rng(20261124, stream: contours ? 100u : 99u);
        byte[] whole = contours
            ? StructureSetFile.Make(StructureSetFile.Square(0.5, 3.5, 31), StructureSetFile.Square(1.5, 2.5, 31))
            : SegmentationFile.Make([[.. Enumerable.Range(0, 35).Select(i => i % 2)], new int[35]], [(2, 30), (1, 30)], 1, "BINARY");
        CtStack stack = new DicomSeries("", Folder, [DicomFile.Open(Save("ct", new CtImage { Rows = 7, Columns = 5 }.File()))]).ReadStack();
        int read = 0;
        for (int n = 0; n < 400; n++)
        {
            byte[] bytes = [.. whole];
            if (n % 4 == 0)
                bytes = bytes[..rng.Next(bytes.Length)];
            for (int change = 0; change < 1 + n % 3 && bytes.Length > 132; change++)
                bytes[132 + rng.Next(bytes.Length - 132)] = (byte)rng.Next(256);
            string path = Save("a", bytes);
            read += DamagedFile.Reads(path, n, () =>
            {
                IDicomFile file = DicomFile.Open(path);
                IDicomRegions regions = contours ? new DicomStructureSet(file) : new DicomSegmentation(file);
                foreach (DicomRegion region in regions.Regions)
                    regions.ReadMask(region, stack, []);
            }) ? 1 : 0;
        }

        Assert.InRange(read, 20, 380);
    }

    /// <summary>
    /// Found by fuzzing: 200 bytes of JPEG 2000 may stand for half a million pixels, until they are decoded; the buffer for them was twice
    /// that.
    /// </summary>
    [Fact]
    public void A_size_that_only_the_codec_can_refute_takes_no_more_memory_than_it_declares()
    {
        var image = new CtImage { Rows = 16967, Columns = 32, Pixels = [1] };
        string path = Save("a", image.Packed("1.2.840.10008.1.2.4.90", new byte[200]));
        var series = new DicomSeries("", Folder, [DicomFile.Open(path)]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(() => series.ReadVolume(), path, "JPEG 2000");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L * 2 * image.Rows * image.Columns + (1 << 20));
    }

    /// <summary>An image with sequences of both kinds, private ones among them.</summary>
    private static byte[] Whole(string syntax)
    {
        var image = new CtImage { Rows = 8, Columns = 8 };
        DicomBuilder New() => DicomBuilder.For(syntax);
        DicomBuilder b = image.Header(syntax)
            .Sequence(new DicomTag(0x0041, 0x1001), true, New().Sequence(new DicomTag(0x0041, 0x1001), false, New(), New()))
            .Sequence(DicomTags.PixelMeasuresSequence, true, New().Numbers(DicomTags.PixelSpacing, "DS", 1, 2))
            .Sequence(DicomTags.PlanePositionSequence, false, New().Numbers(DicomTags.ImagePositionPatient, "DS", 1, 2, 3));
        int[] unsigned = [.. image.Stored.Select(v => v & 0xFFFF)];
        return syntax switch
        {
            DicomBuilder.Rle => b.Fragments(true, [], RleCoder.Encode(unsigned, 2)).File(syntax),
            DicomBuilder.JpegLossless => b.Fragments(true, [], JpegLosslessCoder.Encode(unsigned, 5, 16, 0, 2, 8, 8)).File(syntax),
            _ => b.Raw(DicomTags.PixelData, "OW", b.Words(image.Stored)).File(syntax),
        };
    }

    private static bool Read(string path, int n) => DamagedFile.Reads(path, n, () =>
    {
        DicomFile file = DicomFile.Open(path);
        foreach (CtSlice slice in CtSlice.Of(file, []))
            Pixels(file, slice.Frame);
    });
}
