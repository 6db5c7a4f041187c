using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

public sealed class DicomImportTests : DicomFolder
{
    [Fact]
    public void Each_series_becomes_a_case_that_knows_what_its_files_outline()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack first = clinic.Series(1);
        clinic.Series(2);
        clinic.Series(3);
        byte[] halves = Clinic.Halves(first);
        clinic.Segmentation(first, "seg.dcm", halves, "Liver", "Spleen", "Stomach");
        clinic.StructureSet("rt.dcm", "Left kidney", Clinic.Uid(2));

        CliResult result = Import(clinic.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        Dataset dataset = Dataset.Open([Output], new NiftiVolumeReader());
        Assert.Equal(["liver", "stomach", "spleen", "kidney_left"], dataset.Organs.Names);
        Assert.Equal(["case_0001", "case_0002"], dataset.Training.Select(c => c.Id));
        Assert.Equal("case_0003", Assert.Single(dataset.Test).Id);
        Assert.Null(dataset.Test[0].LabelPath);
        // The stomach has a segment and no frame: somebody looked, and it is not there.
        Assert.Equal(["liver", "stomach", "spleen"], dataset.Organs.NamesOf(dataset.Training[0].Annotated));
        Assert.Equal(["kidney_left"], dataset.Organs.NamesOf(dataset.Training[1].Annotated));

        CaseData one = dataset.Load(dataset.Training[0]), two = dataset.Load(dataset.Training[1]);
        Assert.True(first.Geometry.Matches(one.Geometry));
        Assert.Equal(DicomSeries.Read(first).Voxels, one.Image.ToVolume().Voxels);
        Assert.Equal(halves.Select(label => (byte)(label == 2 ? 3 : label)), one.Labels.ToArray());
        Assert.Equal(4, two.Labels.Count(4));
        Assert.Equal(4, two.Labels.ToArray().Count(label => label != 0));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Output, "manifest.json")));
        Assert.Contains("without any closed contour", manifest.RootElement.GetProperty("cases")[1].GetProperty("warnings")[0].GetString(),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Output, ".import")));
        Assert.Equal(0, SmileCli.Run("dataset", "check", Output).ExitCode);
    }

    [Fact]
    public void A_series_without_labels_is_converted_as_a_test_case()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        CliResult result = Import(clinic.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("no segmentation of any: they are converted as test cases", result.Error, StringComparison.Ordinal);
        Volume image = NiftiReader.ReadVolume(Path.Combine(Output, "imagesTs", "case_0001_0000.nii.gz")).Volume;
        Assert.True(stack.Geometry.Matches(image.Geometry));
        Assert.Equal(DicomSeries.Read(stack).Voxels, image.Voxels);
        Assert.Empty(Directory.GetFiles(Path.Combine(Output, "imagesTr")));
        using JsonDocument index = JsonDocument.Parse(File.ReadAllText(Path.Combine(Output, "dataset.json")));
        Assert.Equal("""{"background":0}""", JsonSerializer.Serialize(index.RootElement.GetProperty("labels")));
        CliResult check = SmileCli.Run("dataset", "check", Output);
        Assert.Equal(0, check.ExitCode);
        Assert.All(["no training case; nothing can be trained on it", "1 test case"], part => Assert.Contains(part, check.Out,
            StringComparison.Ordinal));
        SmileCli.Fails(3, ["train", "--data", Output, "-o", Path.Combine(Folder, "run")], Output, "no training case");
    }

    [Fact]
    public void Nothing_that_is_written_names_the_patient()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1, [[0, 0, 0], [0, 0, 5], [0, 0, 10], [0, 0, 20]]);
        clinic.Segmentation(stack, "MUELLER_SEG", Clinic.Halves(stack), "Liver", "Spleen");
        clinic.StructureSet("MUELLER_RT", "Pancreas", Clinic.Uid(1));
        string ids = Path.Combine(Folder, "ids.json");
        SmileCli.Fails(2, ["dataset", "import", clinic.Folder, "-o", Output, "--keep-ids", Path.Combine(Output, "ids.json")],
            "may identify a patient");
        CliResult result = Import(clinic.Folder, "--accept-gaps", "--keep-ids", ids);
        Assert.True(result.ExitCode == 0, result.Error);

        string[] files = Directory.GetFiles(Output, "*", SearchOption.AllDirectories);
        Assert.Equal(5, files.Length);
        foreach (string file in files)
        {
            byte[] bytes = File.ReadAllBytes(file);
            if (file.EndsWith(".gz", StringComparison.Ordinal))
            {
                using var unpacked = new MemoryStream();
                using (var stream = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
                    stream.CopyTo(unpacked);
                bytes = unpacked.ToArray();
            }

            string text = file + Encoding.Latin1.GetString(bytes);
            Assert.All(Clinic.Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }

        string kept = File.ReadAllText(ids);
        Assert.All(["P-17", Clinic.Uid(1), "MUELLER_1", "MUELLER_SEG", "case_0001"],
            part => Assert.Contains(part, kept, StringComparison.Ordinal));
    }

    [Fact]
    public void A_lossy_image_is_imported_with_a_warning_in_the_manifest()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1, lossy: true);
        clinic.Segmentation(stack, "MUELLER_SEG", Clinic.Halves(stack), "Liver");
        CliResult result = Import(clinic.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("1 with warnings", result.Out, StringComparison.Ordinal);
        string manifest = File.ReadAllText(Path.Combine(Output, "manifest.json"));
        Assert.Contains("the image was compressed with loss; its HU are not exact. (and 3 more files alike)", manifest,
            StringComparison.Ordinal);
        Assert.All(Clinic.Secrets, secret => Assert.DoesNotContain(secret, manifest, StringComparison.Ordinal));
    }

    [Fact]
    public void Files_that_disagree_or_fit_several_series_are_refused()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        byte[] halves = Clinic.Halves(stack);
        string a = clinic.Segmentation(stack, "a", halves, "Liver"), b = clinic.Segmentation(stack, "b", halves, "Liver");
        CliResult same = Import(clinic.Folder);
        Assert.True(same.ExitCode == 0, same.Error);
        Directory.Delete(Output, recursive: true);

        halves[Array.IndexOf(halves, (byte)1)] = 0;
        clinic.Segmentation(stack, "b", halves, "Liver");
        CliResult other = Import(clinic.Folder);
        Assert.Equal(3, other.ExitCode);
        Assert.All([a, b, "differ in 1 voxel"], part => Assert.Contains(part, other.Error, StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(Output, "dataset.json")));

        // Both series lie in one frame of reference.
        clinic.Series(2);
        halves = Clinic.Halves(stack);
        clinic.Segmentation(stack, "b", halves, "Liver");
        clinic.StructureSet("rt", "Spleen", null);
        Directory.Delete(Output, recursive: true);
        CliResult left = Import(clinic.Folder);
        Assert.Equal(5, left.ExitCode);
        Assert.Contains("rt: fits 2 CT series", left.Error, StringComparison.Ordinal);
        Assert.Equal("case_0001", Assert.Single(Dataset.Open([Output], new NiftiVolumeReader()).Training).Id);
    }

    [Fact]
    public void A_damaged_file_is_named_and_the_others_are_imported()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        clinic.Segmentation(stack, "seg", Clinic.Halves(stack), "Liver");
        CtStack second = clinic.Series(2);
        byte[] whole = File.ReadAllBytes(second.Slices[1].File.Path);
        File.WriteAllBytes(second.Slices[1].File.Path, whole[..300]); // a gap is left
        string cut = Path.Combine(clinic.Folder, "MUELLER_cut"), broken = Path.Combine(clinic.Folder, "MUELLER_broken"),
            odd = Path.Combine(clinic.Folder, "MUELLER_odd");
        File.WriteAllBytes(cut, whole[..^5]);
        File.WriteAllBytes(broken, StructureSetFile.Make(StructureSetFile.Square(0.5, 3.5, 5))[..^7]);
        File.WriteAllBytes(odd, StructureSetFile.Make("a", StructureSetFile.Square(0.5, 3.5, 5))); // whole, but for a number

        CliResult result = Import(clinic.Folder);
        Assert.Equal(5, result.ExitCode);
        Assert.All(["4 files were left out", cut, broken, odd, second.Slices[1].File.Path, "1 of 2 cases failed", "with gaps"],
            part => Assert.Contains(part, result.Error, StringComparison.Ordinal));
        Assert.Equal("case_0001", Assert.Single(Dataset.Open([Output], new NiftiVolumeReader()).Training).Id);
        string manifest = File.ReadAllText(Path.Combine(Output, "manifest.json"));
        Assert.Contains("\"files_left_out\": 4", manifest, StringComparison.Ordinal);
        Assert.DoesNotContain("MUELLER", manifest, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(Path.Combine(Output, ".import")).Select(File.ReadAllText), kept =>
            Assert.All(Clinic.Secrets, secret => Assert.DoesNotContain(secret, kept, StringComparison.Ordinal)));

        CliResult list = SmileCli.Run("dataset", "import", clinic.Folder, "--list", Path.Combine(Folder, "organs.json"));
        Assert.Equal(5, list.ExitCode);
        Assert.Contains(cut, list.Error, StringComparison.Ordinal);

        // Mended, the same command makes what is missing, and nothing else.
        Assert.Contains($"give the same command: smile dataset import {clinic.Folder} --output {Output}", result.Error,
            StringComparison.Ordinal);
        File.WriteAllBytes(second.Slices[1].File.Path, whole);
        File.Delete(cut);
        File.Delete(broken);
        File.Delete(odd);
        DateTime before = File.GetLastWriteTimeUtc(Path.Combine(Output, "imagesTr", "case_0001_0000.nii.gz"));
        CliResult again = Import(clinic.Folder);
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Path.Combine(Output, "imagesTr", "case_0001_0000.nii.gz")));
        Assert.Equal("case_0002", Assert.Single(Dataset.Open([Output], new NiftiVolumeReader()).Test).Id);
        Assert.False(Directory.Exists(Path.Combine(Output, ".import")));
    }

    [Fact]
    public void Outlines_without_their_series_are_told_and_damaged_series_leave_the_others()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        clinic.Segmentation(stack, "seg", Clinic.Halves(stack), "Liver");
        clinic.Series(2, [[0, 0, 0], [0, 0, 5], [0, 0, 20], [0, 0, 25]]);
        File.WriteAllBytes(Path.Combine(clinic.Folder, "stray"), SegmentationFile.Make([new int[35]], [(1, 30)], 1, "BINARY"));
        CliResult result = Import(clinic.Folder);
        Assert.Equal(5, result.ExitCode);
        Assert.Contains("stray: left out", result.Error, StringComparison.Ordinal);
        Assert.Contains("--accept-gaps", result.Error, StringComparison.Ordinal);
        Assert.Equal("case_0001", Assert.Single(Dataset.Open([Output], new NiftiVolumeReader()).Training).Id);
    }

    private string Output => Path.Combine(Folder, "imported");

    private CliResult Import(string source, params string[] more) => SmileCli.Run(["dataset", "import", source, "-o", Output, .. more]);
}
