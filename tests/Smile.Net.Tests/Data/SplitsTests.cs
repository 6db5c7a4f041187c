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
        Split split = Splits.Random(Ids(cases), 1);
        Assert.Equal(heldOut, split.Validation.Count);
        Assert.Equal(Ids(cases).Select(each => each.Id), split.Train.Concat(split.Validation).Order(StringComparer.Ordinal));
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

    [Fact]
    public void The_bits_are_those_of_before_patients_were_known()
    {
        // Of the version that divided names alone (d7d2bc6), 20 cases.
        Assert.Equal(["case_03", "case_04", "case_18", "case_19"], Splits.Random(Ids(20), 1).Validation);
        Assert.Equal(["case_06", "case_14", "case_17", "case_18"], Splits.Random(Ids(20), 2).Validation);
    }

    [Fact]
    public void A_patients_cases_stay_together()
    {
        // 30 cases of 10 patients, of whom one has none but itself and one has seven.
        var cases = Ids(30, i => i == 0 ? null : i < 8 ? "p1" : $"p{i % 8 + 2}");
        var heldOut = new HashSet<string>();
        for (ulong seed = 1; seed <= 50; seed++)
        {
            Split split = Splits.Random(cases.Reverse(), seed, 0.3);
            var byId = cases.ToDictionary(each => each.Id, each => each.Group ?? each.Id);
            string[] train = [.. split.Train.Select(id => byId[id]).Distinct()],
                validation = [.. split.Validation.Select(id => byId[id]).Distinct()];
            Assert.Empty(train.Intersect(validation));
            Assert.Equal(3, validation.Length);
            Assert.Equal(cases.Select(each => each.Id), split.Train.Concat(split.Validation).Order(StringComparer.Ordinal));
            heldOut.UnionWith(validation);
        }

        Assert.Equal(10, heldOut.Count);
        Assert.Empty(Splits.Random(Ids(5, _ => "p1"), 1).Validation);
    }

    [Fact]
    public void A_patient_on_both_sides_is_refused()
    {
        File.WriteAllText(_path, """[ { "train": ["case_00", "case_01"], "val": ["case_02"] } ]""");
        Assert.Single(Splits.Read(_path, Ids(3, i => i == 2 ? "p2" : "p1")));
        string fault = Assert.Throws<DataException>(() => Splits.Read(_path, Ids(3, i => i == 0 ? null : "p1"))).Message;
        Assert.Contains($"{_path}: [0]: case_01 is trained on and case_02 held out, "
            + "and both are of one patient (p1 in groups.json)", fault, StringComparison.Ordinal);
    }

    private static (string Id, string? Group)[] Ids(int n, Func<int, string?>? groupOf = null) =>
        [.. Enumerable.Range(0, n).Select(i => ($"case_{i:00}", groupOf?.Invoke(i)))];
}
