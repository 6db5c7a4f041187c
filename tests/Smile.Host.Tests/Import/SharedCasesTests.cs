using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

/// <summary>
/// Inputs that once gave wrong answers without a word, made by scripts that are not ours (../shared/cases); the right values are those that
/// stand in the scripts.
/// </summary>
public sealed class SharedCasesTests : DicomFolder
{
    [Fact]
    public void Nine_segments_are_nine_organs()
    {
        Make("seg-nine-segments");
        (Dataset dataset, CaseData data, string told) = Imported("");
        Assert.Equal(9, dataset.Organs.NamesOf(data.Annotated).Count());
        Assert.All(Enumerable.Range(0, 9), k => Assert.Equal([0, 4, 0], Slices(data, Labels.Of(k))));
        Assert.DoesNotContain("region", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_contour_that_is_there_twice_and_two_that_overlap_are_united()
    {
        Make("rtstruct-contour-twice");
        (Dataset dataset, CaseData data, string told) = Imported("");
        Assert.Equal([25, 25, 25], Slices(data, Label(dataset, "liver")));
        Assert.Equal([0, 35, 0], Slices(data, Label(dataset, "stomach")));
        Assert.Contains("'Liver': 3 contours repeat or overlap another one of the slice: united", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Regions_without_a_voxel_are_not_annotated()
    {
        Make("rtstruct-no-voxel");
        (Dataset dataset, CaseData data, string told) = Imported("");
        Assert.Equal(["liver"], dataset.Organs.NamesOf(data.Annotated));
        Assert.Equal([0, 25, 0], Slices(data, Label(dataset, "liver")));
        Assert.All(["Stomach", "Pancreas", "Spleen", "Aorta"], region =>
            Assert.Contains($"'{region}': no voxel lies in its 1 contour: taken for not annotated", told, StringComparison.Ordinal));
    }

    [Fact]
    public void Slices_between_drawn_ones_are_no_certain_negatives()
    {
        Make("rtstruct-every-second-slice");
        (Dataset dataset, CaseData data, string told) = Imported("");
        Assert.Equal(Enumerable.Repeat(25, 9), Slices(data, Label(dataset, "liver")));
        Assert.Contains("'Liver': drawn on 5 of 9 slices: 4 of the others interpolated", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Contours_through_pixel_centres_keep_the_mask_that_was_given()
    {
        Make("rtstruct-through-centres");
        (Dataset dataset, CaseData data, string told) = Imported("");
        Assert.Equal([0, 25, 0], Slices(data, Label(dataset, "liver")));
        Assert.Equal([0, 5, 0], Slices(data, Label(dataset, "pancreas")));
        Assert.Contains("'Pancreas': contours run through pixel centres", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_patients_are_two_images()
    {
        Make("series-of-two-patients");
        (Dataset dataset, CaseData data, string told) = Imported("");
        Assert.Equal([25, 25, 25], Slices(data, 1));
        Assert.Equal([-1000f, 40f], data.Image.ToVolume().Voxels.Distinct().Order());
        Volume other = NiftiReader.ReadVolume(Assert.Single(dataset.Test).ImagePath).Volume;
        Assert.Equal((3, "-1000 60"), (other.Geometry.Depth, string.Join(' ', other.Voxels.Distinct().Order())));
        Assert.Contains("stood for 2 patients, 2 studies, 2 frames of reference", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_acquisitions_are_refused_and_one_may_be_chosen()
    {
        Make("series-of-two-acquisitions");
        CliResult refused = Import("");
        Assert.Equal(3, refused.ExitCode);
        Assert.All(["AcquisitionNumber is 1", "ConvolutionKernel", "--choose AcquisitionNumber=1"], part =>
            Assert.Contains(part, refused.Error, StringComparison.Ordinal));
        (_, CaseData data, _) = Imported("", "--choose", "AcquisitionNumber=1");
        Assert.Equal([25, 25, 25, 25], Slices(data, 1));
        Assert.Equal([-1000f, 40f], data.Image.ToVolume().Voxels.Distinct().Order());
    }

    [Theory]
    [InlineData("series-uid-shared-with-rtstruct", "a", "have its Series Instance UID too (RTSTRUCT)")]
    [InlineData("series-uid-shared-with-rtstruct", "z", "have its Series Instance UID too (RTSTRUCT)")]
    [InlineData("series-copied-twice", "copies", "3 images are there again")]
    [InlineData("series-copied-twice", "loop", "a link to a folder that is read already")]
    public void A_CT_is_read_once_with_its_liver(string name, string input, string note)
    {
        Make(name);
        (_, CaseData data, string told) = Imported(input);
        Assert.Equal([25, 25, 25], Slices(data, 1));
        Assert.Contains(note, told + File.ReadAllText(Path.Combine(Output, "manifest.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uint8")]
    [InlineData("float")]
    public void Quantised_labels_are_those_that_were_meant(string input)
    {
        Make("nifti-labels-quantised");
        CliResult check = SmileCli.Run("dataset", "check", Input(input));
        Assert.True(check.ExitCode == 0, check.Out);
        Dataset dataset = Dataset.Open([Input(input)], new NiftiVolumeReader());
        CaseData data = dataset.Load(Assert.Single(dataset.Training));
        Assert.Equal((4 * 8 * 3, 4 * 8 * 2), (Slices(data, 1).Sum(), Slices(data, 2).Sum()));
    }

    [Theory]
    [InlineData("hu", "")]
    [InlineData("unit", "numbers from 0 to 0.675: an image scaled to 0 .. 1")]
    [InlineData("bytes", "numbers from 0 to 172: grey values of a window")]
    [InlineData("stored", "none near air (-1000)")]
    public void Numbers_that_are_no_HU_are_told(string input, string note)
    {
        Make("nifti-not-hounsfield");
        CliResult check = SmileCli.Run("dataset", "check", Input(input));
        Assert.Equal(0, check.ExitCode);
        if (note.Length > 0)
            Assert.Contains(note, check.Out, StringComparison.Ordinal);
        else
            Assert.DoesNotContain("no HU", check.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_numbers_of_four_digits_are_names()
    {
        Make("names-with-numbers-of-four-digits");
        Assert.Equal(0, SmileCli.Run("dataset", "check", Input("")).ExitCode);
        Assert.Equal(["amos_0000", "amos_0001", "amos_0002"],
            Dataset.Open([Input("")], new NiftiVolumeReader()).Training.Select(each => each.Id));
    }

    private string Output => Path.Combine(Folder, "out");

    private void Make(string name) => Tool.Run("python3", "python3", "-B", TestData.Require($"../cases/{name}/make.py"), Input(""));

    private string Input(string part) => Path.Combine(Folder, "input", part).TrimEnd('/');

    private CliResult Import(string part, params string[] more) =>
        SmileCli.Run(["dataset", "import", Input(part), "-o", Output, .. more]);

    /// <summary>The only training case of what was imported, and what was said.</summary>
    private (Dataset Dataset, CaseData Data, string Told) Imported(string part, params string[] more)
    {
        CliResult result = Import(part, more);
        Assert.True(result.ExitCode == 0, result.Error);
        Dataset dataset = Dataset.Open([Output], new NiftiVolumeReader());
        return (dataset, dataset.Load(Assert.Single(dataset.Training)), result.Error);
    }

    private static byte Label(Dataset dataset, string organ) => Labels.Of(dataset.Organs.IndexOf(organ));

    /// <summary>Voxels of a label in each slice.</summary>
    private static int[] Slices(CaseData data, byte label) => [.. data.Labels.ToArray().Chunk(data.Geometry.Height * data.Geometry.Width)
        .Select(slice => slice.Count(voxel => voxel == label))];
}
