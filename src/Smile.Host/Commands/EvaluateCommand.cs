using System.CommandLine;
using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Host.Runs;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile evaluate</c>: predicted label maps against the truth.</summary>
internal static class EvaluateCommand
{
    /// <summary>What is asked for.</summary>
    private sealed record Request(
        string Prediction, string? Reference, string[] Folders, string? Names, string? Output,
        EvaluationSettings Settings, double? MinDice);

    public static Command Create(Session session)
    {
        var prediction = Required<string>("--prediction -p", "PATH", "A predicted label map, or a folder of them");
        var reference = Optional<string>("--reference -r", "PATH", "The true label map, or a folder with files of the same names");
        var data = Data(required: false);
        data.Description = "In place of --reference: data set folders whose labels are the truth; only annotated organs are scored";
        var names = Optional<string>("--labels", "FILE", "JSON with the names of the labels, as in dataset.json; those of predictions "
            + "written by Smile lie beside them [default: looked for beside the label maps]");
        var output = Optional<string>("--output -o", "FOLDER", "Folder for summary.json (nnU-Net's keys), metrics.csv and report.html "
            + "[default: the prediction folder; none for single files]");
        var tolerance = Default("--tolerance", "MM", "Distance at which surfaces still agree, mm", new EvaluationSettings().ToleranceMm);
        var complete = Flag("--truth-complete", "With --data: score organs that are not annotated too, the label maps hold them");
        var minDice = Optional<double?>("--min-dice", "D", "Exit with 6 where the mean Dice is lower, 0 to 1");
        var command = new Verb("evaluate", "Scores predicted label maps against the truth.")
        {
            prediction, reference, data, names, output, tolerance, complete, minDice,
        };
        command.Details = "Dice, IoU, HD95 (mm) and surface Dice per organ, each with the number of cases behind it; in the files also "
            + "precision, recall, volumes (ml), RAVD, ASSD, MSSD (which is HD) as CHAOS defines them, and the worst cases. An organ that "
            + "is empty on both sides enters no mean; one that is empty on one side has Dice 0 and is counted as missed or as a false "
            + "alarm.";
        command.Examples = """
            smile evaluate -p predicted.nii.gz -r truth.nii.gz --labels dataset.json
            smile evaluate -p predicted --data Dataset001           its test or training labels, by name
            """;
        command.SetAction(parsed => Run(session, new Request(
            parsed.GetRequiredValue(prediction), parsed.GetValue(reference), parsed.GetRequiredValue(data), parsed.GetValue(names),
            parsed.GetValue(output),
            new EvaluationSettings { ToleranceMm = parsed.GetValue(tolerance), TruthComplete = parsed.GetValue(complete) },
            parsed.GetValue(minDice))));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        if ((request.Reference is null) == (request.Folders.Length == 0))
            throw new ConfigException("Name the truth: either --reference PATH or --data DIR.");
        Dataset? dataset = request.Reference is null ? CaseLoader.Open(session, request.Folders) : null;
        if (request.Settings.TruthComplete && dataset?.Training.FirstOrDefault(c => c.Pseudo is not null) is { } relabelled)
            throw new ConfigException($"--truth-complete: {relabelled.Folder} is a relabelled data set, which holds no truth of what is "
                + "not annotated. Leave the option out, or name the data set that it was made from.");
        var (pairs, organs, leftOut) = dataset is not null
            ? EvaluationPairs.FromDataset(request.Prediction, dataset)
            : EvaluationPairs.FromFiles(request.Prediction, request.Reference!, request.Names);
        if (leftOut.Count > 0)
        {
            session.Note($"{Words.Of(leftOut.Count, pairs.Count + leftOut.Count, "case", "cases", "has", "have")} no prediction, "
                + "not scored: "
                + $"{string.Join(", ", leftOut.Take(5))}{(leftOut.Count > 5 ? ", ..." : "")}");
        }

        var evaluator = new Evaluator(organs.Count, request.Settings);
        var scores = new List<CaseScore>();
        var failures = new List<string>();
        session.Work("scoring", pairs.Count, work =>
        {
            for (int i = 0; i < pairs.Count; i++)
            {
                session.Stop.ThrowIfCancellationRequested();
                try
                {
                    scores.Add(pairs[i].Score(evaluator, request.Settings.TruthComplete));
                }
                catch (Exception e) when (pairs.Count > 1 && PartialResult.OfCase(e))
                {
                    failures.Add(PartialResult.Line(pairs[i].Prediction, e));
                }

                work.Report(i + 1, pairs[i].Id);
            }
        });

        var summary = EvaluationSummary.Of(scores, organs);
        if ((request.Output ?? (Directory.Exists(request.Prediction) ? request.Prediction : null)) is { } folder)
        {
            LabelFiles.MakeFolder(folder);
            SummaryFiles.WriteJson(Path.Combine(folder, SummaryFiles.JsonName), summary);
            SummaryFiles.WriteCsv(Path.Combine(folder, SummaryFiles.CsvName), summary);
            AtomicFile.WriteText(Path.Combine(folder, "report.html"), ScorePage.Render(
                $"Scores of {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Prediction)))}", summary,
                [.. Notes(request.Settings, scores.Count, leftOut.Count, failures.Count)]));
        }

        session.Out.Write(Scoring.Table(summary));
        int code = PartialResult.Conclude(session, pairs.Count, failures);
        return code == ExitCodes.Done && request.MinDice is { } least ? Check(session, summary.Foreground.Dice, least) : code;
    }

    private static IEnumerable<string> Notes(EvaluationSettings settings, int scored, int leftOut, int failed)
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{Words.Count(scored, "case", "cases")}; surfaces agree within {settings.ToleranceMm} mm (surface Dice).");
        if (leftOut > 0)
            yield return $"{Words.Count(leftOut, "case has", "cases have")} no prediction and {(leftOut == 1 ? "is" : "are")} not scored.";
        if (failed > 0)
            yield return $"{Words.Count(failed, "case", "cases")} failed and {(failed == 1 ? "is" : "are")} not scored.";
    }

    private static int Check(Session session, double dice, double least)
    {
        if (dice >= least)
            return ExitCodes.Done;
        session.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"smile: error: the mean Dice is {Scoring.Number(dice)}; "
            + $"--min-dice asks for {least}."));
        return ExitCodes.CheckFailed;
    }
}
