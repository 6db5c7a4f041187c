using Smile.Net;

namespace Smile.Host.Cli;

/// <summary>How a command ends that goes through many cases and passes over bad ones.</summary>
internal static class PartialResult
{
    /// <summary>
    /// Whether a failure is the case's, and the others go on: all are, but for an interruption and for what the command line asks for.
    /// </summary>
    public static bool OfCase(Exception e) => e is not (OperationCanceledException or ConfigException);

    /// <summary>A case's failure in one line that names its file.</summary>
    public static string Line(string file, Exception e) => e switch
    {
        SmileException => e.Message,
        OutOfMemoryException => $"{file}: not enough memory: {e.Message}",
        _ => $"{file}: {e.Message}",
    };

    /// <summary>Lists what failed; 0 where nothing did, 5 where some cases did, 3 where all did.</summary>
    public static int Conclude(Session session, int cases, IReadOnlyList<string> failures)
    {
        if (failures.Count == 0)
            return ExitCodes.Done;
        session.Error.WriteLine($"smile: error: {Words.Of(failures.Count, cases, "case", "cases")} failed:");
        foreach (string failure in failures)
            session.Error.WriteLine($"  {failure}");
        return failures.Count < cases ? ExitCodes.DoneInPart : ExitCodes.BadData;
    }

    /// <summary>Lists files that could not be read, or used, and were left out; what was done is then done in part.</summary>
    public static int LeftOut(Session session, IReadOnlyList<string> damaged, int exitCode)
    {
        if (damaged.Count == 0)
            return exitCode;
        session.Error.WriteLine($"smile: error: {Words.Count(damaged.Count, "file was", "files were")} left out:");
        foreach (string file in damaged)
            session.Error.WriteLine($"  {file}");
        return exitCode == ExitCodes.Done ? ExitCodes.DoneInPart : exitCode;
    }
}
