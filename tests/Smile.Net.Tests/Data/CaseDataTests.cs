using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class CaseDataTests : IDisposable
{
    private readonly TestFolder _folder = new TestFolder().Json();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Hidden_truth_is_kept_and_never_visible()
    {
        Dataset data = _folder.Add("a", 1, 2, 3).Write("annotations.json", """{ "a": ["stomach"] }""").Open();
        CaseData loaded = data.Load(data.Training[0]);
        Assert.Equal<byte>([1, 2, 3, 0], loaded.Labels.ToArray()[..4]);
        Assert.Equal<byte>([0, 2, 0, 0], loaded.VisibleLabels().ToArray()[..4]);
        Assert.Equal((0b010u, 0b111u), (loaded.Annotated, loaded.Truth));
        Assert.Equal(1, loaded.WithAnnotated(0b001).VisibleLabels().ToArray()[0]);
        Assert.Same(loaded.Labels, loaded.WithAnnotated(0b001).Labels);
    }

    [Fact]
    public void An_organ_that_is_neither_annotated_nor_in_the_map_has_no_truth()
    {
        Dataset data = _folder.Add("a", 1, 2).Write("annotations.json", """{ "a": ["stomach"] }""").Open();
        Assert.Equal(0b011u, data.Load(data.Training[0]).Truth);
        data = _folder.Write("annotations.json", """{ "a": ["pancreas"] }""").Open();
        Assert.Equal(0b111u, data.Load(data.Training[0]).Truth);
    }

    [Fact]
    public void An_ignored_voxel_stays_ignored_whatever_is_annotated()
    {
        _folder.Json(TestFolder.Organs + """, "ignore": 4 """).Add("a", 4, 1).Write("annotations.json", """{ "a": [] }""");
        Dataset data = _folder.Open();
        Assert.Equal(Labels.Ignore, data.Load(data.Training[0]).VisibleLabels().ToArray()[0]);
    }

    [Fact]
    public void An_unknown_value_is_named_with_its_first_voxel()
    {
        byte[] labels = new byte[24];
        labels[12 + 2 * 4 + 3] = labels[12 + 2 * 4 + 1] = 9;
        string fault = LoadFault(TestFolder.Image(), labels);
        Assert.Contains($"{_folder.At("labelsTr", "a.nii.gz")}: value 9 at voxel (z 1, y 2, x 1) (and 1 more)", fault,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void An_intensity_that_is_no_number_is_named_with_its_voxel(float value, string text)
    {
        // Far into the volume and off any vector's boundary.
        float[] voxels = new float[2 * 30 * 41];
        voxels[1 * 30 * 41 + 29 * 41 + 40] = value;
        Geometry grid = Geometry.Regular(2, 30, 41, 1, 1, 1);
        _folder.Reader.Add(_folder.At("imagesTr", "a_0000.nii.gz"), new Volume(grid, voxels));
        _folder.Reader.Add(_folder.At("labelsTr", "a.nii.gz"), new LabelMap(grid, new byte[voxels.Length]));
        Dataset data = _folder.Open();
        string fault = Assert.Throws<DataException>(() => data.Load(data.Training[0])).Message;
        Assert.Contains($"a_0000.nii.gz: voxel (z 1, y 29, x 40) is {text}", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_grid_of_another_size_is_refused()
    {
        string fault = LoadFault(new Volume(Geometry.Regular(2, 4, 3, 3, 1, 1), new float[24]), []);
        Assert.Contains($"{_folder.At("labelsTr", "a.nii.gz")}: 2 x 3 x 4 voxels (z, y, x), "
            + $"but {_folder.At("imagesTr", "a_0000.nii.gz")} has 2 x 4 x 3", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 0.05, true)] // origin off by 0.05 mm of 1 mm voxels
    [InlineData(3, 3, false)]
    [InlineData(0, 0.02, true)] // 3 voxels along x of 1.02 mm: 0.06 mm at the far corner
    [InlineData(0, 0.2, false)]
    [InlineData(5, double.NaN, false)]
    public void A_grid_elsewhere_is_refused_beyond_a_tenth_of_a_voxel(int entry, double change, bool accepted)
    {
        double[] affine = [.. TestFolder.Grid.Affine];
        affine[entry] += change;
        Volume image = new(TestFolder.Grid with { Affine = affine }, new float[24]);
        _folder.Add("a", image, [], "Tr");
        Dataset data = _folder.Open();
        if (accepted)
            Assert.NotNull(data.Load(data.Training[0]));
        else
            Assert.Contains($"mm from that of {_folder.At("imagesTr", "a_0000.nii.gz")}",
                Assert.Throws<DataException>(() => data.Load(data.Training[0])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_without_truth_cannot_be_loaded()
    {
        _folder.Add("a").Add("t", TestFolder.Image(), [], "Ts");
        File.Delete(_folder.At("labelsTs", "t.nii.gz"));
        Dataset data = _folder.Open();
        Assert.Contains("the case t has no label map", Assert.Throws<DataException>(() => data.Load(data.Test[0])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-161, -1)]
    [InlineData(-160, -1)]
    [InlineData(40, 0)]
    [InlineData(240, 1)]
    [InlineData(3000, 1)]
    public void The_window_clips_and_maps(float hu, float expected) => Assert.Equal(expected, Window.Abdomen.Map(hu), 1e-6f);

    [Theory]
    [InlineData(-160, 240, 0, 0)]
    [InlineData(-137.3f, 211.7f, 0, 0)]
    [InlineData(0, 1, 0, 0)]
    [InlineData(-71.5f, 213, 88.25f, 39.7f)]
    public void Many_values_at_once_are_mapped_to_the_same_bits_as_one_by_one(float low, float high, float mean, float deviation)
    {
        var window = new Window(low, high, mean, deviation);
        var rng = new Rng(1);
        float[] odd = [float.NaN, -0f, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, low, high,
            MathF.BitIncrement(high)];
        foreach (int length in (int[])[0, 1, 7, 16, 33, 1023, 1024, 1025, 3000])
        {
            float[] hu = [.. Enumerable.Range(0, length)
                .Select(i => i % 11 == 0 ? odd[i / 11 % odd.Length] : (float)rng.Uniform(-1024, 3000))];
            var mapped = new float[length];
            window.Map(hu, mapped);
            Assert.Equal(hu.Select(value => BitConverter.SingleToUInt32Bits(window.Map(value))),
                mapped.Select(BitConverter.SingleToUInt32Bits));
            window.Map(hu, hu);
            Assert.Equal(mapped, hu);
        }
    }

    [Fact]
    public void A_window_with_a_deviation_maps_to_deviations_from_the_mean_and_pads_with_its_lowest()
    {
        var window = new Window(-60, 200, Mean: 90, Deviation: 40);
        Assert.Equal([-3.75f, -3.75f, 0, 1, 2.75f, 2.75f], new[] { -1000f, -60, 90, 130, 200, 900 }.Select(window.Map));
        Assert.Equal(-3.75f, window.Minimum);
        Assert.Equal(-1, Window.Abdomen.Minimum);
    }

    [Fact]
    public void An_empty_window_is_refused()
    {
        Assert.Throws<ConfigException>(new Window(0, 1, Mean: float.NaN, Deviation: 1).Validate);
        Assert.Throws<ConfigException>(new Window(0, 1, Mean: 1, Deviation: -1).Validate);
        Assert.Throws<ConfigException>(new Window(240, -160).Validate);
        Assert.Throws<ConfigException>(new Window(float.NaN, 1).Validate);
        Assert.Throws<ConfigException>(new Window(0, 0).Validate);
    }

    private string LoadFault(Volume image, byte[] labels)
    {
        _folder.Add("a", image, labels, "Tr");
        Dataset data = _folder.Open();
        return Assert.Throws<DataException>(() => data.Load(data.Training[0])).Message;
    }
}
