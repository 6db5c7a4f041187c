using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class DicomStructureSetTests : DicomFolder
{
    [Fact]
    public void Contours_fill_the_nearest_slice_with_holes_where_they_nest()
    {
        // Slices at 10, 15 and 20 mm; the contours of one slice lie a little off it, and off one another.
        DicomStructureSet file = Open(StructureSetFile.Square(0.5, 8.5, 14.8), StructureSetFile.Square(2.5, 5.5, 15.1),
            StructureSetFile.Square(1.5, 2.5, 20));
        CtStack stack = Stack();
        byte[] mask = file.ReadMask(file.Regions[0], stack, []).Voxels;
        Assert.Equal("GTV", file.Regions[0].Name);
        for (int k = 0; k < 3; k++)
        {
            for (int j = 0; j < 10; j++)
            {
                for (int i = 0; i < 10; i++)
                {
                    bool In(int low, int high) => i >= low && i <= high && j >= low && j <= high;
                    bool inside = (k == 1 && In(1, 8) && !In(3, 5)) || (k == 2 && In(2, 2));
                    Assert.Equal(inside ? 1 : 0, mask[stack.Walk.First(10 * k + j) + i * stack.Walk.Step.I]);
                }
            }
        }
    }

    /// <summary>Contours of a stack twice as fine: by exclusive or, two planes of one slice would cancel one another.</summary>
    [Fact]
    public void Of_several_planes_in_one_slice_the_nearest_counts()
    {
        DicomStructureSet file = Open(StructureSetFile.Square(0.5, 3.5, 13), StructureSetFile.Square(0.5, 4.5, 15),
            StructureSetFile.Square(0.5, 3.5, 17));
        Assert.Equal(16, file.ReadMask(file.Regions[0], Stack(), []).Voxels.Count(v => v == 1));
    }

    [Fact]
    public void What_cannot_be_filled_is_told()
    {
        var warnings = new List<string>();
        DicomStructureSet file = Open(StructureSetFile.Square(0.5, 3.5, 30), StructureSetFile.Square(0.5, 3.5, 10) with { Type = "POINT" },
            StructureSetFile.Square(0.5, 3.5, 20));
        Assert.Equal(9, file.ReadMask(file.Regions[0], Stack(), warnings).Voxels.Count(v => v == 1));
        Assert.Collection(warnings,
            warning => Assert.Contains("region 1 'GTV': 1 contour of type POINT", warning, StringComparison.Ordinal),
            warning => Assert.Contains("1 contour lies on no slice", warning, StringComparison.Ordinal));
        warnings.Clear();
        Assert.DoesNotContain((byte)1, file.ReadMask(file.Regions[1], Stack(), warnings).Voxels);
        Assert.Contains("'Empty': no closed contour", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_refused()
    {
        DicomStructureSet broken = Open(new StructureSetFile.Contour("CLOSED_PLANAR", [1, 2, 3, 4]));
        Refused(() => broken.ReadMask(broken.Regions[0], Stack(), []), "ContourData (3006,0050)", "4 numbers");
        DicomStructureSet upright = Open(new StructureSetFile.Contour("CLOSED_PLANAR", [0, 0, 10, 5, 0, 10, 5, 0, 20]));
        Refused(() => upright.ReadMask(upright.Regions[0], Stack(), []), "span 10.00 mm");
        // At once: an import lists the regions of many files, and one of them must not end it.
        Refused(() =>
            _ = new DicomStructureSet(DicomFile.Open(Save("number", StructureSetFile.Make("a", StructureSetFile.Square(0.5, 3.5, 10))))),
                "ReferencedROINumber (3006,0084)", "'a' is no number");
        Refused(() => _ = new DicomStructureSet(DicomFile.Open(Save("ct", new CtImage().File()))), "Is this an RTSTRUCT?");
    }

    private CtStack Stack()
    {
        var image = new CtImage { Rows = 10, Columns = 10, Spacing = [1, 1] };
        IDicomFile[] files = [.. Enumerable.Range(0, 3)
            .Select(n => DicomFile.Open(Save($"{n}.ct", (image with { Position = [0, 0, 10 + 5 * n] }).File())))];
        return new DicomSeries("1.2.3", Folder, files).ReadStack();
    }

    private DicomStructureSet Open(params StructureSetFile.Contour[] contours) =>
        new(DicomFile.Open(Save("rt", StructureSetFile.Make(contours))));
}
