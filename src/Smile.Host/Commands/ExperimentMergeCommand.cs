using System.CommandLine;
using Smile.Host.Cli;
using Smile.Host.Experiments;
using Smile.Net;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile experiment merge</c>: joins the cells of several folders of one study and draws it.</summary>
internal static class ExperimentMergeCommand
{
    public static Command Create(Session session)
    {
        var folders = new Argument<string[]>("DIR")
        {
            Description = "Study folders of one study, run in parts; a single one is drawn anew",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = Optional<string>("--output -o", "DIR", "Where the joined study goes [default: the first folder]");
        var command = new Verb("merge", "Joins the parts of a study and draws tables, figures and report.") { folders, output };
        command.Examples = """
            smile experiment merge /shared/study
            smile experiment merge part1 part2 part3 -o study
            """;
        command.SetAction(parsed => Run(session, parsed.GetRequiredValue(folders), parsed.GetValue(output)));
        return command;
    }

    private static int Run(Session session, string[] folders, string? output)
    {
        var record = new CellStore(folders[0]).ReadRecord();
        var target = new CellStore(output ?? folders[0]);
        target.Make();
        target.WriteRecord(record);
        foreach (string folder in folders)
        {
            var source = new CellStore(folder);
            var other = source.ReadRecord();
            if (!other.Cells.Select(c => c.Key).SequenceEqual(record.Cells.Select(c => c.Key)))
                throw new ConfigException($"{folder}: is another study than {folders[0]} (settings, data or cells differ). "
                    + "Merge parts of one study.");
            foreach (var planned in record.Cells)
                if (source.Find(planned.Id, planned.Key) is { } result)
                    target.Store(result);
        }

        return StudyConclusion.Write(session, target) > 0 ? ExitCodes.DoneInPart : ExitCodes.Done;
    }
}
