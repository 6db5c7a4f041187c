using System.CommandLine;
using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;
using Smile.Net.Store;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile dataset pack</c>: a data set as a store, which training reads slice by slice.</summary>
internal static class DatasetPackCommand
{
    public static Command Create(Session session)
    {
        var folders = new Argument<string[]>("DIR")
        {
            Description = "Data set folders in nnU-Net's or MSD's layout; several are joined as --data joins them",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = Required<string>("--output -o", "STORE", "The store to write, or to go on with");
        var spacing = Default("--spacing", "SPACING", "mm that training cases are also resampled to, as data.spacing has it: auto, "
            + "native (none), or Y,X", Spacings.Native);
        var command = new Verb("pack", "Packs a data set for 'smile train', which then holds labels in memory and reads images slice by "
            + "slice.")
        {
            folders, output, spacing,
        };
        command.Details = "One file a case, losslessly compressed slice by slice; 'smile train --data STORE' learns the same weights from "
            + "it as from the data set. A packing that was interrupted, or after which cases have changed, goes on with the same command. "
            + "Test cases without a label map are left out.";
        command.Examples = """
            smile dataset pack Dataset001 --output stores/abdomen
            smile dataset pack Liver Pancreas --output stores/both --spacing 1.5,1.5
            smile train --data stores/abdomen --output runs/first
            """;
        command.SetAction(parsed => Run(session, parsed.GetRequiredValue(folders), parsed.GetRequiredValue(output),
            parsed.GetRequiredValue(spacing)));
        return command;
    }

    private static int Run(Session session, string[] folders, string output, string spacing)
    {
        PlaneSpacing? plane = Spacings.Parse(spacing, "--spacing");
        Dataset dataset = CaseLoader.Open(session, folders);
        if (dataset.Training.Count == 0)
            throw new DataException($"{string.Join(", ", folders)}: no training case. Name a folder with imagesTr and labelsTr.");
        if (spacing == Spacings.Auto)
            plane = PlaneSpacing.Median(CaseLoader.Grids(dataset, dataset.Training));
        Case[] cases = [.. dataset.Training, .. dataset.Test.Where(each => each.LabelPath is not null)];
        IReadOnlyList<Split> splits = GivenSplit.Joined(dataset);
        var packer = new StorePacker(dataset, folders, output, plane);
        packer.Begin();
        var failures = new List<string>();
        session.Work("packing", cases.Length, work =>
        {
            for (int i = 0; i < cases.Length; i++)
            {
                session.Stop.ThrowIfCancellationRequested();
                try
                {
                    packer.Add(cases[i], training: i < dataset.Training.Count);
                }
                catch (Exception e) when (PartialResult.OfCase(e))
                {
                    failures.Add(PartialResult.Line(cases[i].ImagePath, e));
                    work.Message($"failed: {failures[^1]}");
                }

                work.Report(i + 1, cases[i].Id);
            }
        });
        if (failures.Count < cases.Length)
        {
            packer.Complete(failures.Count == 0 ? splits : Without(splits, packer.Ids));
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{output}: {Words.Count(cases.Length - failures.Count, "case", "cases")} in {CaseMemory.Text(packer.Bytes)}, "
                    + $"{packer.Bytes / (double)packer.ImageBytes:F3} of what the images take in memory; ")
                + $"{Words.Of(packer.Packed, packer.Files, "file", "files")} packed now");
        }

        return PartialResult.Conclude(session, cases.Length, failures);
    }

    /// <summary>The divisions without the cases that could not be packed.</summary>
    private static Split[] Without(IEnumerable<Split> splits, IReadOnlySet<string> ids) =>
        [.. splits.Select(split => new Split([.. split.Train.Where(ids.Contains)], [.. split.Validation.Where(ids.Contains)]))];
}
