using System.CommandLine;
using System.Globalization;
using Smile.Host.Imaging.Nifti;
using Smile.Kernels;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Training;
using Smile.Net.Weights;
using static Smile.Host.Commands.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile predict</c>: volumes in, label maps out, on the same grid.</summary>
internal static class PredictCommand
{
    /// <summary>What is asked for.</summary>
    private sealed record Request(string Input, string Output, string? Model, bool Probabilities, string Device, int Threads);

    /// <summary>One volume and where its label map goes.</summary>
    private readonly record struct Job(string Image, string Labels);

    public static Command Create(Session session)
    {
        var input = Required<string>("--input -i", "PATH", "A CT volume in HU (.nii, .nii.gz, .hdr), or a folder of them");
        var output = Required<string>("--output -o", "PATH", "The label map to write (.nii, .nii.gz), or a folder where the input is one");
        var probabilities = Flag("--probabilities", "Also write each organ's probability, 0 to 1, as NAME_ORGAN.nii.gz (float32; large)");
        var model = Model();
        var device = Device();
        var threads = Threads();
        var command = new Verb("predict", "Segments CT volumes; the label map lies on the input's grid.")
        {
            input, output, model, probabilities, device, threads,
        };
        command.Details = "It has the input's exact grid, axis order and header geometry; 0 is background, labels.json beside it names "
            + "the rest. Not a medical device.";
        command.Examples = """
            smile predict -i ct.nii.gz -o organs.nii.gz                     with the phantom model shipped with Smile
            smile predict -i Dataset001/imagesTs -o predicted -m runs/smiler
            """;
        command.SetAction(parsed => Run(session, new Request(
            parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(model), parsed.GetValue(probabilities),
            parsed.GetRequiredValue(device), parsed.GetValue(threads))));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        bool many = Directory.Exists(request.Input);
        var jobs = many ? Jobs(request.Input, request.Output) : [new Job(request.Input, LabelPath(request.Output))];
        string path = ModelLocator.Find(request.Model);
        using var predictor = Predictor.Load(path, out Checkpoint model, () => Backends.Open(request.Device, request.Threads));
        session.Note($"model {path}: {string.Join(", ", model.Organs)}");
        LabelFiles.MakeFolder(many ? request.Output : Path.GetDirectoryName(Path.GetFullPath(request.Output))!);
        string names = many ? Path.Combine(request.Output, LabelFiles.NamesFile) : LabelFiles.NamesFileOf(request.Output);
        LabelFiles.WriteNames(names, model.Organs);

        var volumes = new TextTable(["label map", .. model.Organs.Select((organ, k) => $"{k + 1} {organ} (ml)")]);
        var failures = new List<string>();
        session.Work("predicting", jobs.Count, work =>
        {
            for (int i = 0; i < jobs.Count; i++)
            {
                try
                {
                    volumes.Add(Predict(jobs[i], predictor, model.Organs, request.Probabilities, session.Stop));
                }
                catch (DataException e) when (many)
                {
                    failures.Add(e.Message);
                    work.Message($"failed: {e.Message}");
                }

                work.Report(i + 1, Path.GetFileName(jobs[i].Image));
            }
        });
        session.Out.Write(volumes);
        return PartialResult.Conclude(session, jobs.Count, failures);
    }

    /// <summary>Predicts and writes one volume; returns the table's row: the file, and each organ's volume in ml.</summary>
    private static string[] Predict(Job job, Predictor predictor, IReadOnlyList<string> organs, bool probabilities, CancellationToken stop)
    {
        var (volume, source) = NiftiReader.ReadVolume(job.Image);
        var prediction = predictor.Predict(volume, probabilities, cancel: stop);
        for (int k = 0; probabilities && k < organs.Count; k++)
        {
            string name = $"{LabelFiles.Stem(job.Labels)}_{organs[k].Replace(' ', '_')}.nii.gz";
            string path = Path.Combine(Path.GetDirectoryName(job.Labels) ?? "", name);
            NiftiWriter.Write(path, new Volume(volume.Geometry, prediction.Probabilities![k]), source);
        }

        NiftiWriter.Write(job.Labels, new LabelMap(volume.Geometry, prediction.Labels), source);
        var (dz, dy, dx) = volume.Geometry.Spacing;
        return [job.Labels, .. Enumerable.Range(1, organs.Count).Select(label =>
            (prediction.Labels.Count(voxel => voxel == label) * dz * dy * dx / 1000).ToString("0.0", CultureInfo.InvariantCulture))];
    }

    /// <summary>Every volume of a folder; nnU-Net's channel number _0000 is no part of a case's name.</summary>
    private static List<Job> Jobs(string input, string output)
    {
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
            throw new ConfigException($"--output {output} is the input's folder: label maps would mix with images. Name another folder.");
        var jobs = LabelFiles.Volumes(input).Select(f => new Job(f, Path.Combine(output, CaseName(f) + ".nii.gz"))).ToList();
        if (jobs.GroupBy(job => job.Labels, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new DataException($"{string.Join(" and ", twice.Select(job => job.Image))}: both would be written to {twice.Key}. "
                + "Rename one.");
        return jobs;
    }

    private static string CaseName(string path)
    {
        string stem = LabelFiles.Stem(path);
        return stem.EndsWith("_0000", StringComparison.Ordinal) ? stem[..^5] : stem;
    }

    private static string LabelPath(string output) =>
        output.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase) || output.EndsWith(".nii", StringComparison.OrdinalIgnoreCase)
        ? output
        : throw new ConfigException($"--output {output}: a label map is written as .nii or .nii.gz. Give the file one of these endings.");
}
