using System.CommandLine;
using System.Numerics;
using Smile.Host.Cli;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Commands;

/// <summary><c>smile dataset check</c>: every fault of a data set in one run.</summary>
internal static class DatasetCheckCommand
{
    public static Command Create(Session session)
    {
        var folders = new Argument<string[]>("DIR")
        {
            Description = "Data set folders; several are checked as one study",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Verb("check", "Lists every fault of a data set at once.")
        {
            folders,
        };
        command.Details = "Reads every file: unreadable files, grids that differ, unknown label values, missing cases, intensities that "
            + "are no numbers. Exit code 3 where there is any.";
        command.Examples = "smile dataset check Dataset001_Liver Dataset002_Pancreas";
        command.SetAction(parsed => Run(session, parsed.GetRequiredValue(folders)));
        return command;
    }

    private static int Run(Session session, string[] folders)
    {
        var odd = new List<string>();
        DatasetReport report = null!;
        session.Work("checking", 100, work => report = DatasetCheck.Run(folders, new NiftiVolumeReader(odd.Add),
            (done, all) => work.Report(100L * done / all, $"case {done + 1} of {all}"), session.Stop));

        foreach (string fault in report.Faults)
            session.Out.WriteLine($"fault: {fault}");
        foreach (string note in report.Notes.Concat(odd.Distinct(StringComparer.Ordinal)))
            session.Out.WriteLine($"note: {note}");
        if (report.Dataset is { } dataset)
        {
            var table = new TextTable("organ", "annotated in", "of training cases");
            for (int k = 0; k < dataset.Organs.Count; k++)
            {
                int annotated = dataset.Training.Count(c => (c.Annotated >> k & 1) != 0);
                table.Add(dataset.Organs.Names[k], Invariant.Text(annotated), Invariant.Text(dataset.Training.Count));
            }

            session.Out.Write(table);
            session.Out.WriteLine($"{Words.Count(dataset.Training.Count, "training case", "training cases")} "
                + $"({dataset.Training.Count(c => BitOperations.PopCount(c.Annotated) < dataset.Organs.Count)} partly annotated), "
                + $"{Words.Count(dataset.Test.Count, "test case", "test cases")}");
        }

        session.Out.WriteLine(report.Faults.Count == 0 ? "No fault." : $"{Words.Count(report.Faults.Count, "fault", "faults")}.");
        return report.Faults.Count == 0 ? ExitCodes.Done : ExitCodes.BadData;
    }
}
