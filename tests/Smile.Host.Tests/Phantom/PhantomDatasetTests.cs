using System.Text.Json.Nodes;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Phantom;

public sealed class PhantomDatasetTests : IDisposable
{
    private static readonly PhantomOptions Options = new() { Depth = 12, Height = 48, Width = 56, Seed = 3 };

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-phantom-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_are_those_of_the_nnU_Net_layout()
    {
        Write(_folder, count: 2, testCount: 1);
        string[] files = [.. Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(_folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["dataset.json", "imagesTr/case_000_0000.nii.gz", "imagesTr/case_001_0000.nii.gz", "imagesTs/case_002_0000.nii.gz",
             "labelsTr/case_000.nii.gz", "labelsTr/case_001.nii.gz", "labelsTs/case_002.nii.gz"], files);
        JsonNode expected = JsonNode.Parse("""
            {"channel_names": {"0": "CT"}, "labels": {"background": 0, "liver": 1, "pancreas": 2, "stomach": 3},
             "numTraining": 2, "file_ending": ".nii.gz"}
            """)!;
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "dataset.json")))));
    }

    [Fact]
    public void What_is_read_back_is_what_was_generated()
    {
        Write(_folder, count: 1, testCount: 1);
        for (int i = 0; i < 2; i++)
        {
            string part = i == 0 ? "Tr" : "Ts", name = PhantomDataset.Name(i);
            (Volume image, LabelMap labels) = PhantomCase.Generate(Options, i);
            Volume readImage = NiftiReader.ReadVolume(Path.Combine(_folder, "images" + part, name + "_0000.nii.gz")).Volume;
            LabelMap readLabels = NiftiReader.ReadLabels(Path.Combine(_folder, "labels" + part, name + ".nii.gz")).Labels;
            Assert.Equal(image.Voxels, readImage.Voxels);
            Assert.Equal(labels.Voxels, readLabels.Voxels);
            string description = NiftiReader.ReadHeader(Path.Combine(_folder, "images" + part, name + "_0000.nii.gz")).Header.Description;
            Assert.Equal(NiftiHeader.Phantom, description);
            // NIfTI stores the affine in float32.
            Assert.True(readImage.Geometry.Matches(image.Geometry, 1e-3) && readLabels.Geometry.Matches(image.Geometry, 1e-3));
        }
    }

    [Fact]
    public void A_folder_that_holds_a_data_set_is_refused()
    {
        Write(_folder, count: 1);
        Assert.Contains("dataset.json", Assert.Throws<ConfigException>(() => Write(_folder, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_counts_every_case_and_a_cancelled_set_has_no_index()
    {
        using CancellationTokenSource source = new();
        Counter progress = new();
        Write(Path.Combine(_folder, "whole"), count: 2, testCount: 1, progress);
        Assert.Equal([1, 2, 3], progress.Seen.Order());

        source.Cancel();
        string stopped = Path.Combine(_folder, "stopped");
        Assert.ThrowsAny<OperationCanceledException>(() => PhantomDataset.Write(stopped, Options, 2, cancellation: source.Token));
        Assert.False(File.Exists(Path.Combine(stopped, "dataset.json")));
    }

    [Fact]
    public void A_file_in_the_way_gives_one_data_error()
    {
        string taken = Path.Combine(_folder, "taken");
        File.WriteAllText(taken, "");
        Assert.Contains(taken, Assert.Throws<DataException>(() => Write(taken, 1)).Message, StringComparison.Ordinal);
        string image = Path.Combine(_folder, "imagesTr", PhantomDataset.Name(0) + "_0000.nii.gz");
        Directory.CreateDirectory(image);
        Assert.Throws<DataException>(() => Write(_folder, 1));
    }

    private static void Write(string folder, int count, int testCount = 0, IProgress<int>? progress = null) =>
        PhantomDataset.Write(folder, Options, count, testCount, progress, TestContext.Current.CancellationToken);

    private sealed class Counter : IProgress<int>
    {
        public List<int> Seen { get; } = [];

        public void Report(int value)
        {
            lock (Seen)
                Seen.Add(value);
        }
    }
}
