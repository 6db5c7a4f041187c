using System.CommandLine;
using System.Globalization;
using Smile.Host.Imaging.Dicom;
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
    private sealed record Request(
        string Input, string Output, string? Series, string? Model, bool Probabilities, string Device, int Threads);

    public static Command Create(Session session)
    {
        var input = Required<string>("--input -i", "PATH", "A CT volume in HU (.nii, .nii.gz, .hdr), a folder of them, or a DICOM "
            + "series: its folder, or one file of it");
        var output = Required<string>("--output -o", "PATH", "The label map to write (.nii, .nii.gz), or a folder where the input is one");
        var series = Optional<string>("--series", "UID", "The Series Instance UID to take, where a folder holds several DICOM series");
        var probabilities = Flag("--probabilities", "Also write each organ's probability, 0 to 1, as NAME_ORGAN.nii.gz (float32; large)");
        var model = Model();
        var device = Device();
        var threads = Threads();
        var command = new Verb("predict", "Segments CT volumes; the label map lies on the input's grid.")
        {
            input, output, series, model, probabilities, device, threads,
        };
        command.Details = "It has the input's exact grid, axis order and header geometry (of a DICOM series: its grid, axes turned to "
            + "RAS+); 0 is background, labels.json beside it names the rest. Not a medical device.";
        command.Examples = """
            smile predict -i ct.nii.gz -o organs.nii.gz                     with the phantom model shipped with Smile
            smile predict -i Dataset001/imagesTs -o predicted -m runs/smiler
            smile predict -i series -o organs.nii.gz                        a folder with a DICOM series
            """;
        command.SetAction(parsed => Run(session, new Request(
            parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(series), parsed.GetValue(model),
            parsed.GetValue(probabilities), parsed.GetRequiredValue(device), parsed.GetValue(threads))));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        PredictionJob? series = PredictionJob.OfSeries(request.Input, request.Output, request.Series, session.Note);
        if (series is null && request.Series is not null)
            throw new ConfigException($"--series {request.Series}: {request.Input} is no DICOM. Leave the option out.");
        bool many = series is null && Directory.Exists(request.Input);
        IReadOnlyList<PredictionJob> jobs = many ? PredictionJob.OfFolder(request.Input, request.Output)
            : [series ?? new PredictionJob(request.Input, request.Output)];
        if (!many)
            CheckEnding(request.Output);
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
    private static string[] Predict(PredictionJob job, Predictor predictor, IReadOnlyList<string> organs, bool probabilities, CancellationToken stop)
    {
        (Volume volume, NiftiSource? source) = job.Stack is { } stack ? (DicomSeries.Read(stack), null) : NiftiReader.ReadVolume(job.Image);
        var prediction = predictor.Predict(volume, probabilities, cancel: stop);
        for (int k = 0; probabilities && k < organs.Count; k++)
        {
            string name = $"{LabelFiles.Stem(job.Output)}_{organs[k].Replace(' ', '_')}.nii.gz";
            string path = Path.Combine(Path.GetDirectoryName(job.Output) ?? "", name);
            NiftiWriter.Write(path, new Volume(volume.Geometry, prediction.Probabilities![k]), source);
        }

        NiftiWriter.Write(job.Output, new LabelMap(volume.Geometry, prediction.Labels), source);
        var (dz, dy, dx) = volume.Geometry.Spacing;
        return [job.Output, .. Enumerable.Range(1, organs.Count).Select(label =>
            (prediction.Labels.Count(voxel => voxel == label) * dz * dy * dx / 1000).ToString("0.0", CultureInfo.InvariantCulture))];
    }

    private static void CheckEnding(string output)
    {
        if (!output.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase) && !output.EndsWith(".nii", StringComparison.OrdinalIgnoreCase))
            throw new ConfigException($"--output {output}: a label map is written as .nii or .nii.gz. Give the file one of these endings.");
    }
}
