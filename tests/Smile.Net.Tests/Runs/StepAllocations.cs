using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Runs;

/// <summary>A training step allocates nothing.</summary>
internal static class StepAllocations
{
    /// <summary>Fails where a step of such a run, after the first few, allocates anything.</summary>
    public static void DemandNone(string folder, RunSettings settings)
    {
        using TrainingRun run = TrainingRun.Start(folder, settings with { Run = settings.Run with { Device = "cpu", Threads = 2 } },
            Toy.Organs, Toy.Cases(), new Silent());
        for (int i = 0; i < 5; i++)
            run.MakeStep();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
            run.MakeStep();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
