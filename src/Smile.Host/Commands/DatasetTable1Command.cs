using System.CommandLine;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net;

namespace Smile.Host.Commands;

/// <summary><c>smile dataset table1</c>: the paper's label analysis, measured.</summary>
internal static class DatasetTable1Command
{
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "Data set folder with annotations.json and label maps that hold the full truth",
        };
        var command = new Verb("table1", "Measures the right and wrong labels that training uses.")
        {
            folder,
        };
        command.Details = "The paper's table 1, for the baseline and for SMILE, in percent of all voxels of the training cases.";
        command.Examples = """
            smile dataset drop phantoms --alpha 0.7
            smile dataset table1 phantoms
            """;
        command.SetAction(parsed => Run(session, parsed.GetRequiredValue(folder)));
        return command;
    }

    private static int Run(Session session, string folder)
    {
        var dataset = CaseLoader.Open(session, [folder]);
        var cases = CaseLoader.Load(session, dataset, dataset.Training, "loading");
        var measured = LabelTable.Measure(cases, dataset.Organs)
            ?? throw new DataException($"{folder}: there is no training case, or a label map does not hold the truth of every organ; the "
                + "analysis needs both.");
        var table = new TextTable([.. measured.Header]);
        foreach (string[] row in measured.Rows)
            table.Add(row);
        session.Out.Write(table);
        return ExitCodes.Done;
    }
}
