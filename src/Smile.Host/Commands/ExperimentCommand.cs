using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Smile.Host.Cli;
using Smile.Host.Experiments;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile experiment</c>: the paper's study.</summary>
internal static partial class ExperimentCommand
{
    /// <summary>What is asked for.</summary>
    private sealed record Request
    {
        public required string Preset { get; init; }
        public required string[] Folders { get; init; }
        public required string Output { get; init; }
        public required int Jobs { get; init; }
        public required string Shard { get; init; }
        public required double[] Alphas { get; init; }
        public required int[] TrainCases { get; init; }
        public required string[] Methods { get; init; }
        public required int? Splits { get; init; }
        public required ulong? Seed { get; init; }
        public required string Device { get; init; }
        public required string[] Set { get; init; }
        public required bool PlanOnly { get; init; }
    }

    public static Command Create(Session session)
    {
        var preset = Default("--preset", "NAME", "paper (72 phantoms, alpha 0 to 90 %, 3 splits), beyond (selection rules and reasons for "
            + "missing annotations, at 70 and 90 %), real (--data: patients, several data sets joined, annotations as they are) or smoke "
            + "(every part on next to nothing)", "paper");
        var data = Data(required: false);
        var output = Default("--output -o", "DIR", "Study folder; a study in it goes on, finished cells are kept", "study");
        var jobs = Default("--jobs -j", "N", "Cells side by side, each with its share of the cores; results do not depend on it", 1);
        var shard = Default("--shard", "I/N", "Run the I-th of N parts of the cells, over one shared --output or several that are merged",
            "1/1");
        var alphas = Default<double[]>("--alpha", "A", "Shares of annotations to drop, 0 to 1 [default: the preset's]", []);
        alphas.AllowMultipleArgumentsPerToken = true;
        var trainCases = Default<int[]>("--train-cases", "N", "Numbers of training cases, each of them with every alpha; "
            + "fewer are the first of more [default: the preset's, else all of a split]", []);
        trainCases.AllowMultipleArgumentsPerToken = true;
        var methods = Default<string[]>("--method", "METHOD", "Of baseline, smile, smiler and the preset's variants, "
            + "as --plan lists them [default: all of the preset]", []);
        methods.AllowMultipleArgumentsPerToken = true;
        var splits = Optional<int?>("--splits", "K", "Random splits [default: the preset's]");
        var seed = Optional<ulong?>("--seed", "N", "Of phantoms, splits and drops [default: 2018]");
        var device = Device();
        var set = Set();
        var plan = Flag("--plan", "Print the cells and stop");
        var command = new Verb("experiment", "Runs the paper's study: methods x alpha x splits, with figures and a report.")
        {
            preset, data, output, jobs, shard, alphas, trainCases, methods, splits, seed, device, set, plan,
            ExperimentMergeCommand.Create(session),
        };
        command.Details = "Drops annotations at random (the same for every method), trains, tests and draws the paper's figures 3, 4, 5 "
            + "and table 1. Without --data it generates phantoms. Killed and started again with the same options it goes on.";
        command.Examples = """
            smile experiment --preset smoke -o /tmp/smoke
            smile experiment -o study --jobs 2
            smile experiment -o study --train-cases 8 24 52 --alpha 0 0.7 0.9
            smile experiment --preset real --data Dataset801_MsdLiver Dataset802_NihPancreas -o real --splits 10
            smile experiment --data Dataset001 -o study --alpha 0 0.4 0.7 --set train.steps=20000 --set model.backbone=resnet50
            smile experiment -o /shared/study --shard 3/8          one of eight machines; then: smile experiment merge /shared/study
            """;
        command.SetAction(parsed => Run(session, new Request
        {
            Preset = parsed.GetRequiredValue(preset),
            Folders = parsed.GetRequiredValue(data),
            Output = parsed.GetRequiredValue(output),
            Jobs = parsed.GetValue(jobs),
            Shard = parsed.GetRequiredValue(shard),
            Alphas = parsed.GetRequiredValue(alphas),
            TrainCases = parsed.GetRequiredValue(trainCases),
            Methods = parsed.GetRequiredValue(methods),
            Splits = parsed.GetValue(splits),
            Seed = parsed.GetValue(seed),
            Device = parsed.GetRequiredValue(device),
            Set = parsed.GetRequiredValue(set),
            PlanOnly = parsed.GetValue(plan),
        }));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        var (part, parts) = Shard(request.Shard);
        if (request.Jobs < 1)
            throw new ConfigException($"--jobs {request.Jobs}: at least 1 is needed.");
        return Run(session, Study(request), request.Output, request.Jobs, part, parts, request.PlanOnly);
    }

