using System.Runtime.InteropServices;

namespace Smile.Bench.Cpu;

/// <summary>Processor time in milliseconds: on a shared machine a wall clock counts the neighbours' work too.</summary>
internal static partial class ProcessorTime
{
    private const int ProcessCpuTime = 2, ThreadCpuTime = 3; // CLOCK_PROCESS_CPUTIME_ID and CLOCK_THREAD_CPUTIME_ID of Linux

    private struct Time
    {
        public long Seconds, Nanoseconds;
    }

    /// <summary>Of the calling thread so far.</summary>
    public static double OfThread => Of(ThreadCpuTime);

    /// <summary>Of all threads of the process so far.</summary>
    public static double OfProcess => Of(ProcessCpuTime);

    private static double Of(int clock) => Read(clock, out Time time) == 0 ? time.Seconds * 1e3 + time.Nanoseconds / 1e6
        : throw new InvalidOperationException("The system has no clock of processor time.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);
}
