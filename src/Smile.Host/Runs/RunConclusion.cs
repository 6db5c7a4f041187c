using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Host.Runs;

/// <summary>What a finished run leaves beside its checkpoints: scores, progress.svg and report.html.</summary>
internal static class RunConclusion
{
    /// <summary>Where the report is.</summary>
    public static string ReportOf(RunFolder folder) => Path.Combine(folder.Path, "report.html");

    /// <summary>True where a run has come to its end, and all of this was written, the report last.</summary>
    public static bool IsWritten(RunFolder folder) => File.Exists(folder.Final) && File.Exists(ReportOf(folder));

    /// <summary>
    /// Scores the run on the cases that were held out, the further the better, and writes the files; returns what speaks against it.
    /// </summary>
    public static RunVerdict Write(
        Session session, RunFolder folder, RunSettings settings, Dataset dataset, IReadOnlyList<CaseData> training,
        CaseRoom room)
    {
        var (kind, cases) = Held(session, folder, dataset, training, room);
        string checkpoint = ModelLocator.Find(folder.Path), title = $"scoring {kind} cases";
        var (summary, slices) = Scoring.Score(session, checkpoint, settings, dataset.Organs, cases, title);
        var chosen = ShownSlice.Choose(summary);
        SummaryFiles.WriteJson(Path.Combine(folder.Path, SummaryFiles.JsonName), summary);
        SummaryFiles.WriteCsv(Path.Combine(folder.Path, SummaryFiles.CsvName), summary);
        RunProgress.Write(folder, dataset.Organs.Names);

        bool partly = training.Any(c => (dataset.Organs.All & ~c.Annotated) != 0);
        var log = RunLogFile.Read(folder.Log, dataset.Organs.Names);
        string outcome = $"{settings.Train.Method}: mean Dice {Scoring.Number(summary.Foreground.Dice)} over {Count(cases, kind)} after "
            + $"{settings.Train.Steps} steps";
        RunVerdict verdict = RunVerdict.Of(summary, [.. log.Loss.Select(point => point.Y)], settings.Train);
        AtomicFile.WriteText(ReportOf(folder), Report.Render(new ReportContent
        {
            Title = $"Run {Path.GetFileName(Path.GetFullPath(folder.Path))}",
            Summary = outcome + (kind == "training" ? ". No case was held out: these scores say nothing about new patients." : "."),
            Warnings = RunWarnings.Of(verdict, dataset.Organs, log, settings, training),
            Organs = dataset.Organs.Names,
            Methods = [new(settings.Train.Method, [.. summary.Organs.Select(o => o.Mean.Dice)],
                [.. summary.Organs.Select(o => o.DiceDeviation)], log.Loss,
                [.. chosen.Select(each => slices[each.Case])])],
            CasesScored = Count(cases, kind),
            Scores = summary,
            Window = (settings.Data.WindowLow, settings.Data.WindowHigh),
            Shown = ReportParts.Shown(chosen, cases, dataset.Organs),
            Ambiguity = ReportParts.Ambiguity(training, dataset.Organs),
            Rounds = log.Rounds,
            Audits = log.Audits,
            Ledger = File.Exists(folder.Ledger) ? LedgerTable.Summary(LabelLedger.Read(folder.Ledger)) : null,
            Added = ReportParts.Added(folder, log.Rounds.Select(r => r.Round).DefaultIfEmpty(0).Max(), training, dataset.Organs),
            LabelAnalysis = partly ? LabelTable.Measure(training, dataset.Organs) : null,
            Settings = ReportParts.Flat(settings.WithoutPaths().ToText()),
            Versions = ReportParts.Flat(File.ReadAllText(folder.Manifest)),
        }));
        AtomicFile.WriteText(Path.Combine(folder.Path, ModelCard.FileName), new ModelCard
        {
            File = Path.GetFileName(checkpoint),
            Hash = WeightsHash.OfFile(checkpoint),
            Model = Checkpoint.Read(checkpoint),
            Loaded = training,
            Kind = kind,
            Scores = summary,
            Faults = verdict.Faults,
        }.ToText());
        session.Out.Write(Scoring.Table(summary));
        session.Out.WriteLine($"{outcome}; see {ReportOf(folder)}");
        return verdict;
    }

    private static string Count(IReadOnlyList<CaseData> cases, string kind) =>
        Words.Count(cases.Count, $"{kind} case", $"{kind} cases");

    /// <summary>
    /// Test cases with truth, of patients that are not trained on, where there are any, else the validation cases, else those trained on.
    /// </summary>
    private static (string Kind, IReadOnlyList<CaseData> Cases) Held(
        Session session, RunFolder folder, Dataset dataset, IReadOnlyList<CaseData> training, CaseRoom room)
    {
        var trained = training.Select(c => c.Group).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var labelled = dataset.Test.Where(c => c.LabelPath is not null).ToList();
        var test = labelled.Where(c => c.Group is null || !trained.Contains(c.Group)).ToList();
        if (test.Count < labelled.Count)
            session.Note($"{Words.Of(labelled.Count - test.Count, labelled.Count, "test case", "test cases", "is", "are")} of patients "
                + $"with training cases ({GroupFile.FileName}); not scored.");
        if (test.Count > 0)
            return ("test", CaseLoader.Load(session, dataset, test, "loading test cases", room, _ => null, rounds: false));
        var held = folder.ReadSplit(training.Select(c => (c.Id, c.Group))).Validation.ToHashSet(StringComparer.Ordinal);
        return held.Count > 0 ? ("validation", [.. training.Where(c => held.Contains(c.Id))]) : ("training", training);
    }
}
