using System.CommandLine;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Phantom;
using Smile.Host.Profiling;
using Smile.Kernels.Simd;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;
using Smile.Net.Training;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile profile</c>: where the time of a training step goes.</summary>
internal static class ProfileCommand
{
    private const int PhantomCases = 2, MostSteps = 100_000;

    public static Command Create(Session session)
    {
        var data = Data(required: false);
        var steps = Default("--steps", "N", "Steps to measure, after three that warm up", 20);
        var device = Device();
        var threads = Threads();
        var precision = PrecisionSetting();
        var preset = Preset();
        var config = Config();
        var set = Set();
        var trace = Optional<string>("--trace", "FILE.json", "Write the last step as a trace for chrome://tracing or ui.perfetto.dev");
        var top = Default("--top", "N", "Only the N slowest passes, the slowest first; 0: all, as they run", 0);
        var file = Optional<string>("--json", "FILE.json", "Write the profile to a file");
        var compare = Optional<string>("--compare", "FILE.json", "Show what differs most from an earlier profile that --json wrote");
        var command = new Verb("profile", "Times a training step layer by layer, beside what the machine could do.")
        {
            data, steps, device, threads, precision, preset, config, set, trace, top, file, compare,
        };
        command.Details = "Without --data it trains on phantoms. Each layer is waited for, so that its time is its own. A layer's bound is "
            + "its FLOP or its bytes at the machine's measured peaks, whichever takes longer; it is shown for the CPU.";
        command.Examples = """
            smile profile
            smile profile --set model.backbone=resnet18 --set train.size=128 --trace step.json
            smile profile --data Dataset001 --threads 1
            smile profile --json before.json                  then change a kernel, and
            smile profile --compare before.json --top 10
            """;
        command.SetAction(parsed =>
        {
            var basis = SettingsPresets.Of(parsed.GetValue(preset) ?? SettingsPresets.Default);
            var settings = SettingsReader.ReadRun(basis, parsed.GetRequiredValue(config), parsed.GetRequiredValue(set));
            settings = settings with
            {
                Data = settings.Data with { Folders = parsed.GetRequiredValue(data) },
                Run = settings.Run with { Device = parsed.GetRequiredValue(device), Threads = parsed.GetValue(threads) },
                Train = settings.Train with { Precision = parsed.GetValue(precision) ?? settings.Train.Precision },
            };
            settings.Validate();
            return Run(session, settings, parsed.GetValue(steps), parsed.GetValue(top),
                new Files(parsed.GetValue(trace), parsed.GetValue(file), parsed.GetValue(compare)));
        });
        return command;
    }

    /// <summary>What is written, and what is compared with; null where nothing.</summary>
    private sealed record Files(string? Trace, string? Json, string? Compare);

    private static int Run(Session session, RunSettings settings, int steps, int top, Files files)
    {
        if (steps is < 1 or > MostSteps)
            throw new ConfigException($"--steps {steps}: 1 to {MostSteps} are possible.");
        if (top < 0)
            throw new ConfigException($"--top {top}: 0 or more are possible.");
        var before = files.Compare is { } earlier ? ProfileFile.Read(earlier) : default;
        var (organs, cases) = settings.Data.Folders.Count > 0 ? Loaded(session, settings) : Phantoms(settings);
        StepProfile? profile = null;
        session.Work("steps", steps,
            work => profile = StepProfiler.Measure(settings, organs, cases, steps, done => work.Report(done), session.Stop));
        MachinePeak? peak = profile!.Backend.StartsWith("simd", StringComparison.Ordinal)
            ? MachinePeak.Measure(settings.Run.Threads)
            : null;
        session.Out.WriteLine(before.Layers is { } layers ? ProfileTable.Changes(profile, before.Step, layers, top)
            : ProfileTable.Layers(profile, peak, top));
        session.Out.Write(ProfileTable.Parts(profile, peak));
        Write("trace", files.Trace, ChromeTrace.Write);
        Write("profile", files.Json, ProfileFile.Write);

        return ExitCodes.Done;

        void Write(string what, string? path, Action<string, StepProfile> write)
        {
            if (path is null)
                return;
            write(path, profile);
            session.Out.WriteLine($"{what}: {path}");
        }
    }

    private static (OrganSet, CaseData[]) Loaded(Session session, RunSettings settings)
    {
        var dataset = CaseLoader.OpenForTraining(session, settings.Data.Folders);
        return (dataset.Organs, CaseLoader.Load(session, dataset, dataset.Training, "loading"));
    }

    private static (OrganSet, CaseData[]) Phantoms(RunSettings settings)
    {
        var organs = new OrganSet(PhantomCase.Organs);
        int size = Math.Clamp(settings.Train.Size, 48, 512);
        var options = new PhantomOptions { Height = size, Width = size, Seed = (ulong)settings.Run.Seed };
        return (organs, [.. Enumerable.Range(0, PhantomCases).Select(i =>
        {
            var (image, labels) = PhantomCase.Generate(options, i);
            return new CaseData(PhantomDataset.Name(i), image, labels.Voxels, organs.All);
        })]);
    }
}
