using Smile.Host.Imaging;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Commands;

/// <summary>Spacing belongs to the model: what <c>train</c>, <c>predict</c> and <c>relabel</c> do where images have others.</summary>
public sealed class SpacingCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private static readonly int[][] _permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-spacing-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Any_spacing_and_axis_order_comes_back_on_the_images_own_grid(int seed)
    {
        var rng = new Rng((ulong)seed);
        int[] sizes = [5 + rng.Next(35), 1 + rng.Next(30), 1 + rng.Next(3)], permutation = _permutations[seed - 1];
        double[] spacing = [.. Enumerable.Range(0, 3).Select(_ => 0.3 * Math.Pow(12, rng.NextDouble()))];
        var plain = new Volume(Geometry.Regular(sizes[2], sizes[1], sizes[0], spacing[2], spacing[1], spacing[0]),
            [.. Enumerable.Range(0, sizes[0] * sizes[1] * sizes[2]).Select(i => (float)(10 * rng.Next(20) - 100))]);
        string straight = Path.Combine(_folder, "straight.nii"), turned = Path.Combine(_folder, "turned.nii");
        NiftiWriter.Write(straight, plain);
        File.WriteAllBytes(turned, Turned(plain, permutation, flips: rng.Next(8), spacing));

        Assert.Equal(0, Predict(straight, "straight.nii.gz").ExitCode);
        CliResult result = Predict(turned, "out.nii", "--probabilities");
        Assert.True(result.ExitCode == 0, result.Error);
        NiftiSource image = NiftiReader.ReadHeader(turned);
        foreach (string name in new[] { "out.nii", "out_liver.nii.gz" })
        {
            NiftiSource written = NiftiReader.ReadHeader(Out(name));
            foreach (Range geometry in new[] { 40..56, 76..108, 123..124, 252..328 }) // dim, pixdim, xyzt_units, qform and sform
                Assert.Equal(image.Header.Bytes[geometry].ToArray(), written.Header.Bytes[geometry].ToArray());
            Assert.Equal(image.Geometry.Affine, written.Geometry.Affine);
        }

        // RAS+ to the reader, whatever the file's order: the same patient gets the same labels.
        byte[] labels = NiftiReader.ReadLabels(Out("out.nii")).Labels.Voxels;
        Assert.Equal(NiftiReader.ReadLabels(Out("straight.nii.gz")).Labels.Voxels, labels);
        float[] liver = NiftiReader.ReadVolume(Out("out_liver.nii.gz")).Volume.Voxels;
        Assert.All(liver.Zip(labels), each => Assert.True(each.Second != 1 || each.First >= 0.5f));
    }

    [Fact]
    public void Predict_says_to_which_spacing_slices_are_brought()
    {
        CliResult result = Predict(trained.Data.Image("test_0"), "organs.nii.gz");
        Assert.Contains("slices are brought to 1 x 1 mm (y, x)", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Slices_much_farther_apart_than_those_of_training_are_told()
    {
        string far = Path.Combine(_folder, "far.nii");
        NiftiWriter.Write(far, new Volume(Geometry.Regular(1, 8, 8, 5, 1, 1), new float[64]));
        Assert.Contains($"warning: {far}: its slices lie 5 mm apart, those that the model was trained on 2 mm",
            Predict(far, "organs.nii.gz").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_that_does_not_say_its_spacing_is_named()
    {
        string old = Path.Combine(_folder, "old.safetensors");
        byte[] bytes = File.ReadAllBytes(trained.Final);
        int at = bytes.AsSpan().IndexOf("\"spacing\":\"{"u8);
        bytes[at + 1] = (byte)'S'; // a key that nobody reads
        File.WriteAllBytes(old, bytes);
        CliResult result = SmileCli.Run("predict", "-i", trained.Data.Image("test_0"), "-o", Out("organs.nii.gz"), "-m", old);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains($"warning: {old}: does not say at which spacing it was trained", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Spacing_that_cannot_be_millimetres_exits_3_with_the_files_name()
    {
        string image = Path.Combine(_folder, "metres.nii");
        NiftiWriter.Write(image, new Volume(Geometry.Regular(1, 8, 8, 2, 1000, 1000), new float[64]));
        SmileCli.Fails(3, ["predict", "-i", image, "-o", Out("organs.nii.gz"), "-m", trained.Run], image, "1000 x 1000 mm");
    }

    [Fact]
    public void A_run_on_mixed_spacings_trains_at_their_median_and_writes_its_rounds_on_the_images_grids()
    {
        using TinyDataset data = Mixed();
        string run = Path.Combine(_folder, "run");
        CliResult result = SmileCli.Run(["train", "--data", data.Folder, "-o", run, "--method", "smiler", .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("spacing: slices of 1 to 2 x 1 to 2 mm (y, x), 2 mm apart, are trained on at 1.5 x 1.5 mm", result.Error,
            StringComparison.Ordinal);
        Assert.Equal("1.5,1.5", new RunFolder(run).ReadSettings().Data.Spacing);
        string[] maps = Directory.GetFiles(new RunFolder(run).Round(2), "*.nii.gz");
        Assert.NotEmpty(maps);
        foreach (string map in maps)
        {
            string id = Path.GetFileName(map)[..^".nii.gz".Length];
            LabelMap labels = NiftiReader.ReadLabels(map).Labels, truth = NiftiReader.ReadLabels(data.Labels(id)).Labels;
            Assert.True(labels.Geometry.Matches(truth.Geometry));
            byte annotated = (byte)(id == "case_0" ? 1 : id == "case_1" ? 2 : 0);
            for (int v = 0; v < truth.Voxels.Length; v++)
                Assert.True(truth.Voxels[v] != annotated || annotated == 0 || labels.Voxels[v] == annotated, $"{id} {v}");
            Assert.All(labels.Voxels.Zip(truth.Voxels).Where(each => each.First == annotated && annotated != 0), each =>
                Assert.Equal(each.Second, each.First));
        }

        byte[] weights = File.ReadAllBytes(new RunFolder(run).Final);
        Assert.Equal(0, SmileCli.Run("train", "--resume", "-o", run).ExitCode);
        Assert.Equal(weights, File.ReadAllBytes(new RunFolder(run).Final));
    }

    [Fact]
    public void Native_says_where_spacings_differ_and_predict_where_a_volume_is_beyond_them()
    {
        using TinyDataset data = Mixed();
        string run = Path.Combine(_folder, "run"), image = Path.Combine(_folder, "fine.nii");
        CliResult result = SmileCli.Run(["train", "--data", data.Folder, "-o", run, "--set", "data.spacing=native", .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("warning: slices of 1 to 2 x 1 to 2 mm", result.Error, StringComparison.Ordinal);
        NiftiWriter.Write(image, new Volume(Geometry.Regular(1, 8, 8, 2, 0.5, 0.5), new float[64]));
        CliResult predicted = SmileCli.Run("predict", "-i", image, "-o", Out("organs.nii.gz"), "-m", run);
        Assert.Contains($"warning: {image}: its slices have 0.5 x 0.5 mm", predicted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_spacing_that_is_none_exits_2_before_anything_is_loaded() => SmileCli.Fails(
        2, ["train", "--data", trained.Data.Folder, "-o", Out("run"), "--set", "data.spacing=fine"], "data.spacing is 'fine'");

    [Fact]
    public void A_new_run_says_auto_and_what_was_stored_without_the_key_is_native()
    {
        Assert.Contains("\nspacing = \"auto\"\n", SmileCli.Run("train", "--show-settings").Out, StringComparison.Ordinal);
        string paper = SmileCli.Run("train", "--show-settings", "--preset", "paper").Out;
        Assert.Contains("\nspacing = \"native\"\n", paper, StringComparison.Ordinal);
        Assert.Equal(Spacings.Native, RunSettings.FromText("""{"train":{"steps":3}}""", "test").Data.Spacing);
    }

    [Fact]
    public void Relabel_brings_its_labels_back_to_the_images_grid()
    {
        using TinyDataset data = Mixed();
        string output = Out("relabelled");
        CliResult result = SmileCli.Run("relabel", "--data", data.Folder, "-o", output, "-m", trained.Run, "--gamma", "1");
        Assert.True(result.ExitCode == 0, result.Error);
        foreach (string id in new[] { "case_0", "case_1", "case_3" })
        {
            LabelMap labels = NiftiReader.ReadLabels(Path.Combine(output, id + ".nii.gz")).Labels;
            Assert.True(labels.Geometry.Matches(NiftiReader.ReadHeader(data.Image(id)).Geometry), id);
        }
    }

    private CliResult Predict(string image, string output, params string[] more) =>
        SmileCli.Run(["predict", "-i", image, "-o", Out(output), "-m", trained.Run, .. more]);

    private string Out(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "out")).FullName, name);

    /// <summary>Cases 0 and 2 of 1 mm a pixel, 1 and 3 of 2 mm; not all is annotated.</summary>
    private static TinyDataset Mixed()
    {
        var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"),
            """{ "case_0": ["liver"], "case_1": ["stomach"], "case_3": [] }""");
        Geometry coarse = Geometry.Regular(4, 16, 24, 2, 2, 2);
        foreach (string id in new[] { "case_1", "case_3" })
        {
            Volume image = NiftiReader.ReadVolume(data.Image(id)).Volume;
            LabelMap labels = NiftiReader.ReadLabels(data.Labels(id)).Labels;
            NiftiWriter.WriteInt16(data.Image(id), new Volume(coarse, image.Voxels));
            data.ReplaceLabels(id, new LabelMap(coarse, labels.Voxels));
        }

        return data;
    }

    /// <summary>The volume in a file whose axes run along others of the patient's, some the other way.</summary>
    private static byte[] Turned(Volume volume, int[] permutation, int flips, double[] spacing)
    {
        int[] ras = [volume.Geometry.Width, volume.Geometry.Height, volume.Geometry.Depth];
        int[] sizes = [.. permutation.Select(axis => ras[axis])];
        var affine = new double[12];
        for (int c = 0; c < 3; c++)
            affine[4 * permutation[c] + c] = (flips >> c & 1) == 0 ? spacing[permutation[c]] : -spacing[permutation[c]];
        AxisOrder order = AxisOrder.Closest(affine);
        AxisWalk walk = order.Walk(order.Reorient(sizes, affine));
        var voxels = new List<double>();
        var line = new float[walk.Size.I];
        for (int row = 0; row < walk.Rows; row++)
        {
            walk.Gather(row, volume.Voxels, line);
            voxels.AddRange(line.Select(voxel => (double)voxel));
        }

        double[] pixdim = [.. permutation.Select(axis => spacing[axis])];
        return new NiftiBytes { Sizes = sizes, Sform = affine, Pixdim = pixdim }.Single([.. voxels]);
    }
}
