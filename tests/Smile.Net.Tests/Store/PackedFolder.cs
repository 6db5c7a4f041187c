using Smile.Net.Data;
using Smile.Net.Store;
using Smile.Net.Tests.Data;

namespace Smile.Net.Tests.Store;

/// <summary>
/// A data set and the store that it is packed into: "whole" has whole HU, "real" has not, "t" is a test case with labels. Images are
/// 3 x 5 x 7 voxels, of which rows of vectors have a rest.
/// </summary>
internal sealed class PackedFolder : IDisposable
{
    public PackedFolder()
    {
        Data = new TestFolder().Json();
        Write("whole", 1, "Tr");
        Write("real", 0.37f, "Tr");
        Write("t", 2, "Ts");
        Data.Write("groups.json", """{ "whole": "p1" }""");
    }

    public static Geometry Grid { get; } = Geometry.Regular(3, 5, 7, 3, 1, 1.5);

    public TestFolder Data { get; }

    public string Store => Data.At("store");

    public string File(string id) => Path.Combine(Store, "cases", id + CasePacker.Ending);

    /// <summary>Packs what is there now; returns how many files were made.</summary>
    public int Pack(PlaneSpacing? spacing = null)
    {
        Dataset dataset = Data.Open();
        var packer = new StorePacker(dataset, [Data.Root], Store, spacing);
        packer.Begin();
        foreach (Case each in dataset.Training)
            packer.Add(each, training: true);
        foreach (Case each in dataset.Test)
            packer.Add(each, training: false);
        packer.Complete([]);
        return packer.Packed;
    }

    /// <summary>Writes a case, with HU that are multiples of a number.</summary>
    public void Write(string id, float factor, string part)
    {
        float[] voxels = [.. Enumerable.Range(0, (int)Grid.Voxels).Select(i => factor * (i * 37 % 211 - 100))];
        byte[] labels = [.. Enumerable.Range(0, (int)Grid.Voxels).Select(i => (byte)(i % 35 is > 8 and < 20 ? 1 : i % 35 is > 27 ? 3 : 0))];
        Data.Reader.Add(Data.At("images" + part, id + "_0000.nii.gz"), new Volume(Grid, voxels));
        Data.Reader.Add(Data.At("labels" + part, id + ".nii.gz"), new LabelMap(Grid, labels));
    }

    public static void AssertSame(CaseData expected, CaseData actual)
    {
        Assert.Equal((expected.Id, expected.Group, expected.Annotated, expected.Truth),
            (actual.Id, actual.Group, actual.Annotated, actual.Truth));
        Assert.True(expected.Geometry.Matches(actual.Geometry, 0));
        Assert.Equal(expected.Image.IsWhole, actual.Image.IsWhole);
        Assert.Equal(Bits(expected.Image), Bits(actual.Image));
        Assert.Equal(expected.Labels.ToArray(), actual.Labels.ToArray());
        Assert.Equal(expected.Pseudo?.InWords(), actual.Pseudo?.InWords());
    }

    public void Dispose() => Data.Dispose();

    private static int[] Bits(CaseImage image) => Array.ConvertAll(image.ToVolume().Voxels, BitConverter.SingleToInt32Bits);
}
