using System.CommandLine;
using System.Globalization;
using Smile.Host.Cli;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile dataset drop</c>: takes annotations away, at random as the paper's study does, or for a reason.</summary>
internal static class DatasetDropCommand
{
    private const string Kept = "kept", Lost = "lost";

    /// <summary>What is asked for.</summary>
    private sealed record Request(string Folder, double Alpha, ulong Seed, string Mode, int Sites, string Enlarged, LastAnnotation Last,
        bool Force);

    public static Command Create(Session session)
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "Data set folder; label maps stay as they are, annotations.json is written",
        };
        var alpha = Required<double>("--alpha", "A", "Share of the (case, organ) annotations to drop, 0 to 1; "
            + "of --mode per-site, the share of the sites");
        var mode = Default("--mode", "MODE", "Why annotations are missing: random, per-site or per-pathology", DropModes.Random);
        mode.AcceptOnlyFromAmong([.. DropModes.All]);
        var sites = Default("--sites", "N", "Of --mode per-site: groups that the cases are divided into by seed and name", 6);
        var enlarged = Default("--enlarged", "FATE",
            "Of --mode per-pathology: what becomes of the annotations of enlarged organs, kept or lost", Kept);
        enlarged.AcceptOnlyFromAmong(Kept, Lost);
        var seed = Default("--seed", "N", "Which ones are dropped; what is missing at one alpha is missing at any higher one", 0UL);
        var keepOne = Flag("--keep-one", "Leave each organ annotated in one case at least");
        var force = Flag("--force", "Replace an annotations.json that is there, dropping from what it says is annotated");
        var command = new Verb("drop", "Marks a share of the annotations as missing.")
        {
            folder, alpha, seed, mode, sites, enlarged, keepOne, force,
        };
        command.Details = "Writes annotations.json. Label maps are not touched; test cases keep all. random: each organ annotation of each "
            + "training case counts as missing with probability alpha (the paper's section 3). per-site: the cases fall into --sites "
            + "groups, and the share alpha of the groups keeps one organ alone, as when data sets of single organs are joined. "
            + "per-pathology: an organ was drawn where it was the reason for the scan; of each organ the share alpha of the cases with the "
            + "smallest volume (ml) loses the annotation, enlarged organs keep it; --enlarged lost takes it from the largest first, as in "
            + "a collection of healthy subjects.";
        command.Examples = """
            smile dataset drop phantoms --alpha 0.7 --seed 1
            smile dataset drop phantoms --alpha 1 --mode per-site --sites 3      three data sets of one organ each
            smile dataset drop phantoms --alpha 0.7 --mode per-pathology         only enlarged organs were drawn
            """;
        command.SetAction(parsed => Run(session, new Request(
            parsed.GetRequiredValue(folder), parsed.GetValue(alpha), parsed.GetValue(seed), parsed.GetRequiredValue(mode),
            parsed.GetValue(sites),
            parsed.GetRequiredValue(enlarged), parsed.GetValue(keepOne) ? LastAnnotation.Retained : LastAnnotation.Dropped,
            parsed.GetValue(force))));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        string path = Path.Combine(request.Folder, AnnotationFile.FileName);
        if (File.Exists(path) && !request.Force)
            throw new ConfigException($"{path}: exists. Delete it to start from full annotation, or give --force to drop further from "
                + "what it says.");
        var dataset = Dataset.Open([request.Folder], new NiftiVolumeReader(session.Note));
        var (cases, organs) = (dataset.Training, dataset.Organs);
        if (cases.Any(c => c.Pseudo is not null))
            throw new ConfigException($"{request.Folder}: is a relabelled data set, whose pseudo labels belong to its annotations. Drop "
                + "annotations of the data set that it was made from.");
        double[][]? volumes = request.Mode == DropModes.PerPathology ? Volumes(session, dataset) : null;
        double[][] numbers = request.Mode switch
        {
            DropModes.PerSite => DropNumbers.PerSite(cases, organs, request.Seed, request.Sites),
            DropModes.PerPathology => DropNumbers.PerPathology(cases, organs, request.Seed, volumes!, request.Enlarged == Lost),
            _ => DropNumbers.Random(cases, organs, request.Seed),
        };
        var dropped = AnnotationDrop.Drop(cases, organs, request.Alpha, numbers, request.Last);
        AnnotationFile.Write(path, organs, dropped.Concat(dataset.Test));

        int before = cases.Sum(c => c.Annotated.Count);
        int after = dropped.Sum(c => c.Annotated.Count);
        var table = new TextTable(volumes is null
            ? ["organ", "annotated in", "before"]
            : ["organ", "annotated in", "before", "their ml", "ml before"]);
        for (int k = 0; k < organs.Count; k++)
            table.Add([organs.Names[k], Count(dropped, k), Count(cases, k),
                .. volumes is null ? [] : new[] { Range(dropped, volumes, k), Range(cases, volumes, k) }]);
        session.Out.Write(table);
        if (request.Mode == DropModes.PerSite)
            session.Out.Write(Sites(dropped, organs, request));
        session.Out.WriteLine($"{path}: {after} of {before} annotations left");
        return ExitCodes.Done;
    }

    /// <summary>Drops at random and writes.</summary>
    internal static void Write(string path, Dataset dataset, double alpha, ulong seed, LastAnnotation last) =>
        AnnotationFile.Write(path, dataset.Organs,
        AnnotationDrop.Drop(dataset.Training, dataset.Organs, alpha, seed, last).Concat(dataset.Test));

    /// <summary>Of each training case the organs' volumes, mm^3; label maps alone are read.</summary>
    private static double[][] Volumes(Session session, Dataset dataset)
    {
        var reader = new NiftiVolumeReader(session.Note);
        var volumes = new double[dataset.Training.Count][];
        session.Work("measuring organs", volumes.Length, work =>
        {
            for (int i = 0; i < volumes.Length; i++)
            {
                session.Stop.ThrowIfCancellationRequested();
                Case each = dataset.Training[i];
                LabelMap labels = LabelMaps.Read(each.LabelPath!, each.Mapping, reader);
                volumes[i] = DropNumbers.Volumes(labels, dataset.Organs.Count);
                work.Report(i + 1);
            }
        });
        return volumes;
    }

    private static TextTable Sites(IReadOnlyList<Case> cases, OrganSet organs, Request request)
    {
        var table = new TextTable("site", "cases", "annotated");
        foreach (var site in cases.GroupBy(c => DropNumbers.SiteOf(c, request.Seed, request.Sites)).OrderBy(site => site.Key))
            table.Add(Invariant.Text(site.Key + 1), Invariant.Text(site.Count()),
                string.Join(", ", organs.NamesOf(site.Aggregate(default(OrganBits), (bits, c) => bits | c.Annotated))));
        return table;
    }

    /// <summary>"24 - 310": least and largest volume of the organ where it is annotated.</summary>
    private static string Range(IReadOnlyList<Case> cases, double[][] volumes, int organ)
    {
        double[] ml = [.. cases.Index().Where(c => c.Item.Annotated.Has(organ)).Select(c => volumes[c.Index][organ] / 1000)];
        return ml.Length == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{ml.Min():0} - {ml.Max():0}");
    }

    private static string Count(IReadOnlyList<Case> cases, int organ) => Invariant.Text(cases.Count(c => c.Annotated.Has(organ)));
}
