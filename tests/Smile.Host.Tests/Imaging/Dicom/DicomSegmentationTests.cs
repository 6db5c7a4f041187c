using Smile.Host.Imaging;
using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Segmentations of odd sizes: 7 x 5 pixels, so that frames start inside bytes, on a CT of three slices.</summary>
public sealed class DicomSegmentationTests : DicomFolder
{
    private const int Rows = SegmentationFile.Rows, Columns = SegmentationFile.Columns;

    [Fact]
    public void Sparse_unordered_overlapping_frames_go_to_their_slices()
    {
        var rng = new Rng(8);
        int[][] frames = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, Rows * Columns).Select(_ => rng.Next(2)).ToArray())];
        // Segment and z of each frame: out of order, two segments in one slice, segment 1 absent from the middle.
        (int Segment, double Z)[] places = [(2, 15), (1, 20), (2, 10), (1, 10)];
        var file = Open(frames, places, bits: 1, "BINARY");
        Assert.Equal([new DicomRegion(1, "Liver", "SCT:10200004"), new DicomRegion(2, "Spleen", "")], file.Regions);
        CtStack stack = Stack();
        // Nobody has said that segment 1 is absent from the middle.
        byte[] first = file.ReadMask(file.Regions[0], stack, []).Voxels;
        Assert.Equal(Volume(stack, (0, frames[3]), (2, frames[1])), first.Select(v => v == RegionMask.Inside ? v : RegionMask.Outside));
        int[] all = [.. Enumerable.Repeat(1, Rows * Columns)];
        Assert.Equal(Volume(stack, (1, all)), first.Select(v => (byte)(v == RegionMask.Doubt ? 1 : 0)));
        Assert.Equal(Volume(stack, (0, frames[2]), (1, frames[0])), file.ReadMask(file.Regions[1], stack, []).Voxels);
    }

    [Fact]
    public void Fractions_count_from_half_and_a_label_map_by_value()
    {
        int[] values = [.. Enumerable.Range(0, Rows * Columns).Select(i => 7 * i)];
        CtStack stack = Stack();
        var fractional = Open([values], [(1, 15)], bits: 8, "FRACTIONAL");
        byte[] from = fractional.ReadMask(fractional.Regions[0], stack, []).Voxels;
        Assert.Equal(Volume(stack, (1, [.. values.Select(v => v >= 100 ? 1 : 0)])), from);
        var labels = Open([[.. values.Select(v => v % 3)]], [(0, 15)], bits: 8, "LABELMAP");
        foreach (DicomRegion region in labels.Regions)
        {
            byte[] mask = labels.ReadMask(region, stack, []).Voxels;
            Assert.Equal(Volume(stack, (1, [.. values.Select(v => v % 3 == region.Number ? 1 : 0)])), mask);
        }
    }

    [Fact]
    public void Frames_drawn_the_other_way_round_are_turned()
    {
        int[] frame = [.. Enumerable.Range(0, Rows * Columns).Select(i => i % 4 == 0 ? 1 : 0)];
        // The last pixel first, rows and columns running back.
        var file = Open([frame], [(1, 15)], bits: 1, "BINARY", corner: (Columns - 1, Rows - 1), sign: -1);
        CtStack stack = Stack();
        Assert.Equal(Volume(stack, (1, [.. frame.Reverse()])), file.ReadMask(file.Regions[0], stack, []).Voxels);
    }

    [Fact]
    public void Pixels_beyond_the_series_are_told_and_frames_off_its_grid_refused()
    {
        int[] full = [.. Enumerable.Repeat(1, Rows * Columns)];
        CtStack stack = Stack();
        var warnings = new List<string>();
        var beyond = Open([full, full], [(1, 20), (1, 25)], bits: 1, "BINARY");
        Assert.Equal(Volume(stack, (2, full)), beyond.ReadMask(beyond.Regions[0], stack, warnings).Voxels);
        var shifted = Open([full], [(1, 20)], bits: 1, "BINARY", corner: (2, 0));
        Assert.Equal(Rows * (Columns - 2), shifted.ReadMask(shifted.Regions[0], stack, warnings).Voxels.Count(v => v == 1));
        Assert.Collection(warnings,
            warning => Assert.Contains("'Liver': 35 pixels lie outside", warning, StringComparison.Ordinal),
            warning => Assert.Contains("14 pixels lie outside", warning, StringComparison.Ordinal));

        var between = Open([full], [(1, 12.5)], bits: 1, "BINARY");
        Refused(() => between.ReadMask(between.Regions[0], stack, []), "ImagePositionPatient", "frame 1 lies between two slices");
        var off = Open([full], [(1, 20)], bits: 1, "BINARY", corner: (0.5, 0));
        Refused(() => off.ReadMask(off.Regions[0], stack, []), "off the pixel grid");
        var coarse = Open([full], [(1, 20)], bits: 1, "BINARY", spacing: [1, 0.75]);
        Refused(() => coarse.ReadMask(coarse.Regions[0], stack, []), "off the pixel grid");
        Refused(() => _ = new DicomSegmentation(DicomFile.Open(Save("ct", new CtImage().File()))), "SegmentationType",
            "Is this a DICOM SEG?");
    }

    private CtStack Stack()
    {
        for (int n = 0; n < 3; n++)
            Save($"{n}.ct", new CtImage { Rows = Rows, Columns = Columns, Position = [-10, -20, 10 + 5 * n] }.File());
        return new DicomSeries("1.2.3", Folder, [.. Enumerable.Range(0, 3).Select(n => DicomFile.Open(Path.Combine(Folder, $"{n}.ct")))])
            .ReadStack();
    }

    private DicomSegmentation Open(
        int[][] frames, (int Segment, double Z)[] places, int bits, string type, (double Column, double Row) corner = default, int sign = 1,
        double[]? spacing = null) =>
        new(DicomFile.Open(Save($"{Guid.NewGuid()}.seg", SegmentationFile.Make(frames, places, bits, type, corner, sign, spacing))));

    /// <summary>A volume with these frames, row by row, in these slices.</summary>
    private static byte[] Volume(CtStack stack, params (int Slice, int[] Frame)[] frames)
    {
        AxisWalk walk = stack.Walk;
        var volume = new byte[stack.Geometry.Voxels];
        foreach ((int slice, int[] frame) in frames)
        {
            for (int row = 0; row < Rows; row++)
                walk.Scatter<byte>(slice * Rows + row, [.. frame[(row * Columns)..((row + 1) * Columns)].Select(v => (byte)v)], volume);
        }

        return volume;
    }
}
