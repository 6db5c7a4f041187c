using System.CommandLine;
using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Reports;
using Smile.Host.Runs;
using Smile.Kernels.Backend;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile relabel</c>: one SMILEr round by itself; rounds shown and taken back.</summary>
internal static class RelabelCommand
{
    /// <summary>What is asked for.</summary>
    private sealed record Request(
        string[] Folders, string Output, string? Model, double Gamma, RelabelSettings Rule, bool Report, string? AsDataset, string Device,
        int Threads, string Precision);

    public static Command Create(Session session)
    {
        var data = Data(required: false);
        var output = Required<string>("--output -o", "FOLDER", "Folder for the relabelled maps; a further round into it is its next one");
        var gamma = Default("--gamma", "G", "Share of the candidates that get a label, the highest scores first, 0 to 1", 0.66);
        var select = Default("--select", "RULE", "How the candidates to take are chosen: score (the paper), flips, confidence, prior, "
            + "volume",
            Selections.Score);
        select.AcceptOnlyFromAmong([.. Selections.All]);
        var report = Flag("--report", "Write report.html and pictures/: slices with the annotation, the proposals, "
            + "and the hidden truth where there is one");
        var undo = Optional<int?>("--undo", "T", "Go back to the labels as they were before round T, "
            + "in a folder of relabelled maps or of a SMILEr run");
        var ledger = Flag("--ledger", "Show where each case's label of each organ comes from, "
            + "in a folder of relabelled maps or of a SMILEr run");
        var asDataset = Optional<string>("--as-dataset", "FOLDER", "Write a data set that can be trained on elsewhere, too: unknown "
            + "voxels carry nnU-Net's ignore label; of a SMILEr run in --output, what it learns from since its latest round");
        var perSlice = Flag("--per-slice", "Rank the candidates of each slice apart, not the volume's");
        var model = Model();
        var device = Device();
        var threads = Threads();
        var precision = Precision();
        var command = new Verb("relabel", "Completes missing annotations with a trained model: one SMILEr round.")
        {
            data, output, model, gamma, select, perSlice, report, asDataset, undo, ledger, device, threads, precision,
        };
        command.Details = "Labels the organs that were not annotated in the training cases and writes the completed label maps. Where the "
            + "label maps hold the hidden truth, precision and recall are shown. ledger.jsonl says where each label comes from; rounds/tN "
            + "keeps each round's maps, so that --undo can go back. A case that cannot be read is told at the end, the others are "
            + "relabelled (exit code 5).";
        command.Examples = """
            smile relabel --data Dataset001 -o relabelled -m runs/smile --gamma 0.5 --report
            smile relabel -o relabelled --ledger             where each label comes from
            smile relabel -o runs/first --undo 2             the run as it was before its second round
            smile relabel -o runs/first --as-dataset Dataset002_Relabelled        for nnU-Net, and for Smile elsewhere
            """;
        command.SetAction(parsed =>
        {
            string folder = parsed.GetRequiredValue(output);
            if (parsed.GetValue(undo) is { } round)
                return RelabelHistory.Undo(session, folder, round);
            if (parsed.GetValue(ledger))
                return RelabelHistory.Show(session, folder);
            if (parsed.GetValue(asDataset) is { } target && RelabelledFolder.IsRun(folder))
                return RelabelExport.Write(session, folder, parsed.GetRequiredValue(data), target);
            return Run(session, new Request(
                parsed.GetRequiredValue(data), folder, parsed.GetValue(model), parsed.GetValue(gamma),
                new RelabelSettings { Select = parsed.GetRequiredValue(select), PerSlice = parsed.GetValue(perSlice) },
                parsed.GetValue(report), parsed.GetValue(asDataset),
                parsed.GetRequiredValue(device), parsed.GetValue(threads), parsed.GetRequiredValue(precision)));
        });
        return command;
    }

