using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;
using Smile.Host.Cli;
using Smile.Kernels.Memory;
using Smile.Net;

namespace Smile.Host.Commands;

/// <summary>The command line as one function, so that tests run it in their own process.</summary>
internal static partial class SmileProgram
{
    private const string Description = """
        Trains organ segmentation networks on CT volumes in which most organs were never annotated (SMILE), and finds the missing
        annotations itself (SMILEr). Start with 'smile demo'. Research software, not a medical device.
        """;

    /// <summary>Runs one command line and returns its exit code.</summary>
    public static int Run(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, Interruption? interruption = null, bool live = false)
    {
        interruption ??= new Interruption();
        var session = new Session(output, error, interruption, live);
        try
        {
            return Invoke(args, session);
        }
        catch (OperationCanceledException) when (interruption.ExitCode != 0)
        {
            error.WriteLine(session.ResumeCommand is { } resume ? $"Interrupted; state saved. Go on with: {resume}" : "Interrupted.");
            return interruption.ExitCode;
        }
        catch (Exception caught)
        {
            // Parallel loops wrap what one of their threads threw.
            Exception e = caught is AggregateException { InnerException: { } first } ? first : caught;
            error.WriteLine($"smile: error: {OneLine(e)}");
            if (session.Verbose)
                error.WriteLine(caught);
            return e switch
            {
                SmileException known => known.ExitCode,
                BackendException or OutOfMemoryException => ExitCodes.NoDevice,
                IOException or UnauthorizedAccessException => ExitCodes.BadData,
                _ => ExitCodes.Unexpected,
            };
        }
    }

    private static int Invoke(IReadOnlyList<string> args, Session session)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Show details, and the stack trace of a failure", Recursive = true };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Show results and errors only", Recursive = true };
        var root = new RootCommand(Description.ReplaceLineEndings(" ")) { verbose, quiet };
        foreach (var verb in Verbs(session))
            root.Add(verb);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.Options.OfType<VersionOption>().Single().Action = new ShowVersion();

        if (Empty(args) is { } before)
        {
            session.Error.WriteLine($"smile: error: an empty argument follows '{before}'. Is a variable of the shell not set?");
            return ExitCodes.BadCommandLine;
        }

        bool bare = args.Count == 0;
        var parsed = root.Parse(bare ? ["--help"] : args is ["help", ..] ? [.. args.Skip(1), "--help"] : args);
        session.Verbose = parsed.GetValue(verbose);
        session.Quiet = parsed.GetValue(quiet);
        if (CommandLineFaults.Of(parsed) is { Count: > 0 } faults)
        {
            foreach (string fault in faults)
                session.Error.WriteLine($"smile: error: {fault}");
            session.Error.WriteLine($"See '{Path(parsed)} --help'.");
            return ExitCodes.BadCommandLine;
        }

        int exitCode = parsed.Invoke(new InvocationConfiguration
        {
            Output = bare ? session.Error : session.Out, // nothing was asked for: help, but no result
            Error = session.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // Interruption handles the signals
        });
        return bare ? ExitCodes.BadCommandLine : exitCode;
    }

    private static IEnumerable<Command> Verbs(Session session) =>
    [
        DemoCommand.Create(session),
        PhantomCommand.Create(session),
        DatasetCommand.Create(session),
        TrainCommand.Create(session),
        RelabelCommand.Create(session),
        PredictCommand.Create(session),
        EvaluateCommand.Create(session),
        ExportCommand.Create(session),
        WeightsCommand.Create(session),
        ProfileCommand.Create(session),
        ExperimentCommand.Create(session),
        DevicesCommand.Create(session),
    ];

    /// <summary>"smile dataset drop", from the innermost command that was recognised.</summary>
    private static string Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var at = parsed.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
            names.Push(at.Command is RootCommand ? "smile" : at.Command.Name);
        return string.Join(' ', names);
    }

    /// <summary>
    /// What stands before the first empty argument: as a path it would be the folder that the program runs in. Null where there is none.
    /// </summary>
    private static string? Empty(IReadOnlyList<string> args)
    {
        for (int i = 0; i < args.Count; i++)
        {
            if (args[i].Length == 0)
                return i > 0 ? args[i - 1] : "smile";
            if (args[i][0] == '-' && args[i].IndexOf('=', StringComparison.Ordinal) == args[i].Length - 1)
                return args[i];
        }

        return null;
    }

    private static string OneLine(Exception e)
    {
        string message = LineBreaks().Replace(e.Message.Trim(), " ");
        return e is SmileException or BackendException or IOException or UnauthorizedAccessException or InsufficientMemoryException
            ? message
            : e is OutOfMemoryException ? $"not enough memory: {message}"
            : $"unexpected failure: {message} ({e.GetType().Name}; --verbose shows where; please report it)";
    }

    [GeneratedRegex(@"\s*[\r\n]+\s*")]
    private static partial Regex LineBreaks();
}
