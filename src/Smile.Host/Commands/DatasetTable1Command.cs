using System.CommandLine;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Commands;

/// <summary><c>smile dataset table1</c>: the paper's label analysis, measured.</summary>
internal static class DatasetTable1Command
{
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "Data set folder with annotations.json and label maps that hold the hidden truth too",
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
        if (cases.Length == 0)
            throw new DataException($"{folder}: there is no training case to analyse.");
        Table measured = LabelTable.Measure(cases, dataset.Organs);
        var table = new TextTable([.. measured.Header]);
        foreach (string[] row in measured.Rows)
            table.Add(row);
        session.Out.Write(table);
        foreach (OrganLabels organ in LabelAnalysis.Of(cases, dataset.Organs).Where(organ => organ.UnknownCases > 0))
            session.Note($"{organ.Organ}: {Words.Count(organ.UnknownCases, "case", "cases")} without its annotation, and without a voxel "
                + "of it in the label map: what the baseline learns wrongly there is not known (-)");
        return ExitCodes.Done;
    }
}
