using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Smile.Net;

namespace Smile.Host.Cli;

/// <summary>A command with a summary for the list of commands, details for its own help, and examples at the end of it.</summary>
internal sealed class Verb(string name, string summary) : Command(name, summary)
{
    /// <summary>What the command's own help says after the summary.</summary>
    public string Details { get; set; } = "";

    /// <summary>Whole command lines, each after a comment line or alone.</summary>
    public string Examples { get; set; } = "";
}

/// <summary>The version that runs and models carry too.</summary>
internal sealed class ShowVersion : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(SmileVersion.Text);
        return ExitCodes.Done;
    }
}

/// <summary>The library's help, then the examples of the command, and on the root the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command as Verb;
        command?.Description = $"{command.Description} {command.Details}".TrimEnd();
        inner.Invoke(parseResult);
        if (command is null)
            parseResult.InvocationConfiguration.Output.WriteLine(ExitCodes.Table);
        else if (command.Examples.Length > 0)
            parseResult.InvocationConfiguration.Output.WriteLine("Examples:\n" + Indent(command.Examples));
        return ExitCodes.Done;
    }

    private static string Indent(string lines) => "  " + lines.Trim().ReplaceLineEndings("\n  ");
}
