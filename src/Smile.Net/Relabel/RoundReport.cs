using Smile.Net.Settings;

namespace Smile.Net.Relabel;

/// <summary>What one round did for one organ, over the cases in which it is not annotated.</summary>
/// <param name="Cases">Cases in which the organ is not annotated.</param>
/// <param name="Candidates">Voxels predicted as the organ and not certain.</param>
/// <param name="Selected">Voxels that carry a pseudo label after the round.</param>
/// <param name="Judged">Selected voxels in cases whose truth is known.</param>
/// <param name="Right">Judged voxels that are the organ.</param>
/// <param name="Hidden">Voxels of the organ in cases whose truth is known and in which it is not annotated.</param>
public sealed record OrganRound(int Cases, long Candidates, long Selected, long Judged, long Right, long Hidden)
{
    /// <summary>Voxels taken for absent (<see cref="RelabelSettings.Negatives"/>).</summary>
    public long Absent { get; init; }

    /// <summary>Of these the ones in cases whose truth is known.</summary>
    public long AbsentJudged { get; init; }

    /// <summary>Of these the ones that are the organ.</summary>
    public long AbsentWrong { get; init; }

    /// <summary>Share of the judged negatives that are the organ; NaN where none could be judged.</summary>
    public double AbsentError => AbsentJudged > 0 ? (double)AbsentWrong / AbsentJudged : double.NaN;

    /// <summary>Share of the judged pseudo labels that are right; NaN where none could be judged.</summary>
    public double Precision => Judged > 0 ? (double)Right / Judged : double.NaN;

    /// <summary>Share of the organ's hidden voxels that were found; NaN where no truth is known.</summary>
    public double Recall => Hidden > 0 ? (double)Right / Hidden : double.NaN;

    /// <summary>
    /// Precision and recall in one number, 2 Right / (Judged + Hidden), which is Dice; 0 where nothing was found, NaN where no truth is
    /// known.
    /// </summary>
    public double F1 => Hidden > 0 ? 2.0 * Right / (Judged + Hidden) : double.NaN;

    /// <summary>Of an organ that is annotated in the case.</summary>
    public static OrganRound Nothing { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>All cases together, an organ each.</summary>
    /// <param name="cases">Of each case one an organ.</param>
    /// <param name="organs">K.</param>
    public static OrganRound[] Sum(IReadOnlyCollection<IReadOnlyList<OrganRound>> cases, int organs) =>
        [.. Enumerable.Range(0, organs).Select(k => cases.Aggregate(Nothing, (total, one) => total.Plus(one[k])))];

    /// <summary>Both together.</summary>
    public OrganRound Plus(OrganRound other) => new(Cases + other.Cases, Candidates + other.Candidates, Selected + other.Selected,
        Judged + other.Judged, Right + other.Right, Hidden + other.Hidden)
    {
        Absent = Absent + other.Absent,
        AbsentJudged = AbsentJudged + other.AbsentJudged,
        AbsentWrong = AbsentWrong + other.AbsentWrong,
    };

    /// <summary>The same where the truth is not to be looked at.</summary>
    public OrganRound Unjudged() => this with { Judged = 0, Right = 0, Hidden = 0, AbsentJudged = 0, AbsentWrong = 0 };
}

/// <summary>One SMILEr round over all training cases.</summary>
/// <param name="Round">t, from 1.</param>
/// <param name="Step">Updates done when it was made.</param>
/// <param name="Gamma">The share of the candidates that was taken.</param>
/// <param name="Organs">One an organ, in the organs' order.</param>
public sealed record RoundReport(int Round, int Step, double Gamma, IReadOnlyList<OrganRound> Organs)
{
    /// <summary>The rule that chose among the candidates, one of <see cref="Selections"/>.</summary>
    public string Select { get; init; } = Selections.Score;

    /// <summary>Voxels were taken for absent too.</summary>
    public bool HasNegatives { get; init; }

    /// <summary>Organs of which the round added more than the annotated volumes let expect.</summary>
    public IReadOnlyList<ExcessVolume> Exceeded { get; init; } = [];

    /// <summary>The audit; null where nothing is held out.</summary>
    public RoundAudit? Audit { get; init; }
}
