using System.Text.Json;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;
using static Smile.Host.Tests.Imaging.Dicom.StructureSetFile;

namespace Smile.Host.Tests.Import;

/// <summary>Whole imports of outlines of which nothing is left, or little: none becomes "annotated, absent" where nobody said so.</summary>
public sealed class DrawnOrgansTests : DicomFolder
{
    private const int Size = 16, Slices = 6;

    private static readonly Contour Whole = Square(2.5, 6.5, 6);

    [Fact]
    public void An_organ_that_is_drawn_and_has_no_voxel_is_not_annotated_and_its_region_is_named()
    {
        (string Name, string Organ, Contour[] Contours, string Told)[] lost =
        [
            ("Stomach", "stomach", [new("CLOSED_PLANAR", [3, 3, 6])], "1 contour holds no pixel's centre"),
            ("Pancreas", "pancreas", [new("CLOSED_PLANAR", [3.5, 3, 6, 5.5, 3, 6])], "1 contour holds no pixel's centre"),
            ("Spleen", "spleen", [Square(9.1, 9.4, 6), Square(9.1, 9.4, 9)], "2 contours hold no pixel's centre"),
            ("Aorta", "aorta", [Square(100, 120, 6)], "1 contour lies beside the CT"),
            ("Colon", "colon", [Square(2, 9, 600), Square(2, 9, 603)], "2 contours lie on no slice"),
            ("Duodenum", "duodenum", [Toggled(10.5, 14.5), Toggled(10.5, 14.5)], "16 voxels lie in contours that cancel one another out"),
            ("Gallbladder", "gallbladder", [Rectangle(9.6, 2.2, 9.9, 12.2, 6)], "1 contour holds no pixel's centre"),
        ];
        Region[] regions = [new Region("Liver", Whole), .. lost.Select(each => new Region(each.Name, each.Contours))];
        string text = ImportAll(regions, out Dataset dataset);
        Assert.Equal(["liver"], dataset.Organs.NamesOf(Assert.Single(dataset.Training).Annotated));
        Assert.Equal(16, dataset.Load(dataset.Training[0]).Labels.Count(1));
        IReadOnlyList<string> warnings = Warnings();
        foreach ((string name, string organ, Contour[] contours, string told) in lost)
        {
            Assert.Contains($"'{name}': {told}", text, StringComparison.Ordinal);
            string count = contours.Length == 1 ? "1 contour" : $"{contours.Length} contours";
            Assert.Contains($"'{name}': no voxel lies in its {count}: taken for not annotated.", text, StringComparison.Ordinal);
            Assert.Contains(warnings, warning => warning.StartsWith($"{organ}: no voxel lies in its", StringComparison.Ordinal));
        }

        Assert.DoesNotContain("Gallbladder'", string.Join("", warnings), StringComparison.Ordinal); // names of regions may be a patient's
    }

