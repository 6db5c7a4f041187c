using System.Globalization;
using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Net.Relabel;

/// <summary>What the audit says of one round.</summary>
/// <param name="Organs">One an organ, over the held-out annotations: what was put back, against what the annotator drew.</param>
/// <param name="Falls">
/// One an organ: how far F1 fell below its best round, and the standard error; NaN where it cannot be said.
/// </param>
/// <param name="Reasons">
/// Why the round's labels were not taken, and no further round is made, a sentence an organ; empty where they were taken.
/// </param>
public sealed record RoundAudit(IReadOnlyList<OrganRound> Organs, IReadOnlyList<AuditFall> Falls, IReadOnlyList<string> Reasons)
{
    /// <summary>The labels were not taken.</summary>
    public bool Stopped => Reasons.Count > 0;
}

/// <summary>
/// A fall of F1: the mean over held-out cases of (best round - this round), and its standard error; 0 of a single case.
/// </summary>
public readonly record struct AuditFall(double Mean, double Error);

/// <summary>
/// The audit of relabelling where no truth exists: a share of the known annotations is hidden from training, the rounds put it back like
/// any other missing one, and the annotator's voxels judge it.
/// <para>
/// Rule: the rounds stop where, for any organ, the precision over all voxels put back in its held-out cases is below the floor; or where F1
/// (Dice of what was put back) has fallen below that organ's best round by more than the tolerance and by more than two standard errors of
/// the paired differences, case by case; a single case has no standard error, and the tolerance alone decides. Rounds are compared by F1
/// because gamma grows from one to the next: more is put back at a lower precision, which is no loss.
/// </para>
/// </summary>
internal sealed class RelabelAudit
{
    private const double Errors = 2;

    private readonly (int Case, int Organ)[] _held;
    private readonly OrganSet _organs;
    private readonly double _tolerance, _floor;

    /// <summary>
    /// Chooses what is held out: of each organ the share of the patients in whose cases it is annotated and there, rounded, one at least
    /// and never all, with all these cases; by a number of the seed and the names, so that what a share holds out a larger share holds out
    /// too.
    /// </summary>
    /// <exception cref="ConfigException">No organ can spare an annotation.</exception>
    public RelabelAudit(IReadOnlyList<CaseData> training, OrganSet organs, RelabelSettings settings, ulong seed)
    {
        (_organs, _tolerance, _floor) = (organs, settings.AuditTolerance, settings.AuditFloor);
        _held = settings.Audit > 0
            ? [.. Enumerable.Range(0, organs.Count).SelectMany(k => Choose(training, organs.Names[k], k, settings.Audit, seed)).Order()]
            : [];
        if (settings.Audit > 0 && _held.Length == 0)
            throw new ConfigException($"relabel.audit is {settings.Audit}, but no organ is annotated in two training cases (of two "
                + "patients), so that one could be held out. Leave the audit out.");
    }

    /// <summary>Whether anything is held out.</summary>
    public bool On => _held.Length > 0;

    /// <summary>The organs held out in a case.</summary>
    public OrganBits HeldOut(int caseIndex) =>
        _held.Where(pair => pair.Case == caseIndex).Aggregate(default(OrganBits), (bits, pair) => bits | OrganBits.Of(pair.Organ));

    /// <summary>F1 of nothing yet: what <see cref="Judge"/> compares the first round with.</summary>
    public double[] Unjudged => [.. _held.Select(_ => double.NaN)];

    /// <summary>Judges a round.</summary>
    /// <param name="cases">What the round did for each training case and organ; null where the case lacks no annotation.</param>
    /// <param name="best">F1 of each held-out annotation in its organ's best round so far.</param>
    /// <param name="exceeded">Organs of which the round added far too much, which stops the rounds too.</param>
    /// <returns>The audit, and the best F1 with this round's.</returns>
    public (RoundAudit Audit, double[] Best) Judge(
        IReadOnlyList<IReadOnlyList<OrganRound>?> cases, IReadOnlyList<double> best, IReadOnlyList<ExcessVolume> exceeded)
    {
        double[] now = [.. _held.Select(pair => cases[pair.Case]![pair.Organ].F1)], next = [.. best];
        var totals = Enumerable.Repeat(OrganRound.Nothing, _organs.Count).ToArray();
        foreach (var (i, k) in _held)
            totals[k] = totals[k].Plus(cases[i]![k]);
        var falls = new AuditFall[_organs.Count];
        for (int k = 0; k < falls.Length; k++)
        {
            int[] ofOrgan = [.. Enumerable.Range(0, _held.Length).Where(h => _held[h].Organ == k)];
            falls[k] = Fall([.. ofOrgan.Select(h => best[h] - now[h]).Where(double.IsFinite)]);
            if (!(falls[k].Mean >= 0)) // better than the best round, or the first that can be judged
                foreach (int h in ofOrgan)
                    next[h] = now[h];
        }

        string[] reasons =
        [
            .. totals.Index().Where(each => each.Item.Precision < _floor).Select(each => string.Create(CultureInfo.InvariantCulture,
                $"{_organs.Names[each.Index]}: precision on held-out annotations {each.Item.Precision:0.00} is below "
                + $"relabel.audit_floor {_floor}")),
            .. falls.Index().Where(each => each.Item.Mean > _tolerance && each.Item.Mean > Errors * each.Item.Error)
                .Select(each => string.Create(CultureInfo.InvariantCulture,
                    $"{_organs.Names[each.Index]}: F1 on held-out annotations fell by {each.Item.Mean:0.00}")),
            .. exceeded.Select(each => $"{_organs.Names[each.Organ]}: far more was added than people drew"),
        ];
        return (new RoundAudit(totals, falls, reasons), next);
    }

    private static IEnumerable<(int Case, int Organ)> Choose(IReadOnlyList<CaseData> training, string organ, int k, double share,
        ulong seed)
    {
        // An organ that is hidden in one case and learnt from another of the same patient would be put back too well.
        int[][] shown = [.. Enumerable.Range(0, training.Count)
            .Where(i => training[i].Annotated.Has(k) && training[i].Labels.Contains(Labels.Of(k)))
            .GroupBy(i => training[i].Group ?? training[i].Id)
            .OrderBy(patient => DropNumbers.Uniform(seed, patient.Key, organ))
            .Select(patient => patient.ToArray())];
        int count = shown.Length < 2 ? 0 : Math.Clamp((int)Math.Round(share * shown.Length), 1, shown.Length - 1);
        return shown.Take(count).SelectMany(patient => patient).Select(i => (i, k));
    }

    private static AuditFall Fall(double[] differences)
    {
        int n = differences.Length;
        if (n == 0)
            return new AuditFall(double.NaN, double.NaN);
        double mean = differences.Average(), squares = differences.Sum(d => (d - mean) * (d - mean));
        return new AuditFall(mean, n == 1 ? 0 : Math.Sqrt(squares / (n - 1) / n));
    }
}
