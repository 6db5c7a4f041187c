using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Smile.Net.Settings;

namespace Smile.Host.Cli;

/// <summary>What is wrong with a command line, with what was probably meant.</summary>
internal static class CommandLineFaults
{
    /// <summary>A line each; none where nothing is wrong, or where no command would run: for help, or completion.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.Action is not ParseErrorAction && parsed.Action != command.Action)
            return [];
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var typed, ..] && !typed.StartsWith('-'))
            return ["unknown command "
                + $"'{typed}'.{NearestName.Question(NearestName.Find(typed, command.Subcommands.Select(each => each.Name)))}"];

        string[] options = [.. parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).Where(IsUnknownOption)
            .Select(token => token.Value.Split('=')[0])];
        if (options.Length > 0)
        {
            // The words that follow one are its values, and no fault of their own.
            string[] names = [.. Known(parsed)];
            return [.. options.Select(name => $"unknown option '{name}'.{NearestName.Question(NearestName.Find(name, names))}")];
        }

        return [.. parsed.Errors.Select(error => error.Message)];
    }

    /// <summary>
    /// A word that looks like an option and is none. Where an option takes several values it would be one of them: a folder "--stepss".
    /// </summary>
    private static bool IsUnknownOption(Token token) =>
        token.Type == TokenType.Argument && token.Value is ['-', '-', var first, ..] && char.IsAsciiLetter(first);

    /// <summary>The options of the command, and those of every command.</summary>
    private static IEnumerable<string> Known(ParseResult parsed)
    {
        IEnumerable<Option> own = parsed.CommandResult.Command.Options, all = parsed.RootCommandResult.Command.Options;
        return own.Concat(all.Where(option => option.Recursive)).Where(option => !option.Hidden).Select(option => option.Name);
    }
}
