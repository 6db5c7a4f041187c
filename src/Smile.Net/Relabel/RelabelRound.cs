using Smile.Net.Data;
using Smile.Net.Ranks;

namespace Smile.Net.Relabel;

/// <summary>What all labels of a round have in common, as the ledger tells it.</summary>
/// <param name="Number">t, from 1.</param>
/// <param name="Gamma">Share of the candidates that is taken.</param>
/// <param name="Rule">What ranks the candidates, one of <see cref="Settings.Selections"/>.</param>
/// <param name="Model"><see cref="Weights.WeightsHash"/> of the model that is asked.</param>
/// <param name="Step">Updates that the model has seen; null where it comes from a file.</param>
public sealed record RoundOrigin(int Number, double Gamma, string Rule, string Model, int? Step = null);

/// <summary>A case that a round has relabelled.</summary>
/// <param name="Data">The case.</param>
/// <param name="Labels">What it was given.</param>
/// <param name="Organs">What was done, an organ each.</param>
public sealed record RelabelledCase(CaseData Data, CaseLabels Labels, IReadOnlyList<OrganRound> Organs);

/// <summary>One SMILEr round over the training cases, of a run or by itself.</summary>
/// <param name="origin">What the ledger says of all its labels.</param>
/// <param name="organs">The study's organs.</param>
/// <param name="folder">Of the round's label maps; exists.</param>
/// <param name="writer">Writes them; null: they are not kept.</param>
/// <param name="ranks">Share the cases; null: one process has them all.</param>
public sealed class RelabelRound(
    RoundOrigin origin, OrganSet organs, string folder, IRoundWriter? writer, ICommunicator? ranks = null)
{
    private readonly ICommunicator _ranks = ranks ?? NoRanks.Instance;
    private readonly List<LedgerEntry> _entries = [];

    /// <summary>Of the cases relabelled so far.</summary>
    public IReadOnlyList<LedgerEntry> Entries => _entries;

    /// <summary>
    /// Lets the relabeller learn, then relabels each case that lacks an annotation; cases are read one at a time, or by several ranks all
    /// at once. Each rank hears of all.
    /// </summary>
    /// <param name="relabeller">With the weights of <see cref="RoundOrigin.Model"/>.</param>
    /// <param name="training">What there is to learn from; read only by rules that learn.</param>
    /// <param name="cases">Each with its pseudo labels of the last round, null where there are none.</param>
    /// <param name="done">Hears of each relabelled case, with its place among <paramref name="cases"/>.</param>
    /// <param name="cancel">Stops.</param>
    public void Run(
        Relabeller relabeller, IEnumerable<CaseData> training, IEnumerable<(CaseData Data, OrganRuns? Earlier)> cases,
        Action<int, RelabelledCase> done, CancellationToken cancel = default)
    {
        relabeller.Learn(training, cancel);
        relabeller.Pool(cases.Select(each => each.Data).Where(IsPart), origin.Gamma, cancel);
        var wanted = cases.Index().Where(each => IsPart(each.Item.Data));
        if (_ranks.Size == 1 || !relabeller.EachByItself)
        {
            foreach (var (i, (data, earlier)) in wanted)
                Take(i, Relabelled(data, earlier));
            return;
        }

        var all = wanted.ToArray();
        var relabelled = RankMessages.Each(_ranks, all.Length, n => Relabelled(all[n].Item.Data, all[n].Item.Earlier),
            RankedCases.Write, (n, from) => RankedCases.Read(from, all[n].Item.Data, organs.Count));
        foreach (var (n, one) in relabelled.Index())
            Take(all[n].Index, one);

        bool IsPart(CaseData data) => (organs.All & ~data.Annotated) != 0;

        RelabelledCase Relabelled(CaseData data, OrganRuns? earlier)
        {
            var (labels, counts) = relabeller.Relabel(data, origin.Gamma, earlier, cancel);
            return new RelabelledCase(data, labels, counts);
        }

        void Take(int i, RelabelledCase one)
        {
            _entries.AddRange(LabelLedger.Of(origin, one.Data, one.Labels, one.Organs, organs));
            writer?.Write(folder, one.Data, one.Labels.Labels);
            done(i, one);
        }
    }
}
