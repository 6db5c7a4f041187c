using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class SplitsTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("smile-splits-").FullName, Splits.FileName);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Theory]
    [InlineData(72, 14)]
    [InlineData(2, 1)]
    [InlineData(1, 0)]
    [InlineData(5, 1)]
    public void A_fifth_is_held_out(int cases, int heldOut)
    {
        string[] ids = Ids(cases);
        Split split = Splits.Random(ids, 1);
        Assert.Equal(heldOut, split.Validation.Count);
        Assert.Equal(ids, split.Train.Concat(split.Validation).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_seed_decides_and_the_order_of_the_cases_does_not()
    {
        Split split = Splits.Random(Ids(20), 1);
        Assert.Equal(split.Validation, Splits.Random(Ids(20).Reverse(), 1).Validation);
        Assert.NotEqual(split.Validation, Splits.Random(Ids(20), 2).Validation);
        Assert.Empty(Splits.Random(Ids(20), 1, heldOut: 0).Validation);
        Assert.Throws<ConfigException>(() => Splits.Random(Ids(20), 1, heldOut: 1));
        Assert.Throws<DataException>(() => Splits.Random([], 1));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        Split[] splits = [Splits.Random(Ids(9), 1), Splits.Random(Ids(9), 2)];
        Splits.Write(_path, splits);
        IReadOnlyList<Split> read = Splits.Read(_path, Ids(9));
        Assert.Equal(2, read.Count);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(splits[i].Train, read[i].Train);
            Assert.Equal(splits[i].Validation, read[i].Validation);
        }
    }

    [Fact]
    public void A_file_of_nnUNet_is_read()
    {
        File.WriteAllText(_path, """[ { "train": ["case_00", "case_01"], "val": ["case_02"] } ]""");
        Assert.Equal(["case_02"], Assert.Single(Splits.Read(_path, Ids(3))).Validation);
    }

    [Theory]
    [InlineData("""[{"train": ["x"], "val": []}]""", "[0]: train: the data set has no case 'x'")]
    [InlineData("""[{"train": ["case_00"]}]""", "[0]: val: missing")]
    [InlineData("""[{"train": ["case_00"], "val": ["case_00"]}]""", "[0]: case_00 is trained on and held out")]
    [InlineData("""{}""", "the file: a list [...] expected")]
    public void What_cannot_be_followed_is_named(string text, string message)
    {
        File.WriteAllText(_path, text);
        string fault = Assert.Throws<DataException>(() => Splits.Read(_path, Ids(3))).Message;
        Assert.Contains($"{_path}: {message}", fault, StringComparison.Ordinal);
    }

    private static string[] Ids(int n) => [.. Enumerable.Range(0, n).Select(i => $"case_{i:00}")];
}
