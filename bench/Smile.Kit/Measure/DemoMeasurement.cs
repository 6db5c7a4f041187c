using System.Diagnostics;
using Smile.Host.Cli;
using Smile.Host.Commands;
using Smile.Host.Phantom;
using Smile.Host.Reports;
using Smile.Kit.Run;

namespace Smile.Kit.Measure;

/// <summary>The demo's three methods on a device.</summary>
internal static class DemoMeasurement
{
    /// <summary>As small as phantoms get, and an update each: that it runs.</summary>
    private static DemoPlan Tiny => DemoPlan.Quick with
    {
        Phantom = new PhantomOptions { Depth = 12, Height = 48, Width = 48, Seed = 11 },
        TrainingCases = 2,
        TestCases = 1,
        Settings = DemoPlan.Quick.Settings with
        {
            Train = DemoPlan.Quick.Settings.Train with { Steps = 2, Size = 48, Batch = 1 },
            Model = DemoPlan.Quick.Settings.Model with { Backbone = "tiny", Width = 4 },
            Relabel = DemoPlan.Quick.Settings.Relabel with { Rounds = 1 },
        },
    };

    /// <summary>A line a method with the Dice of each organ; 0.</summary>
    public static int Run(KitSize size, string device, string folder, ResultLines lines)
    {
        using var interruption = new Interruption();
        var session = new Session(Console.Out, Console.Error, interruption, live: false);
        DemoPlan plan = size == KitSize.Tiny ? Tiny : DemoPlan.Quick;
        plan = plan with { Settings = plan.Settings with { Run = plan.Settings.Run with { Device = device } } };
        var watch = Stopwatch.StartNew();
        foreach (MethodResult result in DemoCommand.Make(session, plan, Path.Combine(folder, $"demo-{device}"), out var organs))
            lines.Add("demo", new
            {
                Device = device,
                Method = result.Name,
                Organs = organs.Names,
                result.Dice,
                result.MeanDice,
                SecondsOfAll = watch.Elapsed.TotalSeconds,
            });
        return 0;
    }
}
