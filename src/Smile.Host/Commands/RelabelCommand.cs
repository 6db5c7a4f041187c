using System.CommandLine;
using System.Globalization;
using Smile.Host.Reports;
using Smile.Kernels;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Training;
using Smile.Net.Weights;
using static Smile.Host.Commands.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile relabel</c>: one SMILEr round by itself.</summary>
internal static class RelabelCommand
{
    /// <summary>What is asked for.</summary>
    private sealed record Request(
        string[] Folders, string Output, string? Model, double Gamma, RelabelSettings Rule, string Device, int Threads, string Precision);

    public static Command Create(Session session)
    {
        var data = Data();
        var output = Required<string>("--output -o", "FOLDER", "Folder for the relabelled maps");
        var gamma = Default("--gamma", "G", "Share of the candidates that get a label, the highest scores first, 0 to 1", 0.66);
        var select = Default("--select", "RULE", "How the candidates to take are chosen: score (the paper), flips, confidence, prior", Selections.Score);
        select.AcceptOnlyFromAmong([.. Selections.All]);
        var perSlice = Flag("--per-slice", "Rank the candidates of each slice apart, not the volume's");
        var model = Model();
        var device = Device();
        var threads = Threads();
        var precision = Precision();
        var command = new Verb("relabel", "Completes missing annotations with a trained model: one SMILEr round.")
        {
            data, output, model, gamma, select, perSlice, device, threads, precision,
        };
        command.Details = "Labels the organs that were not annotated in the training cases and writes the completed label maps. Where the "
            + "label maps hold the hidden truth, precision and recall are shown.";
        command.Examples = "smile relabel --data Dataset001 -o relabelled -m runs/smile --gamma 0.5";
        command.SetAction(parsed => Run(session, new Request(
            parsed.GetRequiredValue(data), parsed.GetRequiredValue(output), parsed.GetValue(model), parsed.GetValue(gamma),
            new RelabelSettings { Select = parsed.GetRequiredValue(select), PerSlice = parsed.GetValue(perSlice) },
            parsed.GetRequiredValue(device), parsed.GetValue(threads), parsed.GetRequiredValue(precision))));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        if (!(request.Gamma >= 0 && request.Gamma <= 1))
            throw new ConfigException(string.Create(CultureInfo.InvariantCulture, $"--gamma is {request.Gamma}; it is a share, 0 to 1."));
        request.Rule.Validate();
        var dataset = CaseLoader.Open(session, request.Folders);
        var precision = Precisions.Parse(request.Precision, "--precision");
        var open = () => Backends.Open(request.Device, request.Threads, precision);
        string path = ModelLocator.Find(request.Model);
        using var predictor = Predictor.Load(path, out Checkpoint model, open);
        Demand(path, model, dataset.Organs);

        var cases = dataset.Training.Where(c => (dataset.Organs.All & ~c.Annotated) != 0).ToList();
        if (cases.Count == 0)
            throw new DataException($"{string.Join(", ", request.Folders)}: every organ is annotated in every training case; there is "
                + "nothing to relabel.");
        LabelFiles.MakeFolder(request.Output);
        var writer = new RoundWriter(dataset.Training, dataset.Organs.Names);
        var totals = new OrganRound[dataset.Organs.Count];
        Array.Fill(totals, new OrganRound(0, 0, 0, 0, 0, 0));
        using var relabeller = new Relabeller(predictor, model.Settings with { Relabel = request.Rule }, dataset.Organs.Count, open);
        session.Work("relabelling", cases.Count, work =>
        {
            relabeller.Learn(dataset.Training.Select(c =>
            {
                work.Report(0, $"learning from {c.Id}");
                return dataset.Load(c);
            }), session.Stop);
            for (int i = 0; i < cases.Count; i++)
            {
                var data = dataset.Load(cases[i]);
                var (labels, organs) = relabeller.Relabel(data, request.Gamma, earlier: null, session.Stop);
                writer.Write(request.Output, data, labels.Labels);
                totals = [.. totals.Zip(organs, (total, one) => total.Plus(one))];
                work.Report(i + 1, data.Id);
            }
        });
        var table = new TextTable([.. RoundRow.Header]);
        foreach (var row in RoundRow.Of(new RoundReport(1, 0, request.Gamma, totals), dataset.Organs.Names))
            table.Add(row.Cells);
        session.Out.Write(table);
        session.Out.WriteLine($"{request.Output}: {cases.Count} label maps; candidates chosen by {request.Rule.Select}");
        return ExitCodes.Done;
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
