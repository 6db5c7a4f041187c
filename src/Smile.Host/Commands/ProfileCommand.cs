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
        var command = new Verb("profile", "Times a training step layer by layer, beside what the machine could do.")
        {
            data, steps, device, threads, precision, preset, config, set, trace,
        };
        command.Details = "Without --data it trains on phantoms. Each layer is waited for, so that its time is its own. A layer's bound is "
            + "its FLOP or its bytes at the machine's measured peaks, whichever takes longer; it is shown for the CPU.";
        command.Examples = """
            smile profile
            smile profile --set model.backbone=resnet18 --set train.size=128 --trace step.json
            smile profile --data Dataset001 --threads 1
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
            return Run(session, settings, parsed.GetValue(steps), parsed.GetValue(trace));
        });
        return command;
    }

    private static int Run(Session session, RunSettings settings, int steps, string? trace)
    {
        if (steps is < 1 or > MostSteps)
            throw new ConfigException($"--steps {steps}: 1 to {MostSteps} are possible.");
        var (organs, cases) = settings.Data.Folders.Count > 0 ? Loaded(session, settings) : Phantoms(settings);
        StepProfile? profile = null;
        session.Work("steps", steps,
            work => profile = StepProfiler.Measure(settings, organs, cases, steps, done => work.Report(done), session.Stop));
        MachinePeak? peak = profile!.Backend.StartsWith("simd", StringComparison.Ordinal)
            ? MachinePeak.Measure(settings.Run.Threads)
            : null;
        session.Out.WriteLine(ProfileTable.Layers(profile, peak));
        session.Out.Write(ProfileTable.Parts(profile, peak));
        if (trace is not null)
        {
            ChromeTrace.Write(trace, profile);
            session.Out.WriteLine($"trace: {trace}");
        }

        return ExitCodes.Done;
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
