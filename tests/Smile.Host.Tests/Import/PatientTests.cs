using System.Text.Json;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Import;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

/// <summary>Several images of one patient stay on one side of every split, and nothing that is written says whose they are.</summary>
public sealed class PatientTests : DicomFolder
{
    [Fact]
    public void Series_of_one_patient_and_images_that_are_there_twice_are_one_group()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        (string, string, string)[] patients =
        [
            ("P-17", "A", "1.2.826.9.1"), // case_0002
            ("P-17", "A", "1.2.826.9.2"), // the same patient at another time
            ("P-17", "B", "1.2.826.9.3"), // another hospital's P-17; its image is case_0001 too
            ("P-18", "A", "1.2.826.9.4"),
            ("P-18", "", "1.2.826.9.5"), // without the issuer it may be anyone's
            ("", "", "1.2.826.9.5"), // of that study
            ("P-19", "A", "1.2.826.9.6"), // alone
        ];
        for (int i = 0; i < patients.Length; i++)
        {
            CtStack stack = clinic.Series(i + 1, null, patients[i]);
            clinic.Segmentation(stack, $"seg{i}", Clinic.Halves(stack), "Liver");
            if (i == 2)
            {
                string pairs = Directory.CreateDirectory(Path.Combine(Folder, "pairs")).FullName;
                NiftiWriter.WriteInt16(Path.Combine(pairs, "a.nii.gz"), DicomSeries.Read(stack));
                NiftiWriter.Write(Path.Combine(pairs, "a_seg.nii.gz"), new LabelMap(stack.Geometry, Clinic.Halves(stack)));
                File.WriteAllText(Path.Combine(pairs, "labels.json"), """{ "labels": { "background": 0, "liver": 1, "spleen": 2 } }""");
            }
        }

        CliResult result = SmileCli.Run("dataset", "import", Path.Combine(Folder, "pairs"), clinic.Folder, "-o", Output);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("7 cases are of 3 patients with several", result.Out, StringComparison.Ordinal);
        string groups = File.ReadAllText(Path.Combine(Output, "groups.json"));
        Assert.Equal(
            [("case_0001", "p0001"), ("case_0002", "p0002"), ("case_0003", "p0002"), ("case_0004", "p0001"), ("case_0005", "p0005"),
                ("case_0006", "p0005"), ("case_0007", "p0005")],
            JsonSerializer.Deserialize<Dictionary<string, string>>(groups)!.Select(entry => (entry.Key, entry.Value)));

        Dataset dataset = Dataset.Open([Output], new NiftiVolumeReader());
        (string, string?) Known(string id) => (id, dataset.Training.Single(each => each.Id == id).Group);
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Split split = Splits.Random(dataset.Training.Select(each => (each.Id, each.Group)), seed, 0.5);
            Assert.Empty(Splits.SamePatient(split.Train.Select(Known), split.Validation.Select(Known)));
        }

        Assert.Equal(0, SmileCli.Run("dataset", "check", Output).ExitCode);

        // Imported once more, as a source: its groups are known, its cases have new names.
        string again = Path.Combine(Folder, "again");
        Assert.Equal(0, SmileCli.Run("dataset", "import", Output, "-o", again).ExitCode);
        Assert.Equal(groups, File.ReadAllText(Path.Combine(again, "groups.json")));
    }

    [Fact]
    public void Where_every_case_is_of_one_patient_it_is_told()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        foreach (int number in new[] { 1, 2 })
        {
            CtStack stack = clinic.Series(number);
            clinic.Segmentation(stack, $"seg{number}", Clinic.Halves(stack), "Liver");
        }

        CliResult result = SmileCli.Run("dataset", "import", clinic.Folder, "-o", Output);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("All cases seem to be of one patient", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("P-17", File.ReadAllText(Path.Combine(Output, "groups.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_alone_of_its_patient_needs_no_file()
    {
        var clinic = new Clinic(Path.Combine(Folder, "clinic"));
        CtStack stack = clinic.Series(1);
        clinic.Segmentation(stack, "seg", Clinic.Halves(stack), "Liver");
        Assert.Equal(0, SmileCli.Run("dataset", "import", clinic.Folder, "-o", Output).ExitCode);
        Assert.False(File.Exists(Path.Combine(Output, "groups.json")));
    }

    [Theory]
    [InlineData("a b c", "0 1 2")]
    [InlineData("a b a", "0 1 0")]
    [InlineData("a b a,b", "0 0 0")]
    [InlineData("a a,b c c,b -", "0 0 0 0 4")]
    public void Keys_are_shared_by_way_of_others(string keys, string expected) => Assert.Equal(expected, string.Join(' ',
        Patients.First([.. keys.Split(' ').Select(each => each == "-" ? [] : each.Split(','))])));

    [Fact]
    public void A_patients_number_is_that_of_its_first_case_even_where_that_failed() => Assert.Equal(
        [("case_0002", "p0001"), ("case_0003", "p0001")],
        Patients.Groups([("case_0002", 0, "x"), ("case_0003", 0, "y"), ("case_0004", 3, "z")]));

    private string Output => Path.Combine(Folder, "imported");
}
