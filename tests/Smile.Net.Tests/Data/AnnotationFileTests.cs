using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class AnnotationFileTests : IDisposable
{
    private readonly TestFolder _folder = new TestFolder().Json().Add("a").Add("b").Add("c");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Listed_cases_have_the_listed_organs_and_the_others_all()
    {
        _folder.Write("annotations.json", """{ "a": ["pancreas", "liver"], "c": [] }""");
        Assert.Equal([0b101u, 0b111u, 0u], _folder.Open().Training.Select(each => each.Annotated));
    }

    [Fact]
    public void What_is_written_is_read_back_and_no_other_file_is_left()
    {
        Dataset data = _folder.Open();
        Case[] cases = [.. data.Training.Select((each, i) => each with { Annotated = (uint)(i * 3) & 7 })];
        AnnotationFile.Write(_folder.At("annotations.json"), data.Organs, cases);
        Assert.Equal([0u, 3u, 6u], _folder.Open().Training.Select(each => each.Annotated));
        Assert.Equal(["annotations.json", "dataset.json"], Directory.GetFiles(_folder.Root).Select(Path.GetFileName).Order());
        Assert.StartsWith("{\n    \"a\": [],\n    \"b\": [\n", File.ReadAllText(_folder.At("annotations.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "a": ["spleen"] }""", "a: the data set has no organ 'spleen'. It has: liver, stomach, pancreas.")]
    [InlineData("""{ "d": ["liver"] }""", "d: the data set has no such case")]
    [InlineData("""{ "a": ["liver"], "a": [] }""", "a: listed twice")]
    [InlineData("""{ "a": "liver" }""", "a: a list [...] expected, a text found")]
    [InlineData("""{ "a": [1] }""", "a: a text expected, a number found")]
    [InlineData("[]", "the file: an object {...} expected")]
    [InlineData("{", "not valid JSON at line 1")]
    public void What_cannot_be_followed_names_file_and_entry(string text, string message)
    {
        string fault = _folder.Write("annotations.json", text).OpenFault();
        Assert.StartsWith(_folder.At("annotations.json") + ": ", fault, StringComparison.Ordinal);
        Assert.Contains(message, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void An_organ_of_another_folder_cannot_be_annotated_where_the_data_set_has_no_integer_for_it()
    {
        using var second = new TestFolder("Second", _folder.Reader);
        second.Json(""" "background": 0, "spleen": 1 """).Add("z");
        _folder.Write("annotations.json", """{ "a": ["spleen"] }""");
        var fault = Assert.Throws<DataException>(() => Dataset.Open([_folder.Root, second.Root], _folder.Reader));
        Assert.Contains("no organ 'spleen'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        var utf8 = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true);
        File.WriteAllText(_folder.At("annotations.json"), """{ "a": [] }""", utf8);
        Assert.Equal(0u, _folder.Open().Training[0].Annotated);
    }
}
