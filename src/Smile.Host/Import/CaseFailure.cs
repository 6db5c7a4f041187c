using System.Diagnostics;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>Words for what went wrong with one case.</summary>
internal static class CaseFailure
{
    // errno of Linux and macOS, and Windows' HRESULT: no space, a full quota, a file too large for the process or the file system.
    private static readonly int[] NoRoom = [28, 69, 122, 27, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>What a loop over threads has wrapped.</summary>
    public static Exception Cause(Exception e) => e is AggregateException { InnerExceptions: [Exception first, ..] } ? Cause(first) : e;

    /// <summary>True where nothing more can be written, whatever the case.</summary>
    public static bool IsFullDisk(Exception e) =>
        (e is IOException && NoRoom.Contains(e.HResult)) || (e.InnerException is { } inner && IsFullDisk(inner));

    /// <summary>A line that names the case.</summary>
    /// <param name="e">What went wrong.</param>
    /// <param name="origin">Of the case.</param>
    /// <param name="jobs">Cases at once.</param>
    public static string Describe(Exception e, string origin, int jobs) => e switch
    {
        DataException => e.Message, // names the file
        OutOfMemoryException =>
            $"{origin}: not enough memory{(jobs > 1 ? $" for {jobs} cases at once; try again with --jobs 1" : "")}. ({e.Message})",
        IOException or UnauthorizedAccessException => $"{origin}: {e.Message}",
        _ => $"{origin}: unexpected failure: {e.Message} ({e.GetType().Name} in {Where(e)}; please report it)",
    };

    private static string Where(Exception e) =>
        new StackTrace(e).GetFrame(0)?.GetMethod() is { } method ? $"{method.DeclaringType?.Name}.{method.Name}" : "?";
}
