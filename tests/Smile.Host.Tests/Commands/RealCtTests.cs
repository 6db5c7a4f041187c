using System.Globalization;
using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Tests.Commands;

/// <summary>
/// From a real CT (TotalSegmentator's example, 122 x 101 x 112 voxels of 3 mm) and its label map to a trained network, a prediction on the
/// image's own grid, and its score, by the command line alone. One volume says nothing about accuracy on others.
/// </summary>
public sealed class RealCtTests : IDisposable
{
    private const string Image = "totalsegmentator/example_ct.nii.gz", Map = "totalsegmentator/example_seg_fast_force_split.nii.gz";

    /// <summary>liver, stomach, pancreas in TotalSegmentator's version 2.</summary>
    private static readonly byte[] _values = [5, 6, 7];

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-ct-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_network_learns_the_organs_of_a_real_ct_and_predicts_them_on_its_grid()
    {
        string image = TestData.Require(Image), map = TestData.Require(Map), data = In("data"), run = In("run"),
            predicted = In("predicted/ct.nii.gz");
        MakeDataset(data, image, map);
        Done("train", "--data", data, "--output", run, "--steps", "800", "--set", "data.validation=0");
        Done("predict", "--input", image, "--output", predicted, "--model", run);

        (LabelMap prediction, NiftiSource written) = NiftiReader.ReadLabels(predicted);
        NiftiSource original = NiftiReader.ReadHeader(image);
        Assert.Equal(original.Header.Sizes, written.Header.Sizes);
        Assert.Equal(original.Geometry.Affine, prediction.Geometry.Affine);

        LabelMap truth = NiftiReader.ReadLabels(map).Labels;
        double[] dice = [.. _values.Select((value, k) => Dice(truth.Voxels, value, prediction.Voxels, Labels.Of(k)))];
        Assert.True(dice[0] >= 0.95, $"liver {dice[0]}");
        Assert.True(dice[1] >= 0.90, $"stomach {dice[1]}");
        Assert.True(dice[2] >= 0.70, $"pancreas {dice[2]}");

        Done("evaluate", "--prediction", Path.GetDirectoryName(predicted)!, "--data", data, "--output", In("scores"));
        Assert.Equal(dice, Column(In("scores/metrics.csv"), "dice"), (expected, actual) => Math.Abs(expected - actual) <= 1e-6);
    }

    private static void MakeDataset(string data, string image, string map)
    {
        Directory.CreateDirectory(Path.Combine(data, "imagesTr"));
        Directory.CreateDirectory(Path.Combine(data, "labelsTr"));
        File.CreateSymbolicLink(Path.Combine(data, "imagesTr", "ct_0000.nii.gz"), image);
        File.CreateSymbolicLink(Path.Combine(data, "labelsTr", "ct.nii.gz"), map);
        string[] names = ["liver", "stomach", "pancreas"];
        var labels = Enumerable.Range(0, 118)
            .Select(i => $"\"{i}\": \"{(Array.IndexOf(_values, (byte)i) is >= 0 and int k ? names[k] : "background")}\"");
        File.WriteAllText(Path.Combine(data, "dataset.json"),
            $$"""{ "channel_names": {"0": "CT"}, "labels": { {{string.Join(", ", labels)}} }, "file_ending": ".nii.gz" }""");
    }

    private static void Done(params string[] args)
    {
        CliResult result = SmileCli.Run(args);
        Assert.True(result.ExitCode == 0, $"smile {args[0]}: exit {result.ExitCode}: {result.Error}");
    }

    private static double Dice(byte[] truth, byte value, byte[] prediction, byte label)
    {
        long both = 0, sum = 0;
        for (int v = 0; v < truth.Length; v++)
        {
            bool t = truth[v] == value, p = prediction[v] == label;
            both += t && p ? 1 : 0;
            sum += (t ? 1 : 0) + (p ? 1 : 0);
        }

        return 2.0 * both / sum;
    }

    private static IEnumerable<double> Column(string csv, string name)
    {
        string[] lines = File.ReadAllLines(csv);
        int column = Array.IndexOf(lines[0].Split(','), name);
        return lines[1..].Select(line => double.Parse(line.Split(',')[column], CultureInfo.InvariantCulture));
    }

    private string In(string name) => Path.Combine(_folder, name);
}
