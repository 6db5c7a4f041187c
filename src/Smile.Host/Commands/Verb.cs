using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Smile.Host.Commands;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Whole command lines, each after a comment line or alone.</summary>
    public string Examples { get; set; } = "";
}

/// <summary>The library's help, then the examples of the command, and on the root the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        inner.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is Verb { Examples.Length: > 0 } verb)
            output.WriteLine("Examples:\n" + Indent(verb.Examples));
        else if (parseResult.CommandResult.Command is RootCommand)
            output.WriteLine(ExitCodes.Table);
        return ExitCodes.Done;
    }

    private static string Indent(string lines) => "  " + lines.Trim().ReplaceLineEndings("\n  ");
}
