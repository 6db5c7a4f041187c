
namespace Smile.Host.Cli;

/// <summary>The process exit codes.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Unexpected = 1;
    public const int BadCommandLine = 2;
    public const int BadData = 3;
    public const int NoDevice = 4;
    public const int DoneInPart = 5;
    public const int CheckFailed = 6;
    public const int Interrupted = 130;
    public const int Terminated = 143;

    /// <summary>The table shown by <c>smile --help</c>.</summary>
    public const string Table = """
        Exit codes:
          0  done                            4  no suitable device, or out of memory
          1  unexpected failure              5  done in part: some cases failed (listed)
          2  bad command line or setting     6  a check failed
          3  bad input data                  130, 143  interrupted: state saved, resume command printed
        """;
}
