using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Outlines of random masks, with everything a mask can have: single pixels, holes, islands in them, corners that touch.</summary>
public sealed class DicomStructureSetWriterTests : DicomFolder
{
    private const int Slices = 4, Rows = 13, Columns = 17;

    private static readonly SegmentToWrite[] Organs = [new("liver", (31, 119, 255)), new("kidney_right", (230, 40, 40)),
        new("appendix", (40, 180, 60))];

    [Theory]
    [InlineData(new double[] { 1, 0, 0, 0, 1, 0 })]
    [InlineData(new double[] { -1, 0, 0, 0, -1, 0 })]
    [InlineData(new double[] { 0, 1, 0, 0, 0, -1 })]
    [InlineData(new[] { 0.8, 0.6, 0, -0.6, 0.8, 0 })]
    [InlineData(new[] { 0.8, 0.6, 0, -0.36, 0.48, -0.8 })]
    public void Every_region_is_read_back_voxel_for_voxel(double[] orientation)
    {
        CtStack stack = Stack(orientation);
        for (ulong seed = 0; seed < 20; seed++)
        {
            byte[] labels = Labels(seed, Slices * Rows * Columns);
            var read = new DicomStructureSet(DicomFile.Open(Write(stack, labels)));
            Assert.Equal(["SCT:10200004", "SCT:9846003", "SCT:91723000"], read.Regions.Select(region => region.Code));
            Assert.Equal(Organs.Select(organ => organ.Name), read.Regions.Select(region => region.Name));
            foreach (DicomRegion region in read.Regions)
            {
                var warnings = new List<string>();
                Assert.Equal(labels.Select(label => (byte)(label == region.Number ? 1 : 0)), read.ReadMask(region, stack, warnings).Voxels);
                Assert.Empty(warnings);
            }
        }
    }

