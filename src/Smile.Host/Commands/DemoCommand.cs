using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Phantom;
using Smile.Host.Reports;
using Smile.Host.Runs;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Runs;
using Smile.Net.Settings;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile demo</c>: the whole of the method on generated phantoms.</summary>
internal static class DemoCommand
{
    /// <summary>Marks a folder that a demo may be written over.</summary>
    private const string Marker = "demo.json";

    private const string ReportName = "report.html";

    private static readonly (string Method, string Name)[] _methods =
        [(Methods.Baseline, "baseline"), (Methods.Smile, "SMILE"), (Methods.Smiler, "SMILEr")];

    public static Command Create(Session session)
    {
        var quick = Flag("--quick", "A smaller demo, half a minute on 2 cores");
        var output = Default("--output -o", "FOLDER", "Folder for data, runs and report; an earlier demo in it is replaced", "demo");
        var device = Device();
        var threads = Threads();
        var precision = Precision();
        var command = new Verb("demo", "Shows the whole method on generated phantoms; start here.")
        {
            quick, output, device, threads, precision,
        };
        command.Details = "Generates abdominal CT phantoms, drops 70 % of the organ annotations, trains the baseline, SMILE and SMILEr "
            + "with the same budget, compares them on held-out cases and writes report.html. About a minute on 2 cores without GPU.";
        command.Examples = """
            smile demo
            smile demo --quick -o /tmp/demo
            """;
        command.SetAction(parsed =>
        {
            var plan = parsed.GetValue(quick) ? DemoPlan.Quick : DemoPlan.Full;
            var options = plan.Settings.Run with { Device = parsed.GetRequiredValue(device), Threads = parsed.GetValue(threads) };
            var train = plan.Settings.Train with { Precision = parsed.GetRequiredValue(precision) };
            return Run(session, plan with { Settings = plan.Settings with { Run = options, Train = train } },
                parsed.GetRequiredValue(output));
        });
        return command;
    }

    /// <summary>Runs a demo of any size.</summary>
    internal static int Run(Session session, DemoPlan plan, string output)
    {
        var watch = Stopwatch.StartNew();
        IReadOnlyList<MethodResult> results = Make(session, plan, output, out OrganSet organs);
        session.Out.Write(Table(organs, results));
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{watch.Elapsed.TotalSeconds:0} s; report: {Path.Combine(output, ReportName)}"));
        return ExitCodes.Done;
    }

    /// <summary>Makes the data, trains and scores each method, writes the report.</summary>
    internal static IReadOnlyList<MethodResult> Make(Session session, DemoPlan plan, string output, out OrganSet organs)
    {
        Clear(output);
        var (dataset, cases, test) = Prepare(session, plan, Path.Combine(output, "data"));
        var results = new List<MethodResult>();
        IReadOnlyList<(int Case, string Place)> chosen = [];
        foreach (var (method, name) in _methods)
        {
            var settings = plan.Settings with
            {
                Train = plan.Settings.Train with { Method = method },
                Data = plan.Settings.Data with { Folders = [Path.GetFullPath(Path.Combine(output, "data"))] },
            };
            var run = new RunFolder(Path.Combine(output, method));
            TrainCommand.Train(session, run, settings, dataset, cases, resume: false);
            var (summary, slices) = Scoring.Score(session, run.Final, settings, dataset.Organs, test, $"scoring {name}");
            chosen = ShownSlice.Choose(summary);
            SummaryFiles.WriteJson(Path.Combine(run.Path, SummaryFiles.JsonName), summary);
            SummaryFiles.WriteCsv(Path.Combine(run.Path, SummaryFiles.CsvName), summary);
            RunProgress.Write(run, dataset.Organs.Names);
            var loss = RunLogFile.Read(run.Log, dataset.Organs.Names).Loss;
            results.Add(new MethodResult(name, [.. summary.Organs.Select(o => o.Mean.Dice)],
                [.. summary.Organs.Select(o => o.DiceDeviation)], loss, slices));
        }

        // All methods show the cases that are worst and best of the last one.
        results = [.. results.Select(each => each with { Predictions = [.. chosen.Select(shown => each.Predictions[shown.Case])] })];

        AtomicFile.WriteText(Path.Combine(output, ReportName),
            Report.Render(Content(plan, output, dataset, cases, test, chosen, results)));
        organs = dataset.Organs;
        return results;
    }

