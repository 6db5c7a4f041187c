using System.Runtime.InteropServices;

namespace Smile.Bench.Step;

/// <summary>Processor time of the calling thread: on a shared machine a wall clock counts the neighbours' work too.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID of Linux

    private struct Time
    {
        public long Seconds, Nanoseconds;
    }

    /// <summary>Milliseconds so far.</summary>
    public static double Now => Read(ThreadCpuTime, out Time time) == 0 ? time.Seconds * 1e3 + time.Nanoseconds / 1e6
        : throw new InvalidOperationException("The system has no clock of a thread's processor time.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);
}
