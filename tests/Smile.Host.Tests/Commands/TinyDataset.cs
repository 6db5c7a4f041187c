using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Host.Tests.Commands;

/// <summary>A data set of four training cases and one test case, 4 x 16 x 24 voxels: two organs that an intensity tells apart.</summary>
internal sealed class TinyDataset : IDisposable
{
    public TinyDataset()
    {
        foreach (string part in new[] { "imagesTr", "labelsTr", "imagesTs", "labelsTs" })
            Directory.CreateDirectory(Path.Combine(Folder, part));
        for (int i = 0; i < 5; i++)
            Write(i < 4 ? "Tr" : "Ts", i < 4 ? $"case_{i}" : "test_0", i);
        File.WriteAllText(Path.Combine(Folder, "dataset.json"), """
            {
              "channel_names": { "0": "CT" }, "labels": { "background": 0, "liver": 1, "stomach": 2 },
              "numTraining": 4, "file_ending": ".nii.gz"
            }
            """);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("smile-data-").FullName;

    public Geometry Geometry { get; } = Geometry.Regular(4, 16, 24, 2, 1, 1);

    public string Image(string id) => Path.Combine(Folder, "images" + Part(id), id + "_0000.nii.gz");

    public string Labels(string id) => Path.Combine(Folder, "labels" + Part(id), id + ".nii.gz");

    public void ReplaceLabels(string id, LabelMap labels) => NiftiWriter.Write(Labels(id), labels);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Part(string id) => id.StartsWith("test", StringComparison.Ordinal) ? "Ts" : "Tr";

    /// <summary>A liver on the right and a stomach on the left, shifted from case to case.</summary>
    private void Write(string part, string id, int shift)
    {
        var image = new float[Geometry.Voxels];
        var labels = new byte[Geometry.Voxels];
        for (int z = 0; z < 4; z++)
            for (int y = 0; y < 16; y++)
                for (int x = 0; x < 24; x++)
                {
                    int at = (z * 16 + y) * 24 + 23 - x;
                    labels[at] = (byte)(y is < 4 or > 11 ? 0 : x >= 2 + shift && x < 9 + shift ? 1 : x >= 13 && x < 18 ? 2 : 0);
                    image[at] = labels[at] switch { 1 => 110, 2 => 30, _ => -90 } + (at * 37 % 11 - 5);
                }

        NiftiWriter.WriteInt16(Path.Combine(Folder, "images" + part, id + "_0000.nii.gz"), new Volume(Geometry, image));
        NiftiWriter.Write(Path.Combine(Folder, "labels" + part, id + ".nii.gz"), new LabelMap(Geometry, labels));
    }
}
