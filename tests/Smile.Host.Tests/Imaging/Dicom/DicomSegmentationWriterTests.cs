using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Segmentations of 7 x 5 pixels, so that frames start inside bytes, on a CT of four slices.</summary>
public sealed class DicomSegmentationWriterTests : DicomFolder
{
    private const int Slices = 4, Rows = 7, Columns = 5;

    private static readonly SegmentToWrite[] Organs =
        [new("liver", (31, 119, 255)), new("kidney_right", (230, 40, 40)), new("appendix", (40, 180, 60)), new("stomach", (255, 255, 255))];

    [Theory]
    [InlineData(new double[] { 1, 0, 0, 0, 1, 0 })]
    [InlineData(new double[] { -1, 0, 0, 0, -1, 0 })]
    [InlineData(new double[] { 0, 1, 0, 0, 0, -1 })]
    [InlineData(new[] { 0.8, 0.6, 0, -0.6, 0.8, 0 })]
    public void Every_segment_is_read_back_voxel_for_voxel(double[] orientation)
    {
        CtStack stack = Stack(orientation);
        byte[] labels = Labels(stack);
        var read = new DicomSegmentation(DicomFile.Open(Write(stack, labels)));
        Assert.Equal(["SCT:10200004", "SCT:9846003", "SCT:91723000", "SCT:69695003"], read.Regions.Select(region => region.Code));
        Assert.Equal(Organs.Select(organ => organ.Name), read.Regions.Select(region => region.Name));
        foreach (DicomRegion region in read.Regions)
        {
            var warnings = new List<string>();
            Assert.Equal(labels.Select(label => (byte)(label == region.Number ? 1 : 0)), read.ReadMask(region, stack, warnings).Voxels);
            Assert.Empty(warnings);
        }
    }

    [Fact]
    public void Only_slices_with_the_organ_have_frames_and_bits_follow_one_another()
    {
        CtStack stack = Stack([1, 0, 0, 0, 1, 0]);
        var labels = new byte[Slices * Rows * Columns];
        foreach ((int k, byte label) in new[] { (1, (byte)1), (3, (byte)1), (1, (byte)2) })
            labels[stack.Walk.First(k * Rows + Rows - 1) + (Columns - 1 - label) * stack.Walk.Step.I] = label;
        byte[] file = File.ReadAllBytes(Write(stack, labels));
        DicomFile read = DicomFile.Open(Path.Combine(Folder, "seg.dcm"));
        Assert.Equal(3, read.ReadFormat().Frames);
        // Pixels 33, 35 + 33 and 70 + 32 of one stream of 105 bits, in 14 bytes: nothing between the frames.
        var bits = new byte[14];
        foreach (int bit in new[] { 33, 68, 102 })
            bits[bit / 8] |= (byte)(1 << bit % 8);
        Assert.Equal(bits, file[^14..]);
    }

    /// <summary>Archives refuse longer ones, and a part of one would be another study's.</summary>
    [Fact]
    public void A_Study_ID_of_more_than_16_characters_is_not_copied_on()
    {
        CtStack Of(string study) => Stack(new CtImage
        {
            Rows = Rows,
            Columns = Columns,
            Identified = true,
            Extra = [(DicomTags.StudyID, study)]
        }, Slices);
        CtStack fits = Of("1234567890123456");
        Assert.Equal("1234567890123456", DicomFile.Open(Write(fits, Labels(fits))).Dataset.Text(DicomTags.StudyID));
        CtStack over = Of("12345678901234567");
        Assert.Equal("", DicomFile.Open(Write(over, Labels(over))).Dataset.Text(DicomTags.StudyID));
    }

    [Fact]
    public void Patient_and_study_are_the_series_and_the_rest_is_new()
    {
        CtStack stack = Stack([1, 0, 0, 0, 1, 0]);
        IDicomDataset ct = stack.Slices[0].File.Dataset, seg = DicomFile.Open(Write(stack, Labels(stack))).Dataset;
        Assert.Equal("M\u00fcller^Zo\u00eb", seg.Text(DicomTags.PatientName));
        foreach (DicomTag tag in new[] { DicomTags.PatientID, DicomTags.StudyInstanceUID, DicomTags.StudyDate,
            DicomTags.FrameOfReferenceUID })
            Assert.Equal(ct.Text(tag), seg.Text(tag));
        foreach (DicomTag tag in new[] { DicomTags.SeriesInstanceUID, DicomTags.SOPInstanceUID })
            Assert.Matches(@"^2\.25\.[1-9]\d{0,38}$", seg.Text(tag));
        IDicomDataset series = Assert.Single(seg.Items(DicomTags.ReferencedSeriesSequence));
        Assert.Equal("1.2.3", series.Text(DicomTags.SeriesInstanceUID));
        Assert.Equal(Slices, series.Items(DicomTags.ReferencedInstanceSequence).Count);
        // White is L* = 100 with a* = b* = 0.
        double[] white = seg.Items(DicomTags.SegmentSequence)[3].Numbers(DicomTags.RecommendedDisplayCIELabValue);
        Close([65535, 32896, 32896], white, 2);
    }

    [Fact]
    public void Without_any_organ_there_is_one_empty_frame()
    {
        CtStack stack = Stack([1, 0, 0, 0, 1, 0]);
        var read = new DicomSegmentation(DicomFile.Open(Write(stack, new byte[Slices * Rows * Columns])));
        Assert.All(read.Regions, region => Assert.DoesNotContain((byte)1, read.ReadMask(region, stack, []).Voxels));
    }

    [Fact]
    public void A_series_without_its_UIDs_is_refused()
    {
        CtStack stack = Stack([1, 0, 0, 0, 1, 0], identified: false);
        Refused(() => Write(stack, Labels(stack)), "0.ct", "StudyInstanceUID", "is missing");
        Assert.False(File.Exists(Path.Combine(Folder, "seg.dcm")));
    }

    [Fact]
    public void Dciodvfy_finds_no_error()
    {
        string said = Tool.Run("dciodvfy", "dicom3tools", Write(Stack([1, 0, 0, 0, 1, 0])));
        Assert.Contains("Segmentation", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Error", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Dcmtk_reads_the_frames_and_segments()
    {
        string said = Tool.Run("dcmdump", "dcmtk", Write(Stack([1, 0, 0, 0, 1, 0])));
        Assert.Contains("Liver", said, StringComparison.Ordinal);
        Assert.Contains("BINARY", said, StringComparison.Ordinal);
        Assert.DoesNotContain("W:", said, StringComparison.Ordinal);
        Assert.DoesNotContain("E:", said, StringComparison.Ordinal);
    }

    private string Write(CtStack stack, byte[]? labels = null)
    {
        string path = Path.Combine(Folder, "seg.dcm");
        DicomSegmentationWriter.Write(path, stack, labels ?? Labels(stack), Organs);
        return path;
    }

    /// <summary>Every organ in the first two slices, none in the third, the first two in the last.</summary>
    private static byte[] Labels(CtStack stack)
    {
        var rng = new Rng(5);
        var labels = new byte[Slices * Rows * Columns];
        for (int row = 0; row < Slices * Rows; row++)
        {
            int slice = row / Rows, most = slice switch { 2 => 0, 3 => 2, _ => Organs.Length };
            stack.Walk.Scatter(row, [.. Enumerable.Range(0, Columns).Select(_ => (byte)rng.Next(most + 1))], labels);
        }

        return labels;
    }

    private CtStack Stack(double[] orientation, bool identified = true) =>
        Stack(new CtImage { Rows = Rows, Columns = Columns, Orientation = orientation, Identified = identified }, Slices);
}