    private static int Run(Session session, Request request)
    {
        if (!(request.Gamma >= 0 && request.Gamma <= 1))
            throw new ConfigException(string.Create(CultureInfo.InvariantCulture, $"--gamma is {request.Gamma}; it is a share, 0 to 1."));
        request.Rule.Validate();
        if (request.Folders.Length == 0)
            throw new ConfigException("--data is missing: name the data set folders, as in --data Dataset001."
                + (request.AsDataset is null ? "" : " Without it, --as-dataset needs the folder of a SMILEr run in --output."));
        if (request.AsDataset is { } wanted)
            RelabelledDataset.Refuse(wanted);
        var dataset = CaseLoader.OpenForTraining(session, request.Folders);
        if (request.AsDataset is { } copy && dataset.Training.Any(each => dataset.IsStored(each, spacing: null)))
            throw new ConfigException($"--as-dataset {copy}: copies the images of a data set folder, and a store holds them in another "
                + "form. Give --data the folder that it was packed from.");
        var precision = Precisions.Parse(request.Precision, "--precision");
        var open = () => Backends.Open(request.Device, request.Threads, precision);
        string path = ModelLocator.Find(request.Model);
        using var predictor = Checkpoint.LoadPredictor(path, out Checkpoint model, open);
        if (PhantomModel.Warning(path, model, dataset.Training.Select(each => each.ImagePath)) is { } warning)
            session.Error.WriteLine(warning);
        OrganBits notLearnt = dataset.Organs.BitsOf(model.State.NotLearnt);
        if (notLearnt != 0)
        {
            string names = string.Join(", ", dataset.Organs.NamesOf(notLearnt));
            session.Note($"warning: {path} has not learnt {names}: the maps are made without.");
            dataset = dataset.Keeping(dataset.Organs.All & ~notLearnt);
        }

        Demand(path, model, dataset.Organs);
        ModelSpacing.Tell(session, path, model);

        var cases = dataset.Training.Where(c => (dataset.Organs.All & ~c.Annotated) != 0).ToList();
        if (cases.Count == 0)
            throw new DataException($"{string.Join(", ", request.Folders)}: every organ is annotated in every training case; there is "
                + "nothing to relabel.");
        var readable = new ReadableCases(dataset, session.Note);
        var headers = new NiftiVolumeReader();
        foreach (var (_, odd) in readable.Each(cases, c => ModelSpacing.Doubt(c.ImagePath, dataset.Grid(c, headers), model)))
        {
            if (odd is not null)
                session.Note($"warning: {odd}");
        }

        if (request.AsDataset is { } same && Path.GetFullPath(same) == Path.GetFullPath(request.Output))
            throw new ConfigException($"--as-dataset {same}: is --output, which holds the relabelled maps alone. Name another folder.");
        var folder = RelabelledFolder.Open(request.Output, dataset);
        using RelabelledDataset? target = request.AsDataset is null ? null
            : RelabelledDataset.Begin(request.AsDataset, dataset.Organs, dataset.Training);
        var origin = new RoundOrigin(folder.Ledger.LastRound + 1, request.Gamma, request.Rule.Select, WeightsHash.OfFile(path));
        string place = folder.BeginRound();
        var round = new RelabelRound(origin, dataset.Organs, place, new RoundWriter(dataset));
        AnnotatedVolumes drawn = Drawn(session, dataset, readable);
        var added = new List<(string Id, Geometry Geometry, IReadOnlyList<OrganRound> Organs)>();
        var slices = new List<ProposedSlice>();
        var window = (model.Settings.Data.WindowLow, model.Settings.Data.WindowHigh);
        var sources = cases.ToDictionary(c => c.Id, StringComparer.Ordinal);
        using var relabeller = new Relabeller(predictor, model.Settings with { Relabel = request.Rule }, dataset.Organs.Count, open);
        session.Work("relabelling", cases.Count, work => round.Run(
            relabeller,
            readable.Load(dataset.Training).Select(each =>
            {
                work.Report(0, $"learning from {each.Source.Id}");
                return each.Data;
            }),
            readable.Load(cases).Select(each => (each.Data, (OrganRuns?)null)),
            (i, one) =>
            {
                if (request.Report)
                    slices.AddRange(ProposalPage.Slices(one, dataset.Organs.Names, window));
                added.Add((one.Data.Id, one.Data.Geometry, one.Organs));
                target?.Add(sources[one.Data.Id], one.Data, one.Labels.Pseudo);
                work.Report(i + 1, one.Data.Id);
            },
            session.Stop));
        if (added.Count == 0)
        {
            folder.Abandon();
            return PartialResult.Conclude(session, readable.Failures.Count, [.. readable.Failures]);
        }

        if (target is not null)
            AddComplete(session, target, readable, [.. dataset.Training.Where(c => !sources.ContainsKey(c.Id))]);
        var table = new TextTable([.. RoundRow.Header]);
        OrganRound[] sum = OrganRound.Sum([.. added.Select(each => each.Organs)], dataset.Organs.Count);
        RoundRow[] rows = [.. RoundRow.Of(new RoundReport(origin.Number, 0, request.Gamma, sum), dataset.Organs.Names)];
        foreach (var row in rows)
            table.Add(row.Cells);
        string[] excess = [.. RoundWarning.Of(drawn.Exceeded(added, request.Rule.VolumeBound), dataset.Organs.Names)];
        if (request.Report)
            WriteReport(place, $"Relabelled: {Path.GetFileName(Path.GetFullPath(request.Output))}", dataset,
                folder.Ledger.With(round.Entries), rows, slices, excess);
        folder.Take(round.Entries, cases.Where(readable.Failed).Select(c => c.Id));
        target?.Complete(folder.Ledger, GivenSplit.All(dataset));
        session.Out.Write(table);
        foreach (string each in excess)
            session.Note($"warning: {each}");
        session.Out.WriteLine($"{request.Output}: {Words.Count(added.Count, "label map", "label maps")}; "
            + $"candidates chosen by {request.Rule.Select}");
        if (target is not null)
            session.Out.WriteLine($"{request.AsDataset}: "
                + $"{Words.Count(dataset.Training.Count - readable.Failures.Count, "case", "cases")} to train on");
        return PartialResult.Conclude(session, dataset.Training.Count, [.. readable.Failures]);
    }

