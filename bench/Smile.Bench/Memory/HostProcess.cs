using System.Diagnostics;
using System.Globalization;
using Smile.Host.Cli;

namespace Smile.Bench.Memory;

/// <summary>What one run of the program <c>smile</c> took.</summary>
/// <param name="PeakBytes">Its largest resident set.</param>
/// <param name="Seconds">By the clock.</param>
/// <param name="ProcessorSeconds">Of all its threads; other work on the machine does not count.</param>
/// <param name="Output">What it wrote on the standard output.</param>
internal sealed record HostProcess(long PeakBytes, double Seconds, double ProcessorSeconds, string Output)
{
    /// <summary>Of a peak the kernel keeps the height (VmHWM), so only what it grows by in the last of these is missed.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Runs the program in a process of its own, to its end.</summary>
    /// <param name="started">Hears of the process.</param>
    /// <param name="arguments">Of its command line.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static HostProcess Run(Action<Process> started, params string[] arguments) => Run(started, heapLimit: null, arguments);

    /// <summary>As the other one, with a limit for the managed heap.</summary>
    /// <param name="started">Hears of the process.</param>
    /// <param name="heapLimit">Bytes (DOTNET_GCHeapHardLimit); null: none.</param>
    /// <param name="arguments">Of its command line.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static HostProcess Run(Action<Process> started, long? heapLimit, IReadOnlyList<string> arguments)
    {
        // The bench's own copy, by the dotnet that runs the bench or would.
        var start = new ProcessStartInfo("dotnet", [typeof(ExitCodes).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (heapLimit is { } limit)
            start.Environment["DOTNET_GCHeapHardLimit"] = limit.ToString("X", CultureInfo.InvariantCulture);
        long begin = Stopwatch.GetTimestamp(), peak = 0;
        TimeSpan processor = default;
        using Process process = Process.Start(start)!;
        started(process);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        while (!process.WaitForExit(_interval))
        {
            try
            {
                process.Refresh();
                (peak, processor) = (Math.Max(peak, process.PeakWorkingSet64), process.TotalProcessorTime);
            }
            catch (InvalidOperationException)
            {
                break; // it ended in between
            }
        }

        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return process.ExitCode == 0 ? new HostProcess(peak, seconds, processor.TotalSeconds, output.Result)
            : throw new InvalidOperationException($"smile {string.Join(' ', arguments)} failed with exit code "
                + $"{process.ExitCode}:\n{error.Result}");
    }
}
