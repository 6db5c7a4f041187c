using System.CommandLine;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;

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
        var spacing = CommonOptions.Default("--spacing", "SPACING",
            "The data.spacing that training will have: auto, native, or \"y,x\" in mm", Spacings.Auto);
        var command = new Verb("check", "Lists every fault of a data set at once.")
        {
            folders, spacing,
        };
        command.Details = "Reads every file: unreadable files, grids that differ, unknown label values, missing cases, intensities that "
            + "are no numbers. Exit code 3 where there is any. Shows sizes, spacings and Hounsfield units of the images, and the "
            + "memory that training on them takes; with --spacing native, mixed spacings and numbers that cannot be Hounsfield units "
            + "are faults.";
        command.Examples = "smile dataset check Dataset001_Liver Dataset002_Pancreas";
        command.SetAction(parsed => Run(session, parsed.GetRequiredValue(folders), parsed.GetRequiredValue(spacing)));
        return command;
    }

    private static int Run(Session session, string[] folders, string spacing)
    {
        Spacings.Parse(spacing, "--spacing");
        var odd = new List<string>();
        DatasetReport report = null!;
        session.Work("checking", 100, work => report = DatasetCheck.Run(folders, new NiftiVolumeReader(odd.Add),
            (done, all) => work.Report(100L * done / all, $"case {done + 1} of {all}"), spacing == Spacings.Native,
            session.Stop));

        foreach (string fault in report.Faults)
            session.Out.WriteLine($"fault: {fault}");
        foreach (string note in report.Notes.Concat(odd.Distinct(StringComparer.Ordinal)))
            session.Out.WriteLine($"note: {note}");
        if (report.Dataset is { } dataset)
        {
            var table = new TextTable("organ", "annotated in", "of training cases");
            for (int k = 0; k < dataset.Organs.Count; k++)
            {
                int annotated = dataset.Training.Count(c => c.Annotated.Has(k));
                table.Add(dataset.Organs.Names[k], Invariant.Text(annotated), Invariant.Text(dataset.Training.Count));
            }

            session.Out.Write(table);
            session.Out.WriteLine($"{Words.Count(dataset.Training.Count, "training case", "training cases")} "
                + $"({dataset.Training.Count(c => c.Annotated.Count < dataset.Organs.Count)} partly annotated), "
                + $"{Words.Count(dataset.Test.Count, "test case", "test cases")}");
        }

        if (report.Groups.Count > 0)
            session.Out.Write(Fingerprint.Table(report.Groups));
        if (Fingerprint.Memory(report.Groups, Plane(report.Groups, spacing)) is { } memory)
            session.Out.WriteLine(memory);
        session.Out.WriteLine(report.Faults.Count == 0 ? "No fault." : $"{Words.Count(report.Faults.Count, "fault", "faults")}.");
        return report.Faults.Count == 0 ? ExitCodes.Done : ExitCodes.BadData;
    }

    /// <summary>What a setting means for the training cases that were found.</summary>
    private static PlaneSpacing? Plane(IEnumerable<GroupFingerprint> groups, string spacing)
    {
        Geometry[] training = [.. groups.Where(group => group.IsTraining).SelectMany(group => group.Cases).Select(each => each.Grid)];
        return spacing == Spacings.Auto && training.Length > 0 ? PlaneSpacing.Median(training) : Spacings.Parse(spacing, "--spacing");
    }
}
