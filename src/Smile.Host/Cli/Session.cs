namespace Smile.Host.Cli;

/// <summary>What every command is given: where results and messages go, and the signal to stop.</summary>
internal sealed class Session(TextWriter output, TextWriter error, Interruption interruption, bool live)
{
    /// <summary>Results: tables, paths of what was written. Nothing else, so that it can be piped.</summary>
    public TextWriter Out { get; private set; } = output;

    /// <summary>Progress, notes, errors.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Cancelled by Ctrl+C or SIGTERM.</summary>
    public CancellationToken Stop => interruption.Token;

    /// <summary>Another rank was asked to stop, and so does this one, as if it had been.</summary>
    public void StopWithOthers()
    {
        if (!Stop.IsCancellationRequested)
            interruption.Request(ExitCodes.Terminated);
    }

    /// <summary>True where <see cref="Error"/> is a terminal: progress is then a live bar, else plain lines.</summary>
    public bool Live { get; } = live;

    /// <summary><c>--verbose</c>: stack traces and details.</summary>
    public bool Verbose { get; set; }

    /// <summary><c>--quiet</c>: results and errors only.</summary>
    public bool Quiet { get; set; }

    /// <summary>The command that goes on where an interrupted one stopped; set by commands that can be resumed.</summary>
    public string? ResumeCommand { get; set; }

    /// <summary>This process is one of several that say the same: it says nothing but its errors.</summary>
    public void LeaveWordsToRankZero() => (Quiet, Out) = (true, TextWriter.Null);

    /// <summary>A line for a person, on the error stream.</summary>
    public void Note(string line)
    {
        if (!Quiet)
            Error.WriteLine(line);
    }

    /// <summary>Runs <paramref name="body"/> under a progress bar of <paramref name="total"/> units, or plain lines.</summary>
    public void Work(string title, long total, Action<IWork> body) => Progress.Run(this, title, total, body);
}
