using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Smile.Host.Cli;

/// <summary>Long work as its progress display sees it; may be called from any thread.</summary>
internal interface IWork
{
    /// <summary>Says how many units are done, with a short note such as the current loss.</summary>
    void Report(long done, string note = "");

    /// <summary>A line that stays, above the bar.</summary>
    void Message(string line);
}

/// <summary>Hands counts on at once, from whichever thread they come.</summary>
internal sealed class CountRelay(IWork work) : IProgress<int>
{
    public void Report(int value) => work.Report(value);
}

/// <summary>
/// Progress on the error stream: a live bar with the time left on a terminal; elsewhere one plain line every few seconds, because
/// Spectre.Console shows next to nothing when redirected.
/// </summary>
internal static class Progress
{
    /// <summary>Time between plain lines.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    public static void Run(Session session, string title, long total, Action<IWork> body)
    {
        if (session.Quiet)
            body(new Silent());
        else if (session.Live)
            RunLive(session, title, total, body);
        else
            RunPlain(session, title, total, body);
    }

    private static void RunPlain(Session session, string title, long total, Action<IWork> body)
    {
        var work = new Plain(session.Error, title, total);
        body(work);
        session.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}: done in {work.Elapsed.TotalSeconds:0.0} s"));
    }

    private static void RunLive(Session session, string title, long total, Action<IWork> body)
    {
        bool noColour = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(session.Error),
            ColorSystem = noColour ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => body(new Bar(console, context.AddTask(Markup.Escape(title), maxValue: total), title)));
    }

    /// <summary>"1:05" or "42 s".</summary>
    internal static string Duration(TimeSpan time) => time.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.TotalSeconds):0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00} min");

    private sealed class Silent : IWork
    {
        public void Report(long done, string note = "")
        {
        }

        public void Message(string line)
        {
        }
    }

    private sealed class Bar(IAnsiConsole console, ProgressTask task, string title) : IWork
    {
        public void Report(long done, string note = "")
        {
            task.Description = Markup.Escape(note.Length == 0 ? title : $"{title}  {note}");
            task.Value = done;
        }

        public void Message(string line) => console.WriteLine(line);
    }

    private sealed class Plain(TextWriter error, string title, long total) : IWork
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private readonly Lock _lock = new();
        private TimeSpan _shown;

        public TimeSpan Elapsed => _watch.Elapsed;

        public void Report(long done, string note = "")
        {
            lock (_lock)
            {
                var elapsed = _watch.Elapsed;
                if (elapsed - _shown < _interval)
                    return;
                _shown = elapsed;
                string left = done > 0 ? $", {Duration(elapsed * ((double)(total - done) / done))} left" : "";
                error.WriteLine($"{title}: {done}/{total} ({done * 100 / Math.Max(1, total)} %), {Duration(elapsed)} "
                    + $"gone{left}{(note.Length == 0 ? "" : "  ")}{note}");
            }
        }

        public void Message(string line)
        {
            lock (_lock)
                error.WriteLine(line);
        }
    }
}
