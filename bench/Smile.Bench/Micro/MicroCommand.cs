using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Smile.Bench.Micro;

/// <summary>
/// <c>micro</c>: BenchmarkDotNet over the operations. It measures in this process: its own way, a project that it writes and builds, finds
/// ours only from within the checkout.
/// </summary>
internal static class MicroCommand
{
    /// <summary>The one argument that is ours; all others are BenchmarkDotNet's.</summary>
    public const string List = "--operations";

    /// <summary>0; 1 where nothing was measured.</summary>
    public static int Run(string[] args)
    {
        if (args is [List])
        {
            foreach (string name in MicroOperations.Names)
                Console.WriteLine(name);
            return 0;
        }

        var config = DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).AsMutator());
        return BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(args, config).Any(summary => summary.Reports.Any(
            report => report.Success)) ? 0 : 1;
    }
}