    /// <summary>Runs a study of any kind.</summary>
    internal static int Run(
        Session session, Study study, string output, int jobs, int part = 1, int parts = 1, bool planOnly = false)
    {
        var data = StudyData.Load(session, study);
        var plan = StudyPlan.Of(study, data);
        if (planOnly)
        {
            session.Out.Write(Cells(plan));
            return ExitCodes.Done;
        }

        var store = new CellStore(output);
        store.Make();
        var record = StudyRecord.Of(plan, data);
        store.WriteRecord(record);
        session.ResumeCommand = "the same command line";
        var failures = new StudyRunner(session, plan, data, store, jobs).Run([.. plan.Shard(part, parts)]);
        foreach (string failure in failures)
            session.Error.WriteLine($"failed: {failure}");
        int missing = record.Cells.Count - StudyConclusion.Cells(record, store).Count;
        if (parts > 1 && missing > 0)
        {
            session.Out.WriteLine($"{output}: part {part} of {parts} is done, "
                + $"{Words.Of(missing, record.Cells.Count, "cell", "cells", "is", "are")} missing. When the other parts "
                + $"are done: smile experiment merge {ShellText.Quoted(output)}");
            return failures.Count > 0 ? ExitCodes.DoneInPart : ExitCodes.Done;
        }

        return StudyConclusion.Write(session, store) > 0 ? ExitCodes.DoneInPart : ExitCodes.Done;
    }

    private static Study Study(Request request)
    {
        var study = StudyPresets.Find(request.Preset);
        foreach (double alpha in request.Alphas)
            if (!(alpha >= 0 && alpha <= 1))
                throw new ConfigException(string.Create(CultureInfo.InvariantCulture, $"--alpha {alpha}: 0 to 1 is possible."));
        string[] labels = [.. study.Variants.Select(v => v.Label)];
        foreach (string method in request.Methods)
            if (!labels.Contains(method))
                throw new ConfigException($"--method {method}: preset {request.Preset} has {string.Join(", ", labels)}.");
        if (request.TrainCases.FirstOrDefault(n => n < 2, 2) is < 2 and var few)
            throw new ConfigException($"--train-cases {few}: at least 2 are needed.");
        if (study.NeedsData && request.Folders.Length == 0)
            throw new ConfigException($"--preset {request.Preset}: is of real data. Name the data set folders: --data DIR...");
        if (request.Splits is < 1)
            throw new ConfigException($"--splits {request.Splits}: at least 1 is needed.");
        var variants = study.Variants.Where(v => request.Methods.Length == 0 || request.Methods.Contains(v.Label));
        if (request.Alphas.Length > 0)
        {
            double[] wanted = [.. request.Alphas.Distinct().Order()];
            variants = variants
                .Select(v => v with { Alphas = v.Main || v.AtAnyAlpha ? wanted : [.. v.Alphas.Where(a => wanted.Contains(a))] });
        }

        // The baseline learns that all is background; the others know no label.
        if (variants.FirstOrDefault(v => v.Alphas.Contains(1) && v.Drop == DropModes.Random && v.Method != Methods.Baseline) is { } blind)
            throw new ConfigException($"--alpha 1: nothing is annotated, and {blind.Label} has nothing to learn from. "
                + "Leave 1 out, or name --method baseline.");

        // Phantoms are scanned in proportion to their size; patients are not.
        var basis = request.Folders.Length == 0 ? study.Settings
            : study.Settings with { Data = study.Settings.Data with { Spacing = Spacings.Auto } };
        var settings = SettingsReader.ReadRun(basis, [], request.Set);
        settings = settings with { Run = settings.Run with { Device = request.Device } };
        settings.Validate();
        return study with
        {
            Folders = [.. request.Folders.Select(Path.GetFullPath)],
            Variants = [.. variants],
            TrainCases = request.TrainCases.Length > 0 ? [.. request.TrainCases.Distinct().Order()] : study.TrainCases,
            Splits = request.Splits ?? study.Splits,
            Seed = request.Seed ?? study.Seed,
            Settings = settings,
        };
    }

    private static (int Part, int Parts) Shard(string text)
    {
        var match = ShardPattern().Match(text);
        if (!match.Success)
            throw new ConfigException($"--shard {text}: I/N is expected, as in --shard 3/8.");
        int part = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
            parts = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        if (part < 1 || part > parts)
            throw new ConfigException($"--shard {text}: the part must lie between 1 and {parts}.");
        return (part, parts);
    }

    private static TextTable Cells(StudyPlan plan)
    {
        var table = new TextTable("cell", "method", "alpha", "split", "settings");
        foreach (var cell in plan.Cells)
            table.Add(cell.Id, cell.Method, string.Create(CultureInfo.InvariantCulture, $"{cell.Alpha:0.##}"),
                (cell.Split + 1).ToString(CultureInfo.InvariantCulture),
                cell.SameAs is { } other ? $"result of {other}" : string.Join(' ', cell.Set));
        return table;
    }

    [GeneratedRegex(@"^(\d{1,4})/(\d{1,4})$")]
    private static partial Regex ShardPattern();
}
