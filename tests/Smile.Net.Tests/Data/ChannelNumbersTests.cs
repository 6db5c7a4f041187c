using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class ChannelNumbersTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>As AMOS calls them: a label map of the very name.</summary>
    [Fact]
    public void Numbers_of_four_digits_are_names_where_a_label_map_has_them()
    {
        _folder.Json();
        foreach (string name in (string[])["amos_0000", "amos_0001", "amos_0507"])
            Add("Tr", name, name);
        Add("Ts", "amos_0002", null);
        Dataset dataset = _folder.Open();
        Assert.Equal(["amos_0000", "amos_0001", "amos_0507"], dataset.Training.Select(each => each.Id));
        Assert.Equal("amos_0002", Assert.Single(dataset.Test).Id);
        Assert.Equal([1, 1, 1], dataset.Training.Select(each => (int)dataset.Load(each).Labels.ToArray()[0]));
    }

    [Fact]
    public void Numbers_of_four_digits_are_channels_where_the_label_map_has_none()
    {
        _folder.Json();
        Add("Tr", "amos_0000_0000", "amos_0000");
        Add("Tr", "amos_0001_0000", "amos_0001");
        Add("Tr", "case_0000", "case");
        Add("Ts", "other_0000", null);
        Dataset dataset = _folder.Open();
        Assert.Equal(["amos_0000", "amos_0001", "case"], dataset.Training.Select(each => each.Id));
        Assert.Equal("other", Assert.Single(dataset.Test).Id);
        Add("Tr", "case_0001", null);
        Assert.Contains("case_0001.nii.gz: a second image channel", _folder.OpenFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_name_cases_as_their_label_maps_are_named()
    {
        _folder.Json(more: """
            , "training": [{ "image": "./imagesTr/amos_0000.nii.gz", "label": "./labelsTr/amos_0000.nii.gz" },
                           { "image": "./imagesTr/amos_0001.nii.gz", "label": "./labelsTr/amos_0001.nii.gz" }],
              "test": ["./imagesTs/amos_0000.nii.gz", "./imagesTs/amos_0003.nii.gz"]
            """.Replace("Ts/amos_0000", "Ts/amos_0002", StringComparison.Ordinal));
        foreach ((string part, string name) in new[] { ("Tr", "amos_0000"), ("Tr", "amos_0001"), ("Ts", "amos_0002"), ("Ts", "amos_0003") })
            Add(part, name, part == "Tr" ? name : null);
        Dataset dataset = _folder.Open();
        Assert.Equal(["amos_0000", "amos_0001"], dataset.Training.Select(each => each.Id));
        Assert.Equal(["amos_0002", "amos_0003"], dataset.Test.Select(each => each.Id));
    }

    [Theory]
    [InlineData("a_0000 b_0000", "a b")]
    [InlineData("amos_0000 amos_0001 amos_0002", "amos_0000 amos_0001 amos_0002")]
    [InlineData("amos_0000 other_0000", "amos other")]
    [InlineData("amos_0000 amos_0004 other_0000", "amos_0000 amos_0004 other")]
    [InlineData("a_0000 a_0001 b_0000", "a_0000 a_0001 b")]
    [InlineData("a_0000 a_0002 b_0000 b_0002", "a_0000 a_0002 b_0000 b_0002")]
    [InlineData("plain a_00000 _0000 a_000x", "plain a_00000 _0000 a_000x")]
    public void Of_images_alone_the_names_around_tell(string stems, string names) =>
        Assert.Equal(names.Split(' '), ChannelNumbers.CaseNames(stems.Split(' ')));

    [Fact]
    public void Channels_of_every_case_are_refused() =>
        Assert.Contains("a_0001: a second image channel", Assert.Throws<DataException>(() => ChannelNumbers
            .CaseNames(["a_0000", "a_0001", "b_0000", "b_0001"])).Message, StringComparison.Ordinal);

    private void Add(string part, string image, string? label)
    {
        _folder.Reader.Add(_folder.At("images" + part, image + ".nii.gz"), TestFolder.Image());
        if (label is not null)
            _folder.Reader.Add(_folder.At("labels" + part, label + ".nii.gz"), TestFolder.LabelsOf(1));
    }
}
