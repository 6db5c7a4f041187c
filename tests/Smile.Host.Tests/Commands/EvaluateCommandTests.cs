using System.Globalization;
using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Tests.Commands;

public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TinyDataset _data = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-evaluate-").FullName;

    public void Dispose()
    {
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_truth_against_itself_has_Dice_1_and_writes_both_files()
    {
        Copy("case_0", "case_1");
        var result = SmileCli.Run("evaluate", "-p", _folder, "-r", Path.Combine(_data.Folder, "labelsTr"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("1.000", Cell(result.Out, "mean", 1));
        Assert.True(File.Exists(Path.Combine(_folder, "summary.json")));
        Assert.Equal(1 + 2 * 2, File.ReadAllLines(Path.Combine(_folder, "metrics.csv")).Length);
    }

    [Fact]
    public void Cases_without_a_prediction_are_named()
    {
        Copy("case_0", "case_2", "case_3");
        foreach (string[] truth in new[] { new[] { "--data", _data.Folder }, ["-r", Path.Combine(_data.Folder, "labelsTr")] })
            Assert.Contains("1 of 4 cases has no prediction, not scored: case_1", SmileCli.Run(["evaluate", "-p", _folder, .. truth]).Error,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_without_names_of_labels_are_refused_with_the_form_of_the_names()
    {
        string map = Path.Combine(_folder, "alone", "labels", "a.nii.gz");
        Directory.CreateDirectory(Path.GetDirectoryName(map)!);
        File.Copy(_data.Labels("case_0"), map);
        SmileCli.Fails(3, ["evaluate", "-p", map, "-r", map], map, """Give a JSON file with "labels": { "liver": 1, ... } to --labels.""");
    }

    [Fact]
    public void Dice_is_what_counting_by_hand_gives()
    {
        var truth = NiftiReader.ReadLabels(_data.Labels("case_0")).Labels;
        byte[] predicted = [.. truth.Voxels.Select((label, i) => label == 2 ? (byte)0 : label == 1 && i % 3 == 0 ? (byte)0 : label)];
        long n = truth.Voxels.Count(l => l == 1), tp = predicted.Count(l => l == 1);
        string path = Path.Combine(_folder, "p.nii.gz");
        NiftiWriter.Write(path, new LabelMap(truth.Geometry, predicted));
        var result = SmileCli.Run("evaluate", "-p", path, "-r", _data.Labels("case_0"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal((2.0 * tp / (n + tp)).ToString("0.000", CultureInfo.InvariantCulture), Cell(result.Out, "liver", 1));
        Assert.Equal("0.000", Cell(result.Out, "stomach", 1));
        Assert.Equal("1", Cell(result.Out, "stomach", 7)); // missed
    }

    [Fact]
    public void Integers_of_the_data_set_and_of_the_prediction_are_matched_by_name()
    {
        File.WriteAllText(Path.Combine(_data.Folder, "dataset.json"), """
            {
              "channel_names": { "0": "CT" }, "labels": { "background": 0, "stomach": 6, "liver": 5 },
              "numTraining": 4, "file_ending": ".nii.gz"
            }
            """);
        foreach (int i in Enumerable.Range(0, 4))
        {
            Copy($"case_{i}");
            var labels = NiftiReader.ReadLabels(_data.Labels($"case_{i}")).Labels;
            _data.ReplaceLabels($"case_{i}", new LabelMap(labels.Geometry, [.. labels.Voxels.Select(l => l == 0 ? l : (byte)(l + 4))]));
        }

        Directory.Delete(Path.Combine(_data.Folder, "imagesTs"), recursive: true);
        Directory.Delete(Path.Combine(_data.Folder, "labelsTs"), recursive: true);
        File.WriteAllText(Path.Combine(_folder, "labels.json"), """{ "labels": { "background": 0, "liver": 1, "stomach": 2 } }""");
        foreach (string[] truth in new[] { new[] { "--data", _data.Folder }, ["-r", Path.Combine(_data.Folder, "labelsTr")] })
        {
            var result = SmileCli.Run(["evaluate", "-p", _folder, .. truth]);
            Assert.True(result.ExitCode == 0, result.Error);
            Assert.Equal("1.000", Cell(result.Out, "liver", 1));
            Assert.Equal("4", Cell(result.Out, "stomach", 5));
        }
    }

    /// <summary>nnU-Net takes a number in quotes for the number, so both verbs do.</summary>
    [Fact]
    public void A_label_in_quotes_is_a_number_to_the_check_and_to_the_evaluation()
    {
        string names = Path.Combine(_data.Folder, "dataset.json");
        File.WriteAllText(names, """
            {
              "channel_names": { "0": "CT" }, "labels": { "background": 0, "liver": "1", "stomach": "2" },
              "numTraining": 4, "file_ending": ".nii.gz"
            }
            """);
        Assert.Contains("No fault.", SmileCli.Run("dataset", "check", _data.Folder).Out, StringComparison.Ordinal);
        Copy("case_0", "case_1");
        foreach (string[] truth in new[] { new[] { "--data", _data.Folder },
            ["-r", Path.Combine(_data.Folder, "labelsTr"), "--labels", names] })
        {
            var result = SmileCli.Run(["evaluate", "-p", _folder, .. truth]);
            Assert.True(result.ExitCode == 0, result.Error);
            Assert.Equal("1.000", Cell(result.Out, "liver", 1));
        }
    }

    [Fact]
    public void Labels_that_mean_nothing_are_refused_by_the_check_and_by_the_evaluation()
    {
        string names = Path.Combine(_data.Folder, "dataset.json");
        File.WriteAllText(names, """
            { "channel_names": { "0": "CT" }, "labels": { "background": 0, "liver": "one" }, "file_ending": ".nii.gz" }
            """);
        Assert.Contains("labels: 'liver': neither the name nor 'one' is an integer", SmileCli.Run("dataset", "check", _data.Folder).Out,
            StringComparison.Ordinal);
        Copy("case_0");
        SmileCli.Fails(3, ["evaluate", "-p", _folder, "-r", Path.Combine(_data.Folder, "labelsTr"), "--labels", names],
            names, "labels: 'liver': neither the name nor 'one' is an integer");
    }

    [Fact]
    public void The_report_shows_means_the_worst_cases_first_and_all_of_them()
    {
        Copy("case_0", "case_1", "case_2", "case_3");
        var truth = NiftiReader.ReadLabels(_data.Labels("case_2")).Labels;
        byte[] liver = [.. truth.Voxels.Select(label => label == 2 ? (byte)0 : label)];
        NiftiWriter.Write(Path.Combine(_folder, "case_2.nii.gz"), new LabelMap(truth.Geometry, liver));
        var result = SmileCli.Run("evaluate", "-p", _folder, "--data", _data.Folder);
        Assert.True(result.ExitCode == 0, result.Error);
        string page = File.ReadAllText(Path.Combine(_folder, "report.html"));
        int worst = page.IndexOf("Worst cases", StringComparison.Ordinal), all = page.IndexOf("Case by case", StringComparison.Ordinal);
        Assert.True(worst > 0 && all > worst);
        const string missed = ""
            + "<tr><td>case_2</td><td>stomach</td><td>missed</td><td>0.000</td><td>0.000</td><td>-</td><td>0.000</td><td>100.0</td>";
        int first = page.IndexOf("<td>stomach</td>", worst, StringComparison.Ordinal);
        Assert.Equal(first - "<tr><td>case_2</td>".Length, page.IndexOf(missed, worst, StringComparison.Ordinal));
        Assert.Equal(8, System.Text.RegularExpressions.Regex.Count(page[all..], "<tr><td>case_"));
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_annotated_organs_are_scored_unless_the_truth_is_complete()
    {
        Copy("case_0", "case_1");
        File.WriteAllText(Path.Combine(_data.Folder, "annotations.json"), """{ "case_0": ["liver"] }""");
        Assert.Equal("1", Cell(SmileCli.Run("evaluate", "-p", _folder, "--data", _data.Folder).Out, "stomach", 5));
        Assert.Equal("2", Cell(SmileCli.Run("evaluate", "-p", _folder, "--data", _data.Folder, "--truth-complete").Out, "stomach", 5));
    }

    [Fact]
    public void A_mean_Dice_below_the_asked_one_exits_6()
    {
        NiftiWriter.Write(Path.Combine(_folder, "case_0.nii.gz"), new LabelMap(_data.Geometry, new byte[_data.Geometry.Voxels]));
        SmileCli.Fails(6, ["evaluate", "-p", _folder, "--data", _data.Folder, "--min-dice", "0.5"], "0.000", "0.5");
    }

    [Fact]
    public void Another_grid_exits_3_and_names_both_files()
    {
        string path = Path.Combine(_folder, "case_0.nii.gz");
        NiftiWriter.Write(path, new LabelMap(Geometry.Regular(4, 16, 25, 2, 1, 1), new byte[4 * 16 * 25]));
        SmileCli.Fails(3, ["evaluate", "-p", path, "-r", _data.Labels("case_0")], path, _data.Labels("case_0"));
    }

    [Fact]
    public void A_bad_case_among_good_ones_exits_5()
    {
        Copy("case_0", "case_1");
        File.WriteAllText(Path.Combine(_folder, "case_1.nii.gz"), "broken");
        var result = SmileCli.Run("evaluate", "-p", _folder, "--data", _data.Folder);
        Assert.Equal(5, result.ExitCode);
        Assert.Contains("case_1.nii.gz", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Truth_that_is_missing_or_given_twice_exits_2()
    {
        SmileCli.Fails(2, ["evaluate", "-p", _folder], "--reference", "--data");
        SmileCli.Fails(2, ["evaluate", "-p", _folder, "-r", _folder, "--data", _data.Folder], "--reference", "--data");
    }

    [Fact]
    public void Names_that_match_nothing_exit_3()
    {
        File.Copy(_data.Labels("case_0"), Path.Combine(_folder, "other.nii.gz"));
        SmileCli.Fails(3, ["evaluate", "-p", _folder, "--data", _data.Folder], _folder, "case_0");
    }

    private void Copy(params string[] ids)
    {
        foreach (string id in ids)
            File.Copy(_data.Labels(id), Path.Combine(_folder, id + ".nii.gz"));
    }

    private static string Cell(string table, string row, int column)
    {
        string line = Assert.Single(table.Split('\n'), line => line.StartsWith(row, StringComparison.Ordinal));
        return line.Split("  ", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[column];
    }
}
