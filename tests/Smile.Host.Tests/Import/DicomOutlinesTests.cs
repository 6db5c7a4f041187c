using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

/// <summary>Whose outlines are whose, and what a folder of DICOM holds besides.</summary>
public sealed class DicomOutlinesTests : DicomFolder
{
    [Fact]
    public void Two_files_agree_on_a_structure_by_all_that_each_draws_of_it_however_they_call_it()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        byte[] halves = Clinic.Halves(stack), both = [.. halves.Select(label => (byte)(label == 0 ? 0 : 1))];
        clinic.Segmentation(stack, "parts", halves, "Liver", "liver");
        clinic.Segmentation(stack, "whole", both, "LIVER");
        CliResult same = Import(clinic.Folder);
        Assert.True(same.ExitCode == 0, same.Error);
        Dataset dataset = Open();
        Assert.Equal(both, dataset.Load(Assert.Single(dataset.Training)).Labels.ToArray());

        Directory.Delete(Output, recursive: true);
        clinic.Segmentation(stack, "whole", halves, "LIVER");
        CliResult other = Import(clinic.Folder);
        Assert.Equal(3, other.ExitCode);
        Assert.Contains("both outline 'liver', and differ in 24 voxels", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_point_is_no_annotation()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        clinic.Series(1);
        clinic.StructureSet("rt", "Spleen", Clinic.Uid(1));
        clinic.StructureSet("points", "Liver", Clinic.Uid(1), "POINT");
        CliResult result = Import(clinic.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["spleen"], Open().Organs.Names);
        Assert.Contains("without any closed contour is taken for not annotated. (3 times)",
            File.ReadAllText(Path.Combine(Output, "manifest.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_series_that_is_referred_to_is_not_here_the_frame_of_reference_decides_and_it_is_told()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        clinic.Series(1);
        clinic.StructureSet("rt", "Spleen", "1.2.826.0.777.99");
        CliResult result = Import(clinic.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("placed on this one by the frame of reference", File.ReadAllText(Path.Combine(Output, "manifest.json")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_series_in_a_frame_of_reference_the_images_decide()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        clinic.Series(1);
        CtStack second = clinic.Series(2);
        string image = second.Slices[1].File.Dataset.Text(DicomTags.SOPInstanceUID);
        clinic.StructureSet("rt", "Spleen", null, image: image);
        CliResult result = Import(clinic.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("case_0002", Assert.Single(Open().Training).Id);
        Assert.DoesNotContain("frame of reference", File.ReadAllText(Path.Combine(Output, "manifest.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_CT_and_no_DICOM_is_told()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        clinic.Segmentation(stack, "seg", Clinic.Halves(stack), "Liver");
        File.WriteAllText(Path.Combine(clinic.Folder, "notes.txt"), "Patient seen");
        File.WriteAllBytes(Path.Combine(clinic.Folder, "scout"),
            new CtImage { Series = "9.1", ImageType = @"ORIGINAL\PRIMARY\LOCALIZER" }.File());
        File.WriteAllBytes(Path.Combine(clinic.Folder, "mr"), new CtImage { Series = "9.2", Modality = "MR" }.File());
        // As scanners store the page of the protocol: modality CT, a picture without a place.
        File.WriteAllBytes(Path.Combine(clinic.Folder, "protocol"), new DicomBuilder()
            .Text(DicomTags.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.7\0").Text(DicomTags.Modality, "CS", "CT")
            .Text(DicomTags.SeriesInstanceUID, "UI", "9.3").File(DicomBuilder.Explicit));
        CliResult result = Import(clinic.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.All(
            [
                "left out: 3 series that make no CT volume: 1 CT (localiser), 1 CT (picture of the console), 1 MR.",
                $"passed over: 1 file that is no DICOM: {Path.Combine(clinic.Folder, "notes.txt")}.", "found 1 image: DICOM series: 1",
            ], part => Assert.Contains(part, result.Error, StringComparison.Ordinal));
    }

    /// <summary>What decides whether a series is a volume must not meet a damaged number: no one could leave it out.</summary>
    [Fact]
    public void A_place_or_a_number_of_bits_that_is_no_number_ends_no_import()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        clinic.Segmentation(stack, "seg", Clinic.Halves(stack), "Liver");
        File.WriteAllBytes(Path.Combine(clinic.Folder, "odd"), new DicomBuilder()
            .Text(DicomTags.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.7\0").Text(DicomTags.Modality, "CS", "CT")
            .Text(DicomTags.SeriesInstanceUID, "UI", "9.3").Text(DicomTags.ImagePositionPatient, "DS", @"x\y\z ")
            .File(DicomBuilder.Explicit));
        File.WriteAllBytes(Path.Combine(clinic.Folder, "bits"), new DicomBuilder()
            .Text(DicomTags.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.2\0").Text(DicomTags.Modality, "CS", "CT")
            .Text(DicomTags.SeriesInstanceUID, "UI", "9.4").Text(DicomTags.BitsStored, "DS", "twelve").File(DicomBuilder.Explicit));
        CliResult result = Import(clinic.Folder);
        Assert.Equal(5, result.ExitCode);
        Assert.Contains("left out: 1 series that makes no CT volume: 1 CT (secondary capture).", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 2 cases failed", result.Error, StringComparison.Ordinal);
        Assert.Equal("case_0001", Assert.Single(Open().Training).Id);
    }

    [Fact]
    public void A_series_in_two_of_the_folders_is_one_and_a_file_below_both_counts_once()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        clinic.Segmentation(stack, "seg", Clinic.Halves(stack), "Liver");
        string rest = Directory.CreateDirectory(Path.Combine(Folder, "rest")).FullName, inside = Path.Combine(clinic.Folder, "MUELLER_1");
        File.Move(stack.Slices[3].File.Path, Path.Combine(rest, "slice"));
        CliResult result = Import(clinic.Folder, inside, rest);
        Assert.True(result.ExitCode == 0, result.Error);
        Dataset dataset = Open();
        Assert.Equal(Clinic.Slices, dataset.Load(Assert.Single(dataset.Training)).Geometry.Depth);
    }

    private string Output => Path.Combine(Folder, "imported");

    private CliResult Import(params string[] sources) => SmileCli.Run(["dataset", "import", .. sources, "-o", Output]);

    private Dataset Open() => Dataset.Open([Output], new NiftiVolumeReader());
}