    /// <summary>As rt-utils writes masks: the corners are centres of border pixels.</summary>
    [Fact]
    public void A_mask_traced_along_the_centres_of_its_border_keeps_its_pixels_and_a_line_its_length()
    {
        string text = ImportAll([new Region("Liver", Square(2, 6, 6)), new Region("Pancreas", Rectangle(2, 9, 6, 9, 6))],
            out Dataset dataset);
        byte[] labels = dataset.Load(Assert.Single(dataset.Training)).Labels.ToArray();
        Assert.Equal((25, 5), (labels.Count(label => label == 1), labels.Count(label => label == 2)));
        Assert.Contains("'Pancreas': contours run through pixel centres", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_an_organ_of_several_regions_one_that_is_lost_leaves_its_pixels_in_doubt_and_the_organ_annotated()
    {
        ImportAll([new Region("Liver", Whole), new Region("liver", Square(9.1, 9.4, 6))], out Dataset dataset);
        CaseData read = dataset.Load(Assert.Single(dataset.Training));
        Assert.Equal(1u, dataset.Training[0].Annotated);
        Assert.Equal((16, 1), (read.Labels.Count(1), read.Labels.Count(Labels.Ignore)));
        Assert.Contains("liver: 1 voxel in doubt, set to ignore.", Warnings());
    }

    [Fact]
    public void A_case_of_which_nothing_is_left_is_a_test_case()
    {
        Series(Image);
        Save("rt", Make(new Region("Liver", Square(9.1, 9.4, 6))));
        CliResult result = SmileCli.Run("dataset", "import", Folder, "-o", Output);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("no organ is annotated in any image", result.Error, StringComparison.Ordinal);
        Assert.Contains("0 training cases (0 partly annotated), 1 test case (1 without labels)", result.Out, StringComparison.Ordinal);
        Assert.Contains("liver: no voxel lies in its 1 contour: taken for not annotated.", Warnings());
    }

    /// <summary>A file in which the organ is lost says nothing against one in which it is not.</summary>
    [Fact]
    public void Two_files_agree_where_one_of_them_has_lost_the_organ()
    {
        Save("other", Make(new Region("LIVER", Square(9.1, 9.4, 6))));
        ImportAll([new Region("Liver", Whole)], out Dataset dataset);
        Assert.Equal(1u, Assert.Single(dataset.Training).Annotated);
        Assert.Equal(16, dataset.Load(dataset.Training[0]).Labels.Count(1));
    }

    [Theory]
    [InlineData("AUTOMATIC", "1.2.3", true)]
    [InlineData("AUTOMATIC", "1.2.9", false)] // on another series
    [InlineData("SEMIAUTOMATIC", "1.2.3", false)]
    [InlineData("MANUAL", "1.2.3", false)]
    [InlineData("", "1.2.3", false)]
    public void A_segment_without_a_pixel_is_absent_only_where_a_program_looked_for_it_on_this_series(string by, string series, bool absent)
    {
        // Segment 1 has a frame with pixels, 2 one without, 3 none at all.
        int[] full = [.. Enumerable.Repeat(1, SegmentationFile.Rows * SegmentationFile.Columns)];
        byte[] seg = SegmentationFile.Make([full, new int[full.Length]], [(1, 6), (2, 6)], bits: 1, "BINARY", corner: (10 / 0.75, 40),
            segments: [(1, "Liver"), (2, "Stomach"), (3, "Spleen")], algorithm: by, series: series, frame: "1.2.826.0.2");
        Save("seg", seg);
        var image = new CtImage { Rows = SegmentationFile.Rows, Columns = SegmentationFile.Columns };
        string text = Import(image, out Dataset dataset);
        string[] annotated = [.. dataset.Organs.NamesOf(Assert.Single(dataset.Training).Annotated)];
        Assert.Equal(absent ? ["liver", "stomach", "spleen"] : ["liver"], annotated);
        const string Told = "no pixel is drawn, and no program says that the organ is absent: taken for not annotated.";
        foreach (string name in new[] { "segment 2 'Stomach'", "segment 3 'Spleen'" })
            Assert.Equal(!absent, text.Contains($"{name}: {Told}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("FRACTIONAL", 99, 6.0, "35 pixels, all below half of the maximum")]
    [InlineData("FRACTIONAL", 100, 300.0, "no voxel of the CT is inside")]
    [InlineData("LABELMAP", 2, 6.0, "no pixel is drawn")] // the other segment's
    [InlineData("LABELMAP", 1, 300.0, "no voxel of the CT is inside")]
    public void A_segment_that_is_drawn_and_lost_is_not_annotated_whoever_drew_it(string type, int value, double z, string told)
    {
        int[] frame = [.. Enumerable.Repeat(value, SegmentationFile.Rows * SegmentationFile.Columns)];
        CtStack stack = Series(new CtImage { Rows = SegmentationFile.Rows, Columns = SegmentationFile.Columns });
        foreach (string by in new[] { "AUTOMATIC", "MANUAL" })
        {
            byte[] seg = SegmentationFile.Make([frame], [(1, z)], bits: 8, type, corner: (10 / 0.75, 40), algorithm: by, series: "1.2.3");
            var file = new DicomSegmentation(DicomFile.Open(Save("seg", seg)));
            var warnings = new List<string>();
            RegionMask mask = file.ReadMask(file.Regions[0], stack, warnings);
            bool nobodyDrewIt = type == "LABELMAP" && value == 2;
            Assert.Equal(nobodyDrewIt && by == "AUTOMATIC", mask.IsAnnotated);
            Assert.DoesNotContain(RegionMask.Inside, mask.Voxels);
            Assert.Equal(!mask.IsAnnotated, warnings.Any(warning => warning.Contains(told, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Two_regions_of_one_number_are_refused()
    {
        byte[] rt = Make(["1", "1"], ["1", "1"], new Region("Liver", Whole), new Region("Spleen"));
        Refused(() => _ = new DicomStructureSet(DicomFile.Open(Save("rt", rt))), "StructureSetROISequence", "number 1 is there 2 times");
        byte[] seg = SegmentationFile.Make([new int[35]], [(4, 6)], bits: 1, "BINARY", segments: [(4, "Liver"), (4, "Spleen")]);
        Refused(() => _ = new DicomSegmentation(DicomFile.Open(Save("seg", seg))), "SegmentSequence", "number 4 is there 2 times");
    }

    [Fact]
    public void A_coordinate_that_no_scanner_reaches_is_damage()
    {
        var file = new DicomStructureSet(DicomFile.Open(Save("rt", Make(new Region("Liver", Rectangle(1, 1, 5e6, 5, 6))))));
        Refused(() => file.ReadMask(file.Regions[0], Series(Image), []), "ContourData", "5000000 mm");
    }

    private static CtImage Image => new() { Rows = Size, Columns = Size, Spacing = [1, 1] };

    private static Contour Toggled(double low, double high) => Square(low, high, 6) with { Type = "CLOSEDPLANAR_XOR" };

    private CtStack Series(CtImage image)
    {
        IDicomFile[] files = [.. Enumerable.Range(0, Slices)
            .Select(n => DicomFile.Open(Save($"{n}.ct", (image with { Position = [0, 0, 3 * n], Identified = true }).File())))];
        return new DicomSeries("1.2.3", Folder, files).ReadStack();
    }

    private string ImportAll(Region[] regions, out Dataset dataset)
    {
        Save("rt", Make(regions));
        return Import(Image, out dataset);
    }

    /// <summary>Imports what lies in the folder and returns what was told.</summary>
    private string Import(CtImage image, out Dataset dataset)
    {
        Series(image);
        CliResult result = SmileCli.Run("dataset", "import", Folder, "-o", Output);
        Assert.True(result.ExitCode == 0, result.Error);
        dataset = Dataset.Open([Output], new NiftiVolumeReader());
        Assert.Equal(0, SmileCli.Run("dataset", "check", Output).ExitCode);
        return result.Error;
    }

    private string Output => Path.Combine(Folder, "imported");

    private List<string> Warnings()
    {
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Output, "manifest.json")));
        JsonElement warnings = manifest.RootElement.GetProperty("cases")[0].GetProperty("warnings");
        return [.. warnings.EnumerateArray().Select(warning => warning.GetString()!)];
    }
}
