using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using static Smile.Host.Commands.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile dataset drop</c>: takes annotations away at random, as the paper's study does.</summary>
internal static class DatasetDropCommand
{
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "Data set folder; label maps stay as they are, annotations.json is written",
        };
        var alpha = Required<double>("--alpha", "A", "Share of the (case, organ) annotations to drop, 0 to 1");
        var seed = Default("--seed", "N", "Which ones are dropped; what is missing at one alpha is missing at any higher one", 0UL);
        var keepOne = Flag("--keep-one", "Leave each organ annotated in one case at least");
        var force = Flag("--force", "Replace an annotations.json that is there, dropping from what it says is annotated");
        var command = new Verb("drop", "Marks a random share of the annotations as missing.")
        {
            folder, alpha, seed, keepOne, force,
        };
        command.Details = "Writes annotations.json, so that each organ annotation of each training case counts as missing with "
            + "probability alpha (the paper's section 3). Label maps are not touched; test cases keep all.";
        command.Examples = "smile dataset drop phantoms --alpha 0.7 --seed 1";
        command.SetAction(parsed => Run(session, parsed.GetRequiredValue(folder), parsed.GetValue(alpha), parsed.GetValue(seed),
            parsed.GetValue(keepOne), parsed.GetValue(force)));
        return command;
    }

    private static int Run(Session session, string folder, double alpha, ulong seed, bool keepOne, bool force)
    {
        string path = Path.Combine(folder, AnnotationFile.FileName);
        if (File.Exists(path) && !force)
            throw new ConfigException($"{path}: exists. Delete it to start from full annotation, or give --force to drop further from "
                + "what it says.");
        var dataset = Dataset.Open([folder], new NiftiVolumeReader(session.Note));
        var dropped = Write(path, dataset, alpha, seed, keepOne);

        int before = dataset.Training.Sum(c => BitOperations.PopCount(c.Annotated));
        int after = dropped.Sum(c => BitOperations.PopCount(c.Annotated));
        var table = new TextTable("organ", "annotated in", "before");
        for (int k = 0; k < dataset.Organs.Count; k++)
            table.Add(dataset.Organs.Names[k], Count(dropped, k), Count(dataset.Training, k));
        session.Out.Write(table);
        session.Out.WriteLine($"{path}: {after} of {before} annotations left");
        return ExitCodes.Done;
    }

    /// <summary>Drops and writes; returns the training cases with what is left annotated.</summary>
    internal static IReadOnlyList<Case> Write(string path, Dataset dataset, double alpha, ulong seed, bool keepOne)
    {
        var dropped = AnnotationDrop.Drop(dataset.Training, dataset.Organs, alpha, seed, keepOne);
        AnnotationFile.Write(path, dataset.Organs, dropped.Concat(dataset.Test));
        return dropped;
    }

    private static string Count(IReadOnlyList<Case> cases, int organ) =>
        cases.Count(c => (c.Annotated >> organ & 1) != 0).ToString(CultureInfo.InvariantCulture);
}
