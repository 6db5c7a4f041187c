using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Segments and regions by the hundred. As text 9 is a tab, 13 the end of a line, 32 a blank and 8224 two of them.</summary>
public sealed class SegmentNumberTests : DicomFolder
{
    private const int Rows = SegmentationFile.Rows, Columns = SegmentationFile.Columns;

    [Theory]
    [InlineData(DicomBuilder.Explicit)]
    [InlineData(DicomBuilder.Implicit)]
    [InlineData(DicomBuilder.BigEndian)]
    public void A_number_is_there_whatever_its_bytes_mean_as_text(string syntax)
    {
        for (int number = 0; number <= ushort.MaxValue; number += number < 1000 ? 1 : 257)
        {
            byte[] file = DicomBuilder.For(syntax).Word(DicomTags.ReferencedSegmentNumber, "US", number)
                .Text(DicomTags.SegmentLabel, "LO", "  ").File(syntax);
            IDicomDataset set = DicomFile.Open(Save("number", file)).Dataset;
            Assert.True(set.Has(DicomTags.ReferencedSegmentNumber), $"{number}");
            Assert.Equal(number, set.Number(DicomTags.ReferencedSegmentNumber));
            Assert.Equal($"{number}", set.Text(DicomTags.ReferencedSegmentNumber));
            Assert.False(set.Has(DicomTags.SegmentLabel));
            Assert.False(set.Has(DicomTags.SegmentNumber));
        }
    }

    [Fact]
    public void Segments_of_every_number_are_read_from_their_frames()
    {
        int[] numbers = [.. Enumerable.Range(1, 300), 0x0920, 0x2009, 0x2020, 0x5C5C, 0xFFFF];
        int[][] frames = [.. numbers
            .Select(number => Enumerable.Range(0, Rows * Columns).Select(at => at == number % (Rows * Columns) ? 1 : 0).ToArray())];
        byte[] bytes = SegmentationFile.Make(frames, [.. numbers.Select(number => (number, 15.0))], bits: 1, "BINARY",
            segments: [.. numbers.Select(number => (number, $"Segment {number}"))]);
        var file = new DicomSegmentation(DicomFile.Open(Save("seg", bytes)));
        CtStack stack = Stack(new CtImage { Rows = Rows, Columns = Columns, Position = [-10, -20, 10] }, 3);
        Assert.Equal(numbers, file.Regions.Select(region => region.Number));
        foreach (DicomRegion region in file.Regions)
        {
            byte[] mask = file.ReadMask(region, stack, []).Voxels;
            Assert.Equal(1, mask.Count(v => v == 1));
            (int row, int column) = Math.DivRem(region.Number % (Rows * Columns), Columns);
            Assert.Equal(1, mask[stack.Walk.First(Rows + row) + column * stack.Walk.Step.I]);
        }
    }

    [Fact]
    public void As_many_as_300_segments_and_regions_come_back_as_they_were_written()
    {
        CtStack stack = Stack(new CtImage { Rows = Rows, Columns = Columns, Identified = true }, 9);
        (string seg, string contours) = (Path.Combine(Folder, "seg.dcm"), Path.Combine(Folder, "rt.dcm"));
        for (int count = 1; count <= 300; count += count < 40 ? 1 : 20)
        {
            // Labels are bytes: the organs from 256 on are nowhere.
            byte[] labels = [.. Enumerable.Range(0, (int)stack.Geometry.Voxels).Select(at => (byte)(at % (Math.Min(count, 255) + 1)))];
            SegmentToWrite[] organs = [.. Enumerable.Range(1, count).Select(n => new SegmentToWrite($"organ {n}", (1, 2, 3)))];
            DicomSegmentationWriter.Write(seg, stack, labels, organs);
            DicomStructureSetWriter.Write(contours, stack, labels, organs);
            foreach (IDicomRegions read in new IDicomRegions[] { new DicomSegmentation(DicomFile.Open(seg)),
                new DicomStructureSet(DicomFile.Open(contours)) })
            {
                Assert.Equal(Enumerable.Range(1, count).Select(n => (n, $"organ {n}")),
                    read.Regions.Select(region => (region.Number, region.Name)));
                foreach (DicomRegion region in read.Regions)
                    Assert.Equal(labels.Select(label => (byte)(label == region.Number ? 1 : 0)), read.ReadMask(region, stack, []).Voxels);
            }
        }
    }
}
