using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

/// <summary>A data set folder in a temporary directory; voxels are in memory. Images are 2 x 3 x 4 (z, y, x) unless given.</summary>
internal sealed class TestFolder : IDisposable
{
    public const string Organs = """ "background": 0, "liver": 1, "stomach": 2, "pancreas": 3 """;

    private readonly string _root = Directory.CreateTempSubdirectory("smile-data-").FullName;

    public TestFolder(string name = "Dataset001_Test", MemoryReader? reader = null)
    {
        (Root, Reader) = (Path.Combine(_root, name), reader ?? new MemoryReader());
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }

    public MemoryReader Reader { get; }

    public static Geometry Grid { get; } = Geometry.Regular(2, 3, 4, 3, 1, 1);

    public string At(params string[] parts) => Path.Combine([Root, .. parts]);

    public TestFolder Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return this;
    }

    /// <summary>dataset.json as nnU-Net v2 writes it, with these labels.</summary>
    public TestFolder Json(string labels = Organs, string more = "") =>
        Write("dataset.json", $$"""{ "channel_names": {"0": "CT"}, "labels": { {{labels}} }, "file_ending": ".nii.gz"{{more}} }""");

    /// <summary>Adds a case: image imagesTr/id_0000.nii.gz, labels labelsTr/id.nii.gz with the first voxels given.</summary>
    public TestFolder Add(string id, params byte[] labels) => Add(id, Image(), labels, "Tr");

    public TestFolder Add(string id, Volume image, byte[] labels, string part)
    {
        Reader.Add(At("images" + part, id + "_0000.nii.gz"), image);
        Reader.Add(At("labels" + part, id + ".nii.gz"), LabelsOf(labels));
        return this;
    }

    /// <summary>Numbers 0 .. 23, but for a voxel of air: HU.</summary>
    public static Volume Image() => new(Grid, [.. Enumerable.Range(0, 24).Select(i => i == 23 ? -1000f : i)]);

    public static LabelMap LabelsOf(params byte[] first)
    {
        byte[] voxels = new byte[24];
        first.CopyTo(voxels, 0);
        return new LabelMap(Grid, voxels);
    }

    public Dataset Open() => Dataset.Open([Root], Reader);

    /// <summary>The message of the DataException that opening raises.</summary>
    public string OpenFault() => Assert.Throws<DataException>(() => Open()).Message;

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