    /// <summary>For readers that unite polygons: each is one part with its holes cut out, so that no two overlap.</summary>
    [Fact]
    public void Each_part_of_a_mask_is_one_polygon_that_encloses_its_pixels()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            byte[] labels = Labels(seed, Rows * Columns);
            var areas = new MaskContours(Rows, Columns).Of(labels, 1).Select(Area).Order();
            Assert.Equal(Parts(labels).Order(), areas);
        }
    }

    [Fact]
    public void A_hole_is_a_keyhole()
    {
        byte[] ring = [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0];
        var polygon = Assert.Single(new MaskContours(5, 5).Of(ring, 1));
        Assert.Equal([(1, 1), (1, 4), (4, 4), (4, 1), (2, 1), (2, 2), (3, 2), (3, 3), (2, 3), (2, 1)], Turned(polygon, (1, 1)));
    }

    [Fact]
    public void An_outline_may_be_longer_than_64_KiB()
    {
        CtStack stack = Stack(new CtImage { Rows = 2, Columns = 4000, Identified = true }, Slices);
        byte[] comb = [.. Enumerable.Range(0, Slices * 8000).Select(v => (byte)(v % 8000 < 4000 || v % 2 == 0 ? 1 : 0))];
        string path = Write(stack, comb);
        Assert.True(new FileInfo(path).Length > Slices * 65536);
        var read = new DicomStructureSet(DicomFile.Open(path));
        Assert.Equal(comb, read.ReadMask(read.Regions[0], stack, []).Voxels);
    }

    [Fact]
    public void Patient_and_study_are_the_series_and_the_rest_is_new()
    {
        CtStack stack = Stack([1, 0, 0, 0, 1, 0]);
        IDicomDataset ct = stack.Slices[0].File.Dataset, set = DicomFile.Open(Write(stack, Labels(1, Slices * Rows * Columns))).Dataset;
        Assert.Equal("M\u00fcller^Zo\u00eb", set.Text(DicomTags.PatientName));
        foreach (DicomTag tag in new[] { DicomTags.PatientID, DicomTags.StudyInstanceUID, DicomTags.StudyDate,
            DicomTags.FrameOfReferenceUID })
            Assert.Equal(ct.Text(tag), set.Text(tag));
        foreach (DicomTag tag in new[] { DicomTags.SeriesInstanceUID, DicomTags.SOPInstanceUID })
            Assert.Matches(@"^2\.25\.[1-9]\d{0,38}$", set.Text(tag));
        IDicomDataset study = set.Items(DicomTags.ReferencedFrameOfReferenceSequence)[0].Items(DicomTags.RTReferencedStudySequence)[0];
        IDicomDataset series = Assert.Single(study.Items(DicomTags.RTReferencedSeriesSequence));
        Assert.Equal("1.2.3", series.Text(DicomTags.SeriesInstanceUID));
        Assert.Equal(Slices, series.Items(DicomTags.ContourImageSequence).Count);
    }

    [Fact]
    public void An_organ_that_is_nowhere_has_no_contour()
    {
        CtStack stack = Stack([1, 0, 0, 0, 1, 0]);
        var read = new DicomStructureSet(DicomFile.Open(Write(stack, new byte[stack.Geometry.Voxels])));
        Assert.All(read.Regions, region => Assert.False(read.IsDrawn(region)));
    }

    [Fact]
    public void A_series_without_its_UIDs_is_refused()
    {
        CtStack stack = Stack([1, 0, 0, 0, 1, 0], identified: false);
        Refused(() => Write(stack, new byte[stack.Geometry.Voxels]), "0.ct", "StudyInstanceUID", "is missing");
        Assert.False(File.Exists(Path.Combine(Folder, "rtstruct.dcm")));
    }

    [Fact]
    public void Dciodvfy_finds_no_error()
    {
        CtStack stack = Stack([1, 0, 0, 0, 1, 0]);
        string said = Tool.Run("dciodvfy", "dicom3tools", Write(stack, Labels(1, Slices * Rows * Columns)));
        Assert.Contains("RTStructureSet", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Error", said, StringComparison.Ordinal);
    }

    private CtStack Stack(double[] orientation, bool identified = true) =>
        Stack(new CtImage { Rows = Rows, Columns = Columns, Orientation = orientation, Identified = identified }, Slices);

    private string Write(CtStack stack, byte[] labels)
    {
        string path = Path.Combine(Folder, "rtstruct.dcm");
        DicomStructureSetWriter.Write(path, stack, labels, Organs);
        return path;
    }

    /// <summary>Random labels, from sparse to mostly the first organ.</summary>
    private static byte[] Labels(ulong seed, int count)
    {
        var rng = new Rng(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)(rng.Next(10) < (int)(seed % 10) ? 1 : rng.Next(Organs.Length + 1)))];
    }

    /// <summary>Pixels of every 4-connected part of label 1.</summary>
    private static List<int> Parts(byte[] labels)
    {
        var left = Enumerable.Range(0, labels.Length).Where(i => labels[i] == 1).ToHashSet();
        var parts = new List<int>();
        while (left.Count > 0)
        {
            var found = new Queue<int>([left.Min()]);
            left.Remove(found.Peek());
            int pixels = 0;
            for (; found.TryDequeue(out int at); pixels++)
            {
                int column = at % Columns;
                int[] around = [at - Columns, at + Columns, column > 0 ? at - 1 : -1, column + 1 < Columns ? at + 1 : -1];
                foreach (int next in around.Where(left.Remove))
                    found.Enqueue(next);
            }

            parts.Add(pixels);
        }

        return parts;
    }

    /// <summary>By the shoelace formula, clockwise in the image above 0.</summary>
    private static int Area(IReadOnlyList<(int Row, int Column)> polygon) => polygon.Select((corner, n) =>
    {
        var next = polygon[(n + 1) % polygon.Count];
        return corner.Column * next.Row - next.Column * corner.Row;
    }).Sum() / 2;

    /// <summary>A closed list that begins with the first occurrence of a corner.</summary>
    private static IEnumerable<(int, int)> Turned(IReadOnlyList<(int, int)> polygon, (int, int) first)
    {
        int at = polygon.ToList().IndexOf(first);
        return polygon.Skip(at).Concat(polygon.Take(at));
    }
}