    /// <summary>Empties the folder of an earlier demo; any other folder with something in it is refused.</summary>
    private static void Clear(string output)
    {
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
        {
            if (!File.Exists(Path.Combine(output, Marker)))
                throw new ConfigException($"--output {output}: holds something other than a demo. Name another folder.");
            Directory.Delete(output, recursive: true);
        }

        LabelFiles.MakeFolder(output);
        AtomicFile.WriteText(Path.Combine(output, Marker), "{ \"made_by\": \"smile demo\" }\n");
    }

    private static (Dataset Dataset, CaseData[] Training, CaseData[] Test) Prepare(Session session, DemoPlan plan, string folder)
    {
        session.Work("phantoms", plan.TrainingCases + plan.TestCases, work =>
            PhantomDataset.Write(folder, plan.Phantom, plan.TrainingCases, plan.TestCases, new CountRelay(work), session.Stop));
        string annotations = Path.Combine(folder, AnnotationFile.FileName);
        DatasetDropCommand.Write(annotations, CaseLoader.Open(session, [folder]), plan.Alpha, plan.DropSeed, LastAnnotation.Retained);
        var dataset = CaseLoader.Open(session, [folder]);
        var training = CaseLoader.Load(session, dataset, dataset.Training, "loading");
        return (dataset, training, CaseLoader.Load(session, dataset, dataset.Test, "loading test cases"));
    }

    private static TextTable Table(OrganSet organs, IReadOnlyList<MethodResult> results)
    {
        var table = new TextTable(["Dice", .. organs.Names, "mean"]);
        foreach (var result in results)
            table.Add([result.Name, .. result.Dice.Append(result.MeanDice).Select(d => Scoring.Number(d))]);
        return table;
    }

    private static ReportContent Content(
        DemoPlan plan, string output, Dataset dataset, CaseData[] cases, CaseData[] test,
        IReadOnlyList<(int Case, string Place)> chosen, IReadOnlyList<MethodResult> results)
    {
        var smiler = new RunFolder(Path.Combine(output, Methods.Smiler));
        var log = RunLogFile.Read(smiler.Log, dataset.Organs.Names);
        var rounds = log.Rounds;
        return new ReportContent
        {
            Title = "Smile demo",
            Summary = string.Create(CultureInfo.InvariantCulture, $"{cases.Length} training phantoms with {plan.Alpha * 100:0} % of the "
                + $"organ annotations missing, the same budget of {plan.Settings.Train.Steps} steps for each method. Mean Dice on "
                + $"{test.Length} held-out phantoms: ")
                + string.Join(", ", results.Select(r => $"{r.Name} {Scoring.Number(r.MeanDice)}")) + ".",
            Warnings = [.. RunWarnings.OfRounds(log, dataset.Organs)],
            Organs = dataset.Organs.Names,
            Methods = results,
            CasesScored = $"{test.Length} held-out cases",
            Window = (plan.Settings.Data.WindowLow, plan.Settings.Data.WindowHigh),
            Shown = ReportParts.Shown(chosen, test, dataset.Organs),
            Ambiguity = ReportParts.Ambiguity(cases, dataset.Organs),
            Rounds = rounds,
            Added = ReportParts.Added(smiler, rounds.Select(r => r.Round).DefaultIfEmpty(0).Max(), cases, dataset.Organs),
            LabelAnalysis = LabelTable.Measure(cases, dataset.Organs),
            Settings = ReportParts.Flat(smiler.ReadSettings().WithoutPaths().ToText()),
            Versions = ReportParts.Flat(File.ReadAllText(smiler.Manifest)),
        };
    }
}
