using Smile.Host.Imaging;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>SEG and RTSTRUCT of other people's tools against label maps of the same.</summary>
public sealed class DicomRegionRealDataTests : DicomFolder
{
    [Theory]
    [InlineData("liver.dcm", "ct-3slice", "liver_seg.nrrd", 107098)]
    [InlineData("24x38x3/seg/label.seg", "24x38x3/image", "24x38x3/nrrd/label.nrrd", 315)]
    [InlineData("23x38x3/seg/label.seg", "23x38x3/image", "23x38x3/nrrd/label.nrrd", 322)]
    [InlineData("23x38x3/seg/label.seg", "23x38x3/multiframe", "23x38x3/nrrd/label.nrrd", 322)]
    [InlineData("sparse-labelmap-noppv.dcm", "24x38x3/image", "sparse_labelmap_noppv_seg.nrrd", 630)]
    [InlineData("sparse-labelmap-ppv5.dcm", "24x38x3/image", "sparse_labelmap_ppv5_seg.nrrd", 630)]
    public void A_segmentation_equals_its_label_map(string seg, string ct, string nrrd, int voxels)
    {
        CtStack stack = Stack("dcmqi/" + ct);
        var file = new DicomSegmentation(DicomFile.Open(TestData.Require("dcmqi/" + seg)));
        // One liver in each; a label map may hold its background, of PixelPaddingValue 5, too.
        byte[] expected = Masks(stack, "dcmqi/" + nrrd)[0], mask = Inside(file.ReadMask(Assert.Single(file.Regions), stack, []));
        Assert.Equal(voxels, mask.Count(v => v == 1));
        Assert.Equal(expected, mask);
    }

    /// <summary>Five segments that overlap, in seven frames out of order; the three maps hold each once.</summary>
    [Fact]
    public void Overlapping_segments_equal_their_label_maps()
    {
        CtStack stack = Stack("dcmqi/ct-3slice");
        var file = new DicomSegmentation(DicomFile.Open(TestData.Require("dcmqi/partial_overlaps.dcm")));
        List<byte[]> expected = [.. Enumerable.Range(1, 3).SelectMany(n => Masks(stack, $"dcmqi/partial_overlaps-{n}.nrrd"))];
        Assert.Equal(5, file.Regions.Count);
        foreach (DicomRegion region in file.Regions)
        {
            byte[] mask = Inside(file.ReadMask(region, stack, []));
            Assert.Contains((byte)1, mask);
            Assert.Equal(1, expected.RemoveAll(other => other.AsSpan().SequenceEqual(mask)));
        }

        Assert.Empty(expected);
    }

    [Fact]
    public void One_liver_in_every_syntax()
    {
        CtStack stack = Stack("dcmqi/ct-3slice");
        foreach (string name in (string[])["liver.dcm", "liver_expb.dcm", "liver_rle.dcm", "liver_deflate.dcm"])
        {
            var file = new DicomSegmentation(DicomFile.Open(TestData.Require("pydicom_data/" + name)));
            DicomRegion liver = Assert.Single(file.Regions);
            Assert.Equal((1, "Liver"), (liver.Number, liver.Name));
            Assert.Equal(107098, file.ReadMask(liver, stack, []).Voxels.Count(v => v == 1));
        }
    }

    [Theory]
    [InlineData("seg_image_ct_binary.dcm", 1)]
    [InlineData("seg_image_ct_binary_overlap.dcm", 2)]
    [InlineData("seg_image_ct_binary_fractional.dcm", 1)]
    [InlineData("seg_image_ct_true_fractional.dcm", 1)]
    public void Segmentations_by_highdicom_lie_on_their_slices(string name, int segments)
    {
        // The folder's fourth slice is 200 mm away.
        IDicomFile[] slices = [.. new[] { "17136", "17166", "17196" }
            .Select(n => DicomFile.Open(TestData.Require($"pydicom/dicomdirtests/77654033/CT2/{n}")))];
        CtStack stack = new DicomSeries("", "CT2", slices).ReadStack();
        var seg = DicomFile.Open(TestData.Require("highdicom/" + name));
        var file = new DicomSegmentation(seg);
        Assert.Equal(segments, file.Regions.Count);
        int all = Enumerable.Range(0, seg.ReadFormat().Frames)
            .Sum(frame => Pixels(seg, frame).Count(v => 2 * v >= (seg.ReadFormat().BitsAllocated == 1 ? 1 : 255)));
        var warnings = new List<string>();
        int outside = 0;
        int placed = file.Regions.Sum(region => file.ReadMask(region, stack, warnings).Voxels.Count(v => v == 1));
        foreach (string warning in warnings)
            outside += int.Parse(warning.Split("': ")[1].Split(' ')[0]);
        Assert.Equal(all, placed + outside);
        Assert.True(placed > 0);
    }