    /// <summary>Adds the cases in which nothing is missing.</summary>
    private static void AddComplete(Session session, RelabelledDataset target, ReadableCases readable, Case[] cases) =>
        session.Work("writing the other cases", cases.Length, work =>
        {
            foreach (var (i, (source, data)) in readable.Load(cases).Index())
            {
                session.Stop.ThrowIfCancellationRequested();
                target.Add(source, data, pseudo: null);
                work.Report(i + 1, source.Id);
            }
        });

    /// <summary>The volumes that people drew; of files the label maps alone are read.</summary>
    private static AnnotatedVolumes Drawn(Session session, Dataset dataset, ReadableCases readable)
    {
        var drawn = new AnnotatedVolumes(dataset.Organs.Count);
        var reader = new NiftiVolumeReader();
        Case[] cases = [.. dataset.Training.Where(c => c.Annotated != 0)];
        session.Work("measuring annotations", cases.Length, work =>
        {
            foreach (var (i, (source, volumes)) in readable.Each(cases, Volumes).Index())
            {
                session.Stop.ThrowIfCancellationRequested();
                drawn.Add(volumes, source.Annotated);
                work.Report(i + 1, source.Id);
            }
        });
        return drawn;

        double[] Volumes(Case source) => dataset.IsStored(source, spacing: null)
            ? DropNumbers.Volumes(dataset.Load(source), dataset.Organs.Count)
            : DropNumbers.Volumes(LabelMaps.Read(source.LabelPath!, source.Mapping, reader), dataset.Organs.Count);
    }

    private static void WriteReport(
        string place, string title, Dataset dataset, LabelLedger ledger, RoundRow[] rows, List<ProposedSlice> slices, string[] warnings)
    {
        string pictures = Path.Combine(place, RelabelledFolder.Pictures);
        AtomicFile.WriteText(Path.Combine(place, RelabelledFolder.Page),
            ProposalPage.Render(title, dataset.Training.Count, ledger, rows, slices, dataset.Organs.Names, warnings));
        LabelFiles.MakeFolder(pictures);
        string[] organs = LabelFiles.OrganFiles(dataset.Organs.Names);
        foreach (ProposedSlice slice in slices)
        {
            string organ = LabelFiles.Stem(organs[dataset.Organs.IndexOf(slice.Organ)]);
            Picture picture = OutlinePicture.Beside([.. slice.Panels.Select(panel => panel.Picture)], gap: 8);
            string name = string.Create(CultureInfo.InvariantCulture, $"{slice.Case}-{organ}-z{slice.Z}.png");
            AtomicFile.Write(Path.Combine(pictures, name), stream => stream.Write(picture.ToPng()));
        }
    }

    private static void Demand(string path, Checkpoint model, OrganSet organs)
    {
        if (model.Softmax)
            throw new ConfigException($"{path}: is a baseline (softmax) model; relabelling needs one trained with --method smile or "
                + "smiler.");
        if (!model.Organs.SequenceEqual(organs.Names))
            throw new DataException($"{path}: was trained on {string.Join(", ", model.Organs)}; the data set has "
                + $"{string.Join(", ", organs.Names)}. Use a model of these organs in this order.");
    }
}
