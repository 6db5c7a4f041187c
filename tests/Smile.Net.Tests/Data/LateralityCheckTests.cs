using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class LateralityCheckTests : IDisposable
{
    private const int Width = 40, Height = 20, Depth = 3;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("liver", 1)]
    [InlineData("Liver tumour", 1)]
    [InlineData("gallbladder", 1)]
    [InlineData("spleen", -1)]
    [InlineData("stomach", -1)]
    [InlineData("kidney_left", -1)]
    [InlineData("Right Kidney", 1)]
    [InlineData("adrenal_gland_right", 1)]
    [InlineData("kidney", 0)]
    [InlineData("pancreas", 0)]
    [InlineData("liver_left_lobe", 0)]
    [InlineData("heart_atrium_left", 0)]
    [InlineData("delivery", 0)]
    public void A_name_tells_the_side(string organ, int side) => Assert.Equal(side, OrganSides.Expected(organ));

    [Fact]
    public void Offsets_are_those_of_every_voxel_counted()
    {
        var random = new Random(3);
        byte[] labels = new byte[Depth * Height * Width];
        for (int v = 0; v < labels.Length; v++)
            labels[v] = v % 7 < 4 && v > 0 ? labels[v - 1] : (byte)(random.Next(4) is 3 ? 255 : random.Next(3));
        double[] found = OrganSides.Offsets(SliceRuns.Of<byte>(labels, Height * Width), Width, 3);
        for (byte organ = 1; organ <= 2; organ++)
        {
            double mean = labels.Index().Where(each => each.Item == organ).Average(each => (each.Index % Width + .5) / Width - .5);
            Assert.Equal(mean, found[organ - 1], 1e-12);
        }

        Assert.True(double.IsNaN(found[2]));
    }

    [Fact]
    public void A_folder_of_mirrored_images_is_told_once()
    {
        Json("spleen").Add("a", 30).Add("b", 28).Add("c", 5);
        string note = Assert.Single(Sided());
        Assert.StartsWith(_folder.Root, note, StringComparison.Ordinal);
        Assert.Contains("spleen on the patient's right in 2 of 3 training cases", note, StringComparison.Ordinal);
        Assert.Contains("--mirror", note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_mirrored_image_is_told_by_its_name()
    {
        Json("liver").Add("a", 30).Add("b", 28).Add("c", 5);
        string note = Assert.Single(Sided());
        Assert.Contains("c.nii.gz: liver on the patient's left", note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("liver", 20)] // in the middle: a field cut round it
    [InlineData("liver", 30)]
    [InlineData("pancreas", 5)]
    public void What_lies_where_it_may_is_not_told(string organ, int column)
    {
        Json(organ).Add("a", column).Add("b", column);
        Assert.Empty(Sided());
    }

    [Fact]
    public void A_trace_of_an_organ_is_not_judged()
    {
        Json("liver").Add("a", 5, rows: 12).Add("b", 5, rows: 12);
        Assert.Empty(Sided());
        Add("c", 5, rows: 13);
        Assert.Single(Sided());
    }

    [Fact]
    public void An_organ_that_is_not_annotated_is_not_judged()
    {
        Json("liver").Add("a", 5).Add("b", 5);
        _folder.Write("annotations.json", """{ "a": [], "b": [] }""");
        Assert.Empty(Sided());
    }

    private LateralityCheckTests Json(string organ)
    {
        _folder.Json($"\"background\": 0, \"{organ}\": 1");
        return this;
    }

    /// <summary>A case whose organ is a block of four columns.</summary>
    private LateralityCheckTests Add(string id, int column, int rows = 15)
    {
        var grid = Geometry.Regular(Depth, Height, Width, 3, 1, 1);
        byte[] labels = new byte[Depth * Height * Width];
        for (int row = 2; row < 2 + rows; row++)
            labels.AsSpan(Height * Width + row * Width + column - 2, 4).Fill(1);
        float[] image = [.. Enumerable.Range(0, labels.Length).Select(v => v % 2 == 0 ? -1000f : v)];
        _folder.Add(id, new Volume(grid, image), [], "Tr");
        _folder.Reader.Add(_folder.At("labelsTr", id + ".nii.gz"), new LabelMap(grid, labels));
        return this;
    }

    /// <summary>What the check of the folder and that of its loaded cases say of sides: the same.</summary>
    private string[] Sided()
    {
        static string[] Of(IEnumerable<string> notes) => [.. notes.Where(note => note.Contains("patient's", StringComparison.Ordinal))];
        DatasetReport report = DatasetCheck.Run([_folder.Root], _folder.Reader, cancel: TestContext.Current.CancellationToken);
        Assert.Empty(report.Faults);
        Dataset dataset = _folder.Open();
        string[] found = Of(report.Notes);
        Assert.Equal(found, Of(DatasetCheck.Notes(dataset, [.. dataset.Training.Select(dataset.Load)])));
        return found;
    }
}