    [Fact]
    public void Filled_contours_equal_the_mask()
    {
        CtStack stack = Stack("ibsi/ibsi_validation/dicom/STS_002/CT/image");
        var file = new DicomStructureSet(DicomFile.Open(TestData.Require("ibsi/ibsi_validation/dicom/STS_002/CT/mask/RS.dcm")));
        DicomRegion region = Assert.Single(file.Regions, region => region.Name == "GTV_Mass_CT");
        byte[] mask = file.ReadMask(region, stack, []).Voxels;
        Assert.Equal(17090, mask.Count(v => v == 1));
        Assert.Equal(NiftiReader.ReadLabels(TestData.Require("ibsi/ibsi_validation/nifti/STS_002/CT_mask.nii.gz")).Labels.Voxels, mask);
    }

    [Fact]
    public void Ten_regions_of_which_one_has_no_contour()
    {
        string folder = TestData.Require("rt_misc/dicompyler-core");
        CtStack stack = DicomVolumeReader.CtSeries(folder).ReadStack();
        var file = new DicomStructureSet(DicomFile.Open(Path.Combine(folder, "rtss.dcm")));
        Assert.Equal(10, file.Regions.Count);
        DicomRegion Region(string name) => file.Regions.Single(region => region.Name == name);
        var warnings = new List<string>();
        Assert.DoesNotContain((byte)1, file.ReadMask(Region("Areola"), stack, warnings).Voxels);
        Assert.Contains("no closed contour", Assert.Single(warnings), StringComparison.Ordinal);
        warnings.Clear();
        Assert.InRange(file.ReadMask(Region("BODY"), stack, warnings).Voxels.Count(v => v == 1), 10000, 262144);
        Assert.Collection(warnings,
            warning => Assert.Contains("'BODY': 137 contours lie on no slice of the CT series", warning, StringComparison.Ordinal),
            warning => Assert.Contains("2 contours hold no pixel's centre", warning, StringComparison.Ordinal));
        warnings.Clear();
        Assert.False(file.ReadMask(Region("Heart"), stack, warnings).IsAnnotated); // the one slice that is here is not the heart's
        Assert.Contains("taken for not annotated", warnings[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rt.dcm", true)]
    [InlineData("invalid_reference_rt.dcm", false)]
    [InlineData("non_existent_reference_rt.dcm", false)]
    public void Contours_lie_where_they_are_whatever_images_they_name(string name, bool hole)
    {
        CtStack stack = Stack("rt_misc/rt-utils/tests/mock_data");
        var file = new DicomStructureSet(DicomFile.Open(TestData.Require("rt_misc/rt-utils/tests/mock_data/" + name)));
        DicomRegion region = file.Regions[0];
        byte[] mask = file.ReadMask(region, stack, []).Voxels;
        AxisWalk walk = stack.Walk;
        byte At(double x, double y)
        {
            (double column, double row, _) = stack.Locate([x, y, 60]);
            return mask[walk.Start + (int)Math.Round(column) * walk.Step.I + (int)Math.Round(row) * walk.Step.J];
        }

        // A contour from about -51 to -27; that of rt.dcm has another inside it, from -47 to -32.
        Assert.Equal((1, hole ? 0 : 1, 0), (At(-49, -49), At(-40, -40), At(-20, -20)));
    }

    /// <summary>Without what is in doubt: slices between drawn ones, of segments that a person drew.</summary>
    private static byte[] Inside(RegionMask mask) => [.. mask.Voxels.Select(v => v == RegionMask.Inside ? v : RegionMask.Outside)];

    /// <summary>The masks of a label map's values, ascending, in the order of the stack's volume.</summary>
    private static byte[][] Masks(CtStack stack, string path)
    {
        Nrrd nrrd = Nrrd.Read(TestData.Require(path));
        AxisWalk walk = stack.Walk;
        Assert.Equal([walk.Size.I, walk.Size.J, walk.Size.K], nrrd.Sizes);
        Close(nrrd.Origin, stack.Slices[0].Position, 1e-3);
        short[] values = [.. nrrd.Labels.Where(v => v > 0).Distinct().Order()];
        var masks = new byte[values.Length][];
        for (int n = 0; n < values.Length; n++)
        {
            masks[n] = new byte[nrrd.Labels.Length];
            for (int at = 0; at < nrrd.Labels.Length; at++)
            {
                (int row, int i) = (at / walk.Size.I, at % walk.Size.I);
                if (nrrd.Labels[at] == values[n])
                    masks[n][walk.First(row) + i * walk.Step.I] = 1;
            }
        }

        return masks;
    }

    private static CtStack Stack(string folder) => DicomVolumeReader.CtSeries(TestData.Require(folder)).ReadStack();
}
