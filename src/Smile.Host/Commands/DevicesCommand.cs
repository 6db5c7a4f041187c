using System.CommandLine;
using Smile.Host.Cli;
using Smile.Host.Phantom;
using Smile.Kernels.Backend;
using Smile.Kernels.Tuning;
using Smile.Net;
using Smile.Net.Settings;
using Smile.Net.Training;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile devices</c>: what it would run on, and why not on the others.</summary>
internal static class DevicesCommand
{
    public static Command Create(Session session)
    {
        var tune = Flag("--tune", "Measure which algorithm each convolution of the network is quickest with here: a table for cpu:tuned");
        var threads = Threads();
        var preset = Preset();
        var config = Config();
        var set = Set();
        var command = new Verb("devices", "Lists what Smile can compute on, best first, and why not on the rest.")
        {
            tune, threads, preset, config, set,
        };
        command.Details = "--tune takes seconds. The table lies in the user's cache folder and is used by the device cpu:tuned alone, "
            + "for the sizes and threads that were measured: its bits are not those of cpu, and not those of another machine's table.";
        command.Examples = """
            smile devices
            smile devices --tune
            smile devices --tune --set model.backbone=resnet50     the next network; what the table holds of others stays
            """;
        command.SetAction(parsed =>
        {
            if (!parsed.GetValue(tune))
                return ((Option[])[threads, preset, config, set]).Any(option => parsed.GetResult(option) is { Implicit: false })
                    ? throw new ConfigException("--threads, --preset, --config and --set say what --tune measures; give it too.")
                    : Run(session);
            var settings = SettingsReader.ReadRun(SettingsPresets.Of(parsed.GetValue(preset) ?? SettingsPresets.Default),
                parsed.GetRequiredValue(config), parsed.GetRequiredValue(set));
            settings = settings with { Run = settings.Run with { Device = "cpu", Threads = parsed.GetValue(threads) } };
            settings.Validate();
            return Tune(session, settings);
        });
        return command;
    }

    private static int Run(Session session)
    {
        var table = new TextTable("--device", "usable", "what it is, or why not");
        foreach (var device in Backends.List())
        {
            string what = device.Available ? device.Description : $"{device.Description}: {device.Reason}";
            table.Add(device.Name, device.Available ? "yes" : "no", what);
        }

        session.Out.Write(table);
        session.Out.WriteLine($"processor: {Backends.ProcessorText()}");
        return ExitCodes.Done;
    }

    private static int Tune(Session session, RunSettings settings)
    {
        var passes = TrainingConvolutions.Of(settings, PhantomCase.Organs.Count);
        CpuTuning? tuning = null;
        session.Work("passes", CpuTuning.Rounds * passes.Count,
            work => tuning = CpuTuning.Measure(passes, settings.Run.Threads, done => work.Report(done), session.Stop));
        session.Out.WriteLine($"{tuning!.Passes} passes, vectors of {tuning.VectorBits} bits: for {tuning.Changed} another algorithm "
            + $"than the rule's is quickest; all take {Invariant.Text(100 / tuning.Gain, "0")} % of the time that they take by the rule");
        session.Out.WriteLine($"{tuning.Path}: --device cpu:tuned");
        return ExitCodes.Done;
    }
}
