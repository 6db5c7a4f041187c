using Smile.Net.Data;
using Smile.Net.Relabel;

namespace Smile.Net.Tests.Relabel;

public sealed class LabelLedgerTests : IDisposable
{
    private static readonly OrganSet Organs = new(["liver", "µ \"x\""]);

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-ledger-").FullName;

    private string FilePath => Path.Combine(_folder, LabelLedger.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Before_the_first_round_each_case_and_organ_has_its_source()
    {
        LabelLedger origin = LabelLedger.Origin([("a", 0b11u, 0b10u, 0u), ("b", 0b01u, 0u, 0b10u), ("c", 0b10u, 0u, 0u)], Organs);
        Assert.Equal(
        [
            ("a", "liver", LabelSources.Annotator), ("a", "µ \"x\"", LabelSources.HeldOut),
            ("b", "liver", LabelSources.Annotator), ("b", "µ \"x\"", LabelSources.Earlier), ("c", "liver", LabelSources.None),
            ("c", "µ \"x\"", LabelSources.Annotator),
        ], origin.Entries.Select(entry => (entry.Case, entry.Organ, entry.Source)));
        Assert.Equal(0, origin.LastRound);
    }

    [Fact]
    public void Written_and_read_it_is_the_same_and_a_round_can_be_taken_away()
    {
        LabelLedger origin = LabelLedger.Origin([("a", 0b01u, 0u, 0u)], Organs);
        LabelLedger two = origin.With([Round(1, 0.33, 2.5)]).With([Round(2, 0.66, null)]);
        two.Write(FilePath);
        LabelLedger read = LabelLedger.Read(FilePath);
        Assert.Equal(two.Entries, read.Entries);
        Assert.Equal((2, 4), (read.LastRound, File.ReadAllLines(FilePath).Length));
        Assert.Equal([0, 2], read.Current.Select(entry => entry.Round));
        Assert.Equal(origin.Entries, read.Before(1).Entries);
        Assert.Equal([origin.Entries[0], Round(1, 0.33, 2.5)], read.Before(2).Current);
    }

    [Theory]
    [InlineData("{\"round\":1}")]
    [InlineData("{\"round\":1,\"case\":\"a\",\"organ\":\"liver\",\"source\":\"round\",\"moon\":1}")]
    [InlineData("{\"round\":1,\"ca")]
    public void A_line_that_is_no_entry_is_refused_with_its_number(string line)
    {
        LabelLedger.Origin([("a", 0b11u, 0u, 0u)], Organs).Write(FilePath);
        File.AppendAllText(FilePath, line);
        Assert.Contains($"{FilePath}: line 3", Assert.Throws<DataException>(() => LabelLedger.Read(FilePath)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void No_file_is_told() =>
        Assert.Contains(FilePath, Assert.Throws<DataException>(() => LabelLedger.Read(FilePath)).Message, StringComparison.Ordinal);

    private static LedgerEntry Round(int round, double gamma, double? threshold) => new()
    {
        Round = round,
        Case = "a",
        Organ = "µ \"x\"",
        Source = LabelSources.Round,
        Gamma = gamma,
        Rule = "score",
        Candidates = 9,
        Voxels = 3,
        Threshold = threshold,
        Model = "00ff",
        Step = 6,
    };
}
