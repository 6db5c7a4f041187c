using System.CommandLine;
using Smile.Host.Cli;

namespace Smile.Host.Commands;

/// <summary><c>smile dataset</c>: looks at, and prepares, data set folders.</summary>
internal static class DatasetCommand
{
    public static Command Create(Session session) =>
        new Verb("dataset", "Imports, checks and packs data sets, takes annotations away for a study, "
        + "analyses what is left.")
    {
        DatasetImportCommand.Create(session),
        DatasetCheckCommand.Create(session),
        DatasetDropCommand.Create(session),
        DatasetPackCommand.Create(session),
        DatasetTable1Command.Create(session),
    };
}
