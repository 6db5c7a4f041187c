namespace Smile.Host.Commands;

/// <summary>How a command ends that goes through many cases and passes over bad ones.</summary>
internal static class PartialResult
{
    /// <summary>Lists what failed; 0 where nothing did, 5 where some cases did, 3 where all did.</summary>
    public static int Conclude(Session session, int cases, IReadOnlyList<string> failures)
    {
        if (failures.Count == 0)
            return ExitCodes.Done;
        session.Error.WriteLine($"smile: error: {failures.Count} of {cases} cases failed:");
        foreach (string failure in failures)
            session.Error.WriteLine($"  {failure}");
        return failures.Count < cases ? ExitCodes.DoneInPart : ExitCodes.BadData;
    }
}
