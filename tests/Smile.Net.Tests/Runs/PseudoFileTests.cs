using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Tests.Data;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Runs;

public sealed class PseudoFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_labels_of_a_case_come_back_and_of_others_there_are_none()
    {
        CaseData data = Toy.Case("case_1", 1, 0b01);
        var pseudo = Bits.Runs([.. data.Labels.ToArray().Select(label => label == 2 ? 0b10u : 0)], data.Labels.Pixels);
        var absent = Bits.Runs([.. pseudo.InWords().Select(word => word ^ 0b10)], data.Labels.Pixels);
        PseudoFile.Write(_path, Toy.Organs, [("case_1", pseudo, absent), ("case_3", pseudo, null)]);
        using PseudoFile file = PseudoFile.Open(_path);
        Assert.Equal([false, true, false, true], Enumerable.Range(0, 4).Select(i => file.Has($"case_{i}")));
        Assert.Equal(pseudo.InWords(), file.Read(data).InWords());
        Assert.Equal(absent.InWords(), file.ReadAbsent(data).InWords());
        Assert.Contains("'case_3'", Assert.Throws<DataException>(() => file.ReadAbsent(Toy.Case("case_3", 3, 0b01))).Message,
            StringComparison.Ordinal);
        Assert.InRange(new FileInfo(_path).Length, 1, 2 * sizeof(uint) * pseudo.Length);
        Assert.Contains("'case_2'", Assert.Throws<DataException>(() => file.Read(Toy.Case("case_2", 2, 0b01))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new uint[] { 0, 2 }, new uint[] { 576, 576 }, new uint[] { 1, 2 })] // two slices of the four
    [InlineData(new uint[] { 0, 2, 0, 1 }, new uint[] { 576, 576, 576, 575 }, new uint[] { 1, 2, 3, 4 })]
    [InlineData(new uint[] { 0, 2, 0, 1 }, new uint[] { 576, 576, 576, 576 }, new uint[] { 1, 2, 3, 5 })]
    [InlineData(new uint[] { 0, 2, 0, 1 }, new uint[] { 576, 576, 576, 576 }, new uint[] { 1, 2, 4294967295, 4 })]
    [InlineData(new uint[] { 0, 2, 0, 1 }, new uint[] { 576, 576, 576, 66112 }, new uint[] { 1, 2, 3, 4 })] // 576 + 65536
    public void Runs_that_do_not_fill_the_case_are_refused_by_name(uint[] words, uint[] lengths, uint[] ends)
    {
        SafetensorsWriter.Write(_path,
        [
            TensorSource.Words("case_1/words", [words.Length], () => words),
            TensorSource.Words("case_1/lengths", [lengths.Length], () => lengths),
            TensorSource.Words("case_1/ends", [ends.Length], () => ends),
        ], new Dictionary<string, string>());
        using PseudoFile file = PseudoFile.Open(_path);
        var refused = Assert.Throws<DataException>(() => file.Read(Toy.Case("case_1", 1, 0b01)));
        Assert.Contains(_path, refused.Message, StringComparison.Ordinal);
    }
}
