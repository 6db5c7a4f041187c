using Smile.Host.Cases;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Host.Runs;

/// <summary>
/// What was told on the screen while a run was made and speaks against it, so that its report says it too. Files are not named: a report
/// is handed on.
/// </summary>
internal static class RunWarnings
{
    /// <summary>Images of which it is said that their numbers are no HU; of a data set that is wrong all are.</summary>
    private const int MostDoubtful = 3;

    /// <summary>A sentence each, the gravest first.</summary>
    /// <param name="verdict">What the run has not learnt.</param>
    /// <param name="organs">What it was trained on, and what was left out.</param>
    /// <param name="log">Of the run.</param>
    /// <param name="settings">Of the run.</param>
    /// <param name="cases">All that it was given, loaded.</param>
    public static IReadOnlyList<string> Of(
        RunVerdict verdict, OrganSet organs, RunLogFile log, RunSettings settings, IReadOnlyList<CaseData> cases) =>
    [
        .. verdict.Faults,
        .. NotLearnt(organs.LeftOut),
        .. OfRounds(log, organs),
        .. TrainingCases.Mixed(settings, CaseSpacings.Of(cases.Select(data => data.Geometry))) is { } mixed ? new[] { mixed } : [],
        .. Doubts(cases),
    ];

    /// <summary>Organs that were left out.</summary>
    public static IEnumerable<string> NotLearnt(IEnumerable<string> organs) =>
        organs.Select(organ => $"{organ} is not learnt: no case that was trained on shows an annotated voxel of it");

    /// <summary>Rounds that added far more than people drew, and why the audit ended the rounds.</summary>
    public static IEnumerable<string> OfRounds(RunLogFile log, OrganSet organs) =>
        log.Exceeded.Select(each => $"round {each.Round}: {RoundWarning.Of(each.Excess, organs.Names)}")
            .Concat(log.Refusals.Select(each => $"the audit refused round {each.Round}, and the rounds ended: {each.Reason}"));

    private static IEnumerable<string> Doubts(IReadOnlyList<CaseData> cases)
    {
        var doubtful = cases.Select(data => (data.Id, HounsfieldProfile.Of(data.Image).Doubts))
            .Where(each => each.Doubts.Count > 0).ToList();
        IEnumerable<string> told = doubtful.Take(MostDoubtful).SelectMany(each => each.Doubts.Select(doubt => $"{each.Id}: {doubt}"));
        return doubtful.Count <= MostDoubtful ? told : told.Append(
            $"{Words.Count(doubtful.Count - MostDoubtful, "more image has", "more images have")} numbers that are no HU");
    }
}
