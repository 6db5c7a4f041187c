using Smile.Host.Cases;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Prediction;

namespace Smile.Host.Tests.Commands;

public sealed class PredictCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-predict-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_label_map_has_the_images_header_but_for_type_and_scaling()
    {
        string image = trained.Data.Image("test_0"), output = Path.Combine(_folder, "new", "organs.nii");
        var result = Predict(image, output);
        Assert.True(result.ExitCode == 0, result.Error);
        NiftiSource from = NiftiReader.ReadHeader(image), to = NiftiReader.ReadHeader(output);
        foreach (Range geometry in new[] { 40..56, 76..108, 123..124, 252..328 }) // dim, pixdim, xyzt_units, qform and sform
            Assert.Equal(from.Header.Bytes[geometry].ToArray(), to.Header.Bytes[geometry].ToArray());
        Assert.Equal(NiftiDatatype.UInt8, to.Header.Datatype);
        Assert.Contains("1 liver (ml)", result.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "new", "organs.labels.json")));
    }

    [Fact]
    public void Probabilities_lie_between_0_and_1_and_decide_as_the_labels_do()
    {
        string output = Path.Combine(_folder, "organs.nii.gz");
        Assert.Equal(0, Predict(trained.Data.Image("test_0"), output, "--probabilities").ExitCode);
        float[] liver = NiftiReader.ReadVolume(Path.Combine(_folder, "organs_liver.nii.gz")).Volume.Voxels;
        float[] stomach = NiftiReader.ReadVolume(Path.Combine(_folder, "organs_stomach.nii.gz")).Volume.Voxels;
        byte[] labels = NiftiReader.ReadLabels(output).Labels.Voxels;
        Assert.All(liver.Concat(stomach), p => Assert.InRange(p, 0f, 1f));
        Assert.All(Enumerable.Range(0, labels.Length).Where(v => labels[v] == 1), v =>
            Assert.True(liver[v] >= stomach[v] && liver[v] >= 0.5f));
    }

    [Fact]
    public void What_cleaning_removes_and_fills_is_told_and_the_rest_stays()
    {
        // A phantom twice, with air between: every organ is in two pieces.
        string image = Path.Combine(_folder, "noise.nii"), output = Path.Combine(_folder, "organs.nii");
        string clean = Path.Combine(_folder, "clean.nii");
        Volume once = PhantomCase.Generate(new PhantomOptions { Depth = 12, Height = 64, Width = 64 }, 0).Image;
        float[] air = [.. Enumerable.Repeat(-1000f, 2 * 64 * 64)];
        NiftiWriter.Write(image, new Volume(Geometry.Regular(26, 64, 64, 7, 6, 6), [.. once.Voxels, .. air, .. once.Voxels]));
        Assert.Equal(0, SmileCli.Run("predict", "-i", image, "-o", output).ExitCode);
        LabelMap labels = NiftiReader.ReadLabels(output).Labels;
        byte[] expected = [.. labels.Voxels];
        CleanedOrgan[] done = new LabelCleaning(Largest: true, Holes: true).Clean(expected, labels.Geometry, 3);
        Assert.Contains(done, organ => organ.Removed > 0);
        CliResult result = SmileCli.Run("predict", "-i", image, "-o", clean, "--keep-largest", "--fill-holes");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(expected, NiftiReader.ReadLabels(clean).Labels.Voxels);
        Assert.Contains("removed (ml)", result.Out, StringComparison.Ordinal);
        Assert.Contains("filled (ml)", result.Out, StringComparison.Ordinal);
        Assert.Contains("pieces is kept", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_time_augmentation_says_its_passes_and_changes_the_probabilities()
    {
        string image = trained.Data.Image("test_0"), once = Path.Combine(_folder, "once.nii"), twice = Path.Combine(_folder, "twice.nii");
        Assert.Equal(0, Predict(image, once, "--probabilities").ExitCode);
        CliResult result = Predict(image, twice, "--tta", "--probabilities");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("the mean of 2 passes over each slice, as it is, moved by 16 voxels; not mirrored", result.Error,
            StringComparison.Ordinal);
        Assert.NotEqual(Liver("once"), Liver("twice"));

        float[] Liver(string name) => NiftiReader.ReadVolume(Path.Combine(_folder, name + "_liver.nii.gz")).Volume.Voxels;
    }

    [Fact]
    public void In_a_folder_bad_cases_are_passed_over_and_listed_with_exit_5()
    {
        string input = Directory.CreateDirectory(Path.Combine(_folder, "in")).FullName, output = Path.Combine(_folder, "out");
        File.Copy(trained.Data.Image("case_0"), Path.Combine(input, "a_0000.nii.gz"));
        File.WriteAllBytes(Path.Combine(input, "b_0000.nii.gz"), File.ReadAllBytes(trained.Data.Image("case_1"))[..200]);
        var voxels = new float[4 * 16 * 24];
        voxels[7] = float.NaN;
        NiftiWriter.Write(Path.Combine(input, "c_0000.nii.gz"), new Volume(trained.Data.Geometry, voxels));
        var result = Predict(input, output);
        Assert.Equal(5, result.ExitCode);
        Assert.Contains("2 of 3 cases failed", result.Error, StringComparison.Ordinal);
        Assert.Contains("b_0000.nii.gz", result.Error, StringComparison.Ordinal);
        Assert.Contains("c_0000.nii.gz", result.Error, StringComparison.Ordinal);
        Assert.Equal(["a.nii.gz", "labels.json"], Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Weights_that_are_not_finite_exit_3()
    {
        string model = trained.WithoutANumber(_folder), output = Path.Combine(_folder, "organs.nii");
        SmileCli.Fails(3, ["predict", "-i", trained.Data.Image("test_0"), "-o", output, "-m", model], model, "1 of", "NaN or infinite");
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void Masks_are_a_folder_for_each_case_with_a_file_for_each_organ()
    {
        string image = trained.Data.Image("test_0"), output = Path.Combine(_folder, "organs.nii"), masks = Path.Combine(_folder, "masks");
        Assert.Equal(0, Predict(image, output).ExitCode);
        byte[] labels = NiftiReader.ReadLabels(output).Labels.Voxels;
        CliResult result = Predict(image, masks, "--format", "masks");
        Assert.True(result.ExitCode == 0, result.Error);
        AssertMasks(masks);

        string input = Directory.CreateDirectory(Path.Combine(_folder, "in")).FullName, many = Path.Combine(_folder, "many");
        File.Copy(image, Path.Combine(input, "a_0000.nii.gz"));
        Assert.Equal(0, Predict(input, many, "--format", "masks").ExitCode);
        Assert.Equal(["a"], Directory.GetFileSystemEntries(many).Select(Path.GetFileName));
        AssertMasks(Path.Combine(many, "a"));

        void AssertMasks(string folder)
        {
            Assert.Equal(["liver.nii.gz", "stomach.nii.gz"],
                Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal(labels.Select(label => label == 1 ? (byte)1 : (byte)0),
                NiftiReader.ReadLabels(Path.Combine(folder, "liver.nii.gz")).Labels.Voxels);
            Assert.Equal(labels.Select(label => label == 2 ? (byte)1 : (byte)0),
                NiftiReader.ReadLabels(Path.Combine(folder, "stomach.nii.gz")).Labels.Voxels);
        }
    }

    [Fact]
    public void Organs_whose_files_would_have_the_same_name_are_refused()
    {
        Assert.Equal(["left_kidney.nii.gz", "right-kidney.nii.gz"], LabelFiles.OrganFiles(["left kidney", "right-kidney"]));
        var error = Assert.Throws<DataException>(() => LabelFiles.OrganFiles(["left kidney", "liver", "Left_kidney"]));
        Assert.Contains("'left kidney' and 'Left_kidney'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_bad_image_exits_3_and_leaves_nothing()
    {
        string image = Path.Combine(_folder, "bad.nii");
        File.WriteAllText(image, "no image");
        string output = Directory.CreateDirectory(Path.Combine(_folder, "out")).FullName;
        SmileCli.Fails(3, ["predict", "-i", image, "-o", Path.Combine(output, "organs.nii"), "-m", trained.Final], image);
        Assert.Empty(Directory.GetFileSystemEntries(output));
    }

    [Fact]
    public void An_input_that_is_not_there_exits_3_whatever_the_output_is()
    {
        string absent = Path.Combine(_folder, "none");
        SmileCli.Fails(3, ["predict", "-i", absent, "-o", Path.Combine(_folder, "out"), "-m", trained.Run], absent,
            "no such file or folder");
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void The_input_is_not_overwritten()
    {
        string image = Path.Combine(_folder, "ct.nii.gz");
        File.Copy(trained.Data.Image("case_0"), image);
        SmileCli.Fails(2, ["predict", "-i", image, "-o", Path.Combine(_folder, ".", "ct.nii.gz"), "-m", trained.Run],
            "would be overwritten");
        Assert.Equal(File.ReadAllBytes(trained.Data.Image("case_0")), File.ReadAllBytes(image));
    }

    [Theory]
    [InlineData("-3")]
    [InlineData("100000")]
    public void Threads_that_cannot_be_exit_2(string threads) =>
        SmileCli.Fails(2, ["predict", "-i", trained.Data.Image("test_0"), "-o", Path.Combine(_folder, "o.nii"), "--threads", threads],
            $"--threads {threads}", "1024");

    [Fact]
    public void Threads_that_are_no_number_exit_2()
    {
        SmileCli.Fails(2, ["predict", "-i", trained.Data.Image("test_0"), "-o", Path.Combine(_folder, "o.nii"), "--threads", "many"],
            "--threads");
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void An_empty_folder_exits_3()
    {
        string empty = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName;
        SmileCli.Fails(3, ["predict", "-i", empty, "-o", Path.Combine(_folder, "out"), "-m", trained.Run], empty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(900)]
    [InlineData(-1)]
    public void A_checkpoint_that_is_cut_off_exits_3_and_is_named(int length)
    {
        byte[] bytes = File.ReadAllBytes(trained.Final);
        string cut = Path.Combine(_folder, "cut.safetensors"), output = Path.Combine(_folder, "organs.nii");
        File.WriteAllBytes(cut, length < 0 ? bytes[..^1] : bytes[..length]);
        SmileCli.Fails(3, ["predict", "-i", trained.Data.Image("test_0"), "-o", output, "-m", cut], cut);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void A_model_that_is_not_there_and_an_output_of_another_kind_exit_2()
    {
        string image = trained.Data.Image("test_0"), absent = Path.Combine(_folder, "none");
        SmileCli.Fails(2, ["predict", "-i", image, "-o", Path.Combine(_folder, "o.nii"), "-m", absent], absent);
        SmileCli.Fails(2, ["predict", "-i", image, "-o", Path.Combine(_folder, "o.png"), "-m", trained.Run], "o.png", ".nii");
        SmileCli.Fails(2, ["predict", "-i", image, "-o", Path.Combine(_folder, "o.nii"), "-m", _folder], _folder, "checkpoint");
        SmileCli.Fails(2, ["predict", "-i", image, "-o", Path.Combine(_folder, "o.nii.gz"), "-m", trained.Run, "--format", "masks"],
            "o.nii.gz", "folder");
    }

    [Fact]
    public void A_full_disk_exits_3_and_leaves_no_partial_file()
    {
        using var disk = FullDisk.Mount(_folder, kilobytes: 4);
        Assert.SkipUnless(disk is not null, "a tmpfs cannot be mounted here (needs Linux and root)");
        string output = Path.Combine(disk.Folder, "organs.nii");
        SmileCli.Fails(3, ["predict", "-i", trained.Data.Image("test_0"), "-o", output, "-m", trained.Final], output, "No space left");
        AssertNoVolume(disk.Folder);
    }

    /// <summary>Neither a label map nor a part of one was left.</summary>
    private static void AssertNoVolume(string folder) => Assert.DoesNotContain(Directory.GetFiles(folder), file =>
        file.EndsWith(".nii", StringComparison.Ordinal) || file.EndsWith(".tmp", StringComparison.Ordinal));

    private CliResult Predict(string input, string output, params string[] more) =>
        SmileCli.Run(["predict", "-i", input, "-o", output, "-m", trained.Run, .. more]);
}
