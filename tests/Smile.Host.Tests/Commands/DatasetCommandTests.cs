using System.Text.Json;
using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Tests.Commands;

public sealed class DatasetCommandTests : IDisposable
{
    private readonly TinyDataset _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Check_of_a_sound_data_set_exits_0_and_counts_the_annotations()
    {
        var result = SmileCli.Run("dataset", "check", _data.Folder);
        Assert.True(result.ExitCode == 0, result.Out + result.Error);
        Assert.Contains("No fault.", result.Out, StringComparison.Ordinal);
        Assert.Contains("4 training cases", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_shows_what_the_images_are_like_and_the_memory_that_training_takes()
    {
        string output = SmileCli.Run("dataset", "check", _data.Folder).Out;
        Assert.Matches(@"training cases +4 +4 x 16 x 24 +2 x 1 x 1 +-95 to 115 ", output);
        Assert.Matches(@"test cases +1 +4 x 16 x 24 +2 x 1 x 1 ", output);
        // 4 x 4 x 16 x 24 voxels at 2.2 and 2.5 bytes are less than 0.05 MiB.
        Assert.Contains("Training holds 4 cases in memory, at 1 x 1 mm (y, x): 0.0 MiB, with rounds (smiler) 0.0 MiB", output,
            StringComparison.Ordinal);
        Assert.Contains("as they are", SmileCli.Run("dataset", "check", _data.Folder, "--spacing", "native").Out, StringComparison.Ordinal);
        Assert.Contains("at 0.1 x 0.2 mm", SmileCli.Run("dataset", "check", _data.Folder, "--spacing", "0.1,0.2").Out,
            StringComparison.Ordinal);
        SmileCli.Fails(2, ["dataset", "check", _data.Folder, "--spacing", "thin"], "--spacing is 'thin'");
    }

    [Fact]
    public void Check_with_native_spacing_has_mixed_spacings_and_odd_numbers_as_faults()
    {
        Geometry coarse = Geometry.Regular(4, 16, 24, 2, 2, 2);
        NiftiWriter.WriteInt16(_data.Image("case_0"), new Volume(coarse, NiftiReader.ReadVolume(_data.Image("case_0")).Volume.Voxels));
        _data.ReplaceLabels("case_0", new LabelMap(coarse, new byte[4 * 16 * 24]));
        NiftiWriter.Write(_data.Image("case_1"), new Volume(_data.Geometry, [.. Enumerable.Range(0, 4 * 16 * 24).Select(i => i % 255f)]));
        string[] expected = ["training cases: slices of 1 to 2 x 1 to 2 mm", "grey values of a window"];
        var auto = SmileCli.Run("dataset", "check", _data.Folder);
        Assert.Equal(0, auto.ExitCode);
        Assert.All(expected, part => Assert.Contains(auto.Out.Split('\n'), line => line.StartsWith("note:", StringComparison.Ordinal)
            && line.Contains(part, StringComparison.Ordinal)));
        var native = SmileCli.Run("dataset", "check", _data.Folder, "--spacing", "native");
        Assert.Equal(3, native.ExitCode);
        Assert.All(expected, part => Assert.Contains(native.Out.Split('\n'), line => line.StartsWith("fault:", StringComparison.Ordinal)
            && line.Contains(part, StringComparison.Ordinal)));
    }

    [Fact]
    public void Check_finds_every_planted_fault_in_one_run()
    {
        _data.ReplaceLabels("case_0", new LabelMap(Geometry.Regular(2, 16, 24, 2, 1, 1), new byte[2 * 16 * 24])); // another grid
        _data.ReplaceLabels("case_1", new LabelMap(_data.Geometry, [.. Enumerable.Repeat((byte)9, 4 * 16 * 24)])); // an unknown value
        File.WriteAllBytes(_data.Image("case_2"), File.ReadAllBytes(_data.Image("case_2"))[..300]); // cut off
        File.Delete(_data.Image("case_3"));
        var result = SmileCli.Run("dataset", "check", _data.Folder);
        Assert.Equal(3, result.ExitCode);
        foreach (string part in new[] { "2 x 16 x 24", "value 9", "case_2_0000.nii.gz", "case_3" })
            Assert.Contains(result.Out.Split('\n'), line =>
                line.StartsWith("fault:", StringComparison.Ordinal) && line.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void Check_of_an_empty_folder_exits_3_and_names_it()
    {
        string empty = Directory.CreateDirectory(Path.Combine(_data.Folder, "empty")).FullName;
        var result = SmileCli.Run("dataset", "check", empty);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains(empty, result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Drop_writes_what_is_left_and_test_cases_keep_all()
    {
        var result = SmileCli.Run("dataset", "drop", _data.Folder, "--alpha", "0.5", "--seed", "3");
        Assert.True(result.ExitCode == 0, result.Error);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_data.Folder, "annotations.json")));
        int left = json.RootElement.EnumerateObject()
            .Where(c => c.Name.StartsWith("case_", StringComparison.Ordinal))
            .Sum(c => c.Value.GetArrayLength());
        Assert.InRange(left, 1, 7);
        Assert.Contains($"{left} of 8 annotations left", result.Out, StringComparison.Ordinal);
        Assert.Equal(2, json.RootElement.GetProperty("test_0").GetArrayLength());
    }

    [Fact]
    public void Table_1_has_dashes_where_no_hidden_truth_is()
    {
        File.WriteAllText(Path.Combine(_data.Folder, "annotations.json"), """{ "case_0": ["stomach"], "case_1": ["liver"] }""");
        LabelMap labels = NiftiReader.ReadLabels(_data.Labels("case_0")).Labels;
        _data.ReplaceLabels("case_0", new LabelMap(labels.Geometry, [.. labels.Voxels.Select(label => label == 1 ? (byte)0 : label)]));
        var result = SmileCli.Run("dataset", "table1", _data.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        const StringSplitOptions cells = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        string[][] rows = [.. result.Out.Split('\n').Select(line => line.Split("  ", cells))];
        string[] liver = rows.Single(row => row is ["liver", _, "baseline", ..]);
        string[] stomach = rows.Single(row => row is ["stomach", _, "baseline", ..]);
        Assert.Equal(("1 of 4", "-", "0.000", "-"), (liver[1], liver[4], liver[5], liver[6]));
        Assert.Equal(("1 of 4", "2.604"), (stomach[1], stomach[4])); // 160 of 6144 voxels
        Assert.Contains("liver: 1 case without its annotation", result.Error, StringComparison.Ordinal);
        // What SMILE learns from is known without it.
        Assert.Equal("0.000", rows.Single(row => row is ["liver", _, "SMILE", ..])[4]);
    }

    [Fact]
    public void Drop_does_not_replace_an_annotations_file_unasked()
    {
        SmileCli.Run("dataset", "drop", _data.Folder, "--alpha", "0.5");
        string path = Path.Combine(_data.Folder, "annotations.json"), before = File.ReadAllText(path);
        SmileCli.Fails(2, ["dataset", "drop", _data.Folder, "--alpha", "1"], path, "--force");
        Assert.Equal(before, File.ReadAllText(path));
        Assert.Equal(0, SmileCli.Run("dataset", "drop", _data.Folder, "--alpha", "1", "--force").ExitCode);
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(0, json.RootElement.GetProperty("case_0").GetArrayLength());
    }

    [Fact]
    public void Drop_per_site_leaves_one_organ_a_case_and_shows_the_sites()
    {
        var result = SmileCli.Run("dataset", "drop", _data.Folder, "--alpha", "1", "--mode", "per-site", "--sites", "2");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("4 of 8 annotations left", result.Out, StringComparison.Ordinal);
        Assert.Contains("site", result.Out, StringComparison.Ordinal);
        Assert.All(Annotations().Where(c => c.Key.StartsWith("case_", StringComparison.Ordinal)), c => Assert.Single(c.Value));
    }

    [Theory]
    [InlineData("kept", "case_3")]
    [InlineData("lost", "case_1")]
    public void Drop_per_pathology_goes_by_the_volume_of_the_organ(string enlarged, string kept)
    {
        // Livers of 7 columns, of which three are cut; case_3's is the largest.
        foreach (var (id, columns) in new[] { ("case_0", 4), ("case_1", 2), ("case_2", 6) })
            _data.ReplaceLabels(id, Cut(id, columns));
        string[] args = ["dataset", "drop", _data.Folder, "--alpha", "0.75", "--mode", "per-pathology", "--enlarged", enlarged];
        var result = SmileCli.Run(args);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("ml before", result.Out, StringComparison.Ordinal);
        Assert.Equal([kept, "test_0"], Annotations().Where(c => c.Value.Contains("liver")).Select(c => c.Key));
    }

    [Fact]
    public void Drop_with_an_unknown_mode_exits_2() =>
        SmileCli.Fails(2, ["dataset", "drop", _data.Folder, "--alpha", "0.5", "--mode", "per-moon"], "per-moon");

    [Theory]
    [InlineData("1.5")]
    [InlineData("NaN")]
    public void An_alpha_that_is_no_share_exits_2(string alpha)
    {
        SmileCli.Fails(2, ["dataset", "drop", _data.Folder, "--alpha", alpha], "alpha");
        Assert.False(File.Exists(Path.Combine(_data.Folder, "annotations.json")));
    }

    [Fact]
    public void An_annotations_file_with_an_unknown_organ_exits_3_and_names_organ_and_file()
    {
        File.WriteAllText(Path.Combine(_data.Folder, "annotations.json"), """{ "case_0": ["spleen"] }""");
        SmileCli.Fails(3, ["dataset", "drop", _data.Folder, "--alpha", "0.5", "--force"], "spleen", "annotations.json");
    }

    [Fact]
    public void An_image_with_NaN_is_found_with_its_voxel()
    {
        var voxels = new float[4 * 16 * 24];
        voxels[24 + 5] = float.NaN;
        NiftiWriter.Write(_data.Image("case_1"), new Volume(_data.Geometry, voxels));
        var result = SmileCli.Run("dataset", "check", _data.Folder);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("case_1_0000.nii.gz", result.Out, StringComparison.Ordinal);
    }

    /// <summary>The case's labels with the liver's first columns alone.</summary>
    private LabelMap Cut(string id, int columns)
    {
        LabelMap labels = NiftiReader.ReadLabels(_data.Labels(id)).Labels;
        int first = Enumerable.Range(0, 24).First(x => labels.Slice(0)[4 * 24 + x] == 1);
        for (int v = 0; v < labels.Voxels.Length; v++)
            if (labels.Voxels[v] == 1 && v % 24 >= first + columns)
                labels.Voxels[v] = 0;
        return labels;
    }

    private Dictionary<string, string[]> Annotations() =>
        JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(Path.Combine(_data.Folder, "annotations.json")))!;
}
