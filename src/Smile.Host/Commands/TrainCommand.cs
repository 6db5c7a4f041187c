using System.CommandLine;
using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Runs;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Ranks;
using Smile.Net.Runs;
using Smile.Net.Settings;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile train</c>: a data set in, a run folder out.</summary>
internal static class TrainCommand
{
    /// <summary>What is asked for; the options that stand for a setting are among the assignments.</summary>
    private sealed record Request(
        string[] Folders, string? Output, string? Preset, string[] Configs, string[] Assignments, bool Resume, bool ShowSettings,
        bool Plan, int? LongerTo);

    public static Command Create(Session session)
    {
        var data = Data(required: false);
        var output = Optional<string>("--output -o", "RUN", "Run folder: settings, checkpoints, logs, scores, progress.svg, report.html");
        var method = Optional<string>("--method", "METHOD", "baseline (missing organs count as background), smile (missing labels are "
            + "masked), smiler (smile, then relabels) [default: smile]");
        var audit = Optional<double?>("--audit", "SHARE", "Of --method smiler: hide this share of the known annotations from training, "
            + "judge each round by what it puts "
            + "back, and stop the rounds when that gets worse [default: 0]");
        var steps = Optional<int?>("--steps", "N", "Updates of the weights; with --resume more than the run has, to go on longer "
            + "[default: 2000]");
        var seed = Optional<int?>("--seed", "N", "Of weights, slices and augmentation [default: 1]");
        var fold = Optional<int?>("--fold", "N", "The entry of the data set's splits_final.json (nnU-Net's) that says what is held out, "
            + "from 0 [default: the first where there is the file, else a random share of the patients, data.validation]");
        var device = Optional<string>("--device", "NAME", "auto, or a name that 'smile devices' lists [default: auto]");
        var threads = Optional<int?>("--threads", "N", "CPU threads; 0: one a core [default: 0]");
        var precision = PrecisionSetting();
        var preset = Preset();
        var config = Config();
        var set = Set();
        var resume = Flag("--resume", "Go on with the run in --output from its latest checkpoint, with its own settings; "
            + "--data says where its data sets are, if they have moved");
        var show = Flag("--show-settings", "Print every setting, resolved, with what it means, as TOML that --config reads, and stop; with "
            + "--resume those of the run in --output");
        var plan = Flag("--plan", "Load the data, time some updates, print what the run would take (memory, time an update, in all) and "
            + "stop; nothing is kept");
        var command = new Verb("train", "Trains a network on a partly annotated data set.")
        {
            data, output, method, audit, steps, seed, fold, device, threads, precision, preset, config, set, resume, show, plan,
        };
        command.Details = "--data may be one store ('smile dataset pack'). Images that do not fit into data.memory are packed into the "
            + "run's folder and read from there; the weights are the same. Ctrl+C saves the state; a run that was stopped or killed goes "
            + "on with --resume, with the same bits as if it had not been. 'mpirun -n N smile train ...' and 'srun --mpi=pmix smile train "
            + "...' train on N ranks, which share the leaves of a batch (train.leaf), with the bits of one. An organ that no "
            + "training case shows is left out by name. "
            + $"Exit code 6 where a run of {RunVerdict.LeastUpdates} updates or more ends with an organ predicted nowhere, or in no scored "
            + "case on it, or with a loss that did not fall.";
        command.Examples = """
            smile train --data Dataset001 --output runs/first
            smile train --data Liver Pancreas --output runs/both --method smiler --steps 5000 --set model.backbone=resnet18
            smile train --data Dataset001 --plan                   what it would take: memory, time an update, in all
            smile train --data stores/abdomen --output runs/second --set data.memory=24GiB
            smile train --resume --output runs/first
            smile train --resume --output runs/first --steps 4000  on to 4000 updates in all
            mpirun -n 4 smile train --data stores/abdomen --output runs/third --set train.batch=32 --set train.leaf=8
            smile train --config study.toml --show-settings        all settings with their values
            """;
        command.SetAction(parsed =>
        {
            bool again = parsed.GetValue(resume);
            (string Key, object? Value)[] shortcuts =
            [
                ("relabel.audit", parsed.GetValue(audit)), ("train.method", parsed.GetValue(method)),
                ("train.steps", again ? null : parsed.GetValue(steps)),
                ("run.seed", parsed.GetValue(seed)), ("data.fold", parsed.GetValue(fold)),
                ("run.device", parsed.GetValue(device)), ("run.threads", parsed.GetValue(threads)),
                ("train.precision", parsed.GetValue(precision)),
            ];
            string[] assignments =
            [
                .. parsed.GetRequiredValue(set),
                .. shortcuts.Where(s => s.Value is not null).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}={s.Value}")),
            ];
            return TrainingRanks.Run(session, ranks => Run(session, ranks, new Request(
                parsed.GetRequiredValue(data), parsed.GetValue(output), parsed.GetValue(preset), parsed.GetRequiredValue(config),
                assignments, again, parsed.GetValue(show), parsed.GetValue(plan), again ? parsed.GetValue(steps) : null)));
        });
        return command;
    }

    private static int Run(Session session, TrainingRanks ranks, Request request)
    {
        if (request.ShowSettings)
        {
            session.Out.Write((request.Resume ? Resumed(request, new RunFolder(Output(request))) : Settings(request)).ToToml());
            return ExitCodes.Done;
        }

        if (request.Plan)
            return Plan(session, request);
        string output = Output(request);
        var folder = new RunFolder(output);
        var settings = request.Resume ? Resumed(request, folder) : Settings(request);
        if (request.LongerTo is { } longer)
        {
            if (ranks.All is { Size: > 1 })
                throw new ConfigException("--resume with --steps is for one process. Stop it when it says that it resumed, then resume "
                    + "without --steps on several.");
            RunExtension.Extend(folder, longer);
            settings = Resumed(request, folder);
        }

        if (request.Resume && RunConclusion.IsWritten(folder))
        {
            session.Out.WriteLine($"{output}: finished after {Words.Count(settings.Train.Steps, "step", "steps")}, nothing is left to do; "
                + $"see {RunConclusion.ReportOf(folder)}. To train longer, give more --steps.");
            return ExitCodes.Done;
        }

        string again = $"smile train --resume --output {ShellText.Quoted(output)}";
        if (request.Resume && settings.Data.Folders.FirstOrDefault(each => !Directory.Exists(each)) is { } gone)
            throw new DataException($"{gone}: no such folder. If the run's data set has moved, say where it is: {again} --data DIR");
        Dataset dataset = Opened(session, settings);
        // Loading may take an hour: what is wrong without it is told before.
        if (request.Resume)
            TrainingRun.DemandResume(output, ranks.All);
        else
            TrainingRun.DemandStart(output, settings, dataset.Organs.Count, ranks.All);
        Split? split = request.Resume ? folder.ReadSplit(dataset.Training.Select(c => (c.Id, c.Group)))
            : GivenSplit.Of(session, dataset, settings.Data.Fold);
        var room = new CaseRoom(settings.Data.Memory, output, ranks.OnThisMachine);
        var training = TrainingCases.Load(session, dataset, settings, split, room);
        settings = training.Settings;
        (dataset, IReadOnlyList<CaseData> cases) = LearnableOrgans.Of(session, dataset, training.Cases, training.Split.Train);
        // Only once the run is there can it be resumed.
        void Started() => session.ResumeCommand = again;
        Train(session, folder, settings, dataset, cases, request.Resume, Started, training.Split, ranks.All);
        // The others need not wait while rank 0 scores.
        if (!ranks.Leave())
            return ExitCodes.Done;
        // The settings with what the run found.
        return Conclude(session, RunConclusion.Write(session, folder, folder.ReadSettings(), dataset, cases, room));
    }

    private static string Output(Request request) => request.Output
        ?? throw new ConfigException("--output is missing: name the run's folder, as in --output runs/first.");

    private static int Plan(Session session, Request request)
    {
        if (request.Resume)
            throw new ConfigException("--plan says what a new run would take; leave out --resume.");
        RunSettings settings = Settings(request);
        Dataset dataset = Opened(session, settings);
        TrainingRun.DemandNetwork(settings, dataset.Organs.Count);
        Split? split = GivenSplit.Of(session, dataset, settings.Data.Fold);
        string folder = Directory.CreateTempSubdirectory("smile-plan-").FullName; // for cases that memory does not hold
        try
        {
            var training = TrainingCases.Load(session, dataset, settings, split, new CaseRoom(settings.Data.Memory, folder));
            (dataset, IReadOnlyList<CaseData> cases) = LearnableOrgans.Of(session, dataset, training.Cases, training.Split.Train);
            TrainPlan.Print(session, training.Settings, dataset.Organs, cases, training.Split);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return ExitCodes.Done;
    }

    private static Dataset Opened(Session session, RunSettings settings)
    {
        if (settings.Data.Folders.Count == 0)
            throw new ConfigException("--data is missing: name the data set folders, as in --data Dataset001.");
        Dataset dataset = CaseLoader.OpenForTraining(session, settings.Data.Folders);
        return dataset.Training.Count > 0 ? dataset : throw new DataException(
            $"{string.Join(", ", settings.Data.Folders)}: no training case. Name a folder with imagesTr and labelsTr.");
    }

    private static int Conclude(Session session, RunVerdict verdict)
    {
        if (verdict.Faults.Count == 0)
            return ExitCodes.Done;
        string faults = string.Join("; ", verdict.Faults);
        if (!verdict.Expected)
        {
            session.Note($"warning: {faults}. Of {RunVerdict.LeastUpdates} updates and more this would be an error.");
            return ExitCodes.Done;
        }

        session.Error.WriteLine($"smile: error: the run has not learnt what it was to learn: {faults}. Its checkpoints are kept.");
        return ExitCodes.CheckFailed;
    }

    /// <summary>Starts or resumes a run, says so through <paramref name="started"/>, and brings it to its end.</summary>
    internal static void Train(
        Session session, RunFolder folder, RunSettings settings, Dataset dataset, IReadOnlyList<CaseData> cases, bool resume,
        Action? started = null, Split? split = null, ICommunicator? ranks = null)
    {
        var writer = new RoundWriter(dataset);
        session.Work($"training {settings.Train.Method}", settings.Train.Steps, work =>
        {
            IRunListener listener = ranks is { Rank: > 0 } ? new NoListener() : new TrainListener(work, folder, dataset.Organs.Names);
            using var run = resume
                ? TrainingRun.Resume(folder.Path, dataset.Organs, cases, listener, writer, settings.Data.Folders, ranks)
                : TrainingRun.Start(folder.Path, settings, dataset.Organs, cases, listener, writer, split, ranks);
            started?.Invoke();
            run.Run(session.Stop);
        });
    }

    private static RunSettings Settings(Request request)
    {
        var basis = SettingsPresets.Of(request.Preset ?? SettingsPresets.Default);
        var settings = WithFolders(SettingsReader.ReadRun(basis, request.Configs, request.Assignments), request.Folders);
        settings.Validate();
        return settings;
    }

    private static RunSettings Resumed(Request request, RunFolder folder) =>
        request.Preset is null && request.Configs.Length + request.Assignments.Length == 0
            ? WithFolders(folder.ReadSettings(), request.Folders)
            : throw new ConfigException("--resume goes on with the run's own settings; leave out --preset, --config, --set and the options "
                + "that stand for a setting.");

    /// <summary>
    /// The folders by full paths, which a run finds again from wherever it is resumed; those that are given take the others' place.
    /// </summary>
    private static RunSettings WithFolders(RunSettings settings, string[] given)
    {
        IEnumerable<string> folders = given.Length > 0 ? given : settings.Data.Folders;
        return settings with { Data = settings.Data with { Folders = [.. folders.Select(Path.GetFullPath)] } };
    }
}
