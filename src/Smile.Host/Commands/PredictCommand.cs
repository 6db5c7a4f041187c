using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Kernels.Backend;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Prediction;
using Smile.Net.Runs;
using Smile.Net.Settings;
using static Smile.Host.Cases.SeriesOptions;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile predict</c>: volumes in, label maps out, on the same grid.</summary>
internal static class PredictCommand
{
    /// <summary>What is asked for.</summary>
    private sealed record Request(
        string Input, string Output, string? Series, PredictionFormat Format, string? Model, bool Probabilities, string Device, int Threads,
        string Precision, SeriesRemedies Remedies, bool Augmented, LabelCleaning Cleaning, string? Manifest, string Threshold);

    public static Command Create(Session session)
    {
        var input = Required<string>("--input -i", "PATH", "A CT volume in HU (.nii, .nii.gz, .hdr), a folder of them, or a DICOM "
            + "series: its folder, or one file of it");
        var output = Required<string>("--output -o", "PATH", "The file to write (.nii, .nii.gz; .dcm for a SEG or RTSTRUCT), "
            + "or a folder where the input is one and for masks");
        var series = Optional<string>("--series", "UID", "The Series Instance UID to take, where a folder holds several DICOM series");
        var format = Default<string>("--format", "FORMAT",
            "nifti: a label map; masks: a folder with a mask for each organ; seg and rtstruct: of a "
            + "DICOM series, a DICOM SEG or RTSTRUCT (.dcm) with a segment or region for each organ, "
            + "and with the series' patient and study", PredictionFormat.LabelMap.Name);
        format.AcceptOnlyFromAmong([.. PredictionFormat.All.Select(one => one.Name)]);
        var probabilities = Flag("--probabilities", "Also write each organ's probability, 0 to 1, as NAME_ORGAN.nii.gz (float32; large)");
        var augmented = Flag("--tta", "Test-time augmentation: average passes over each slice as it is and moved, and mirrored where "
            + "the model learnt from mirrored slices; takes as many times longer");
        var threshold = Threshold();
        var largest = Flag("--keep-largest", "Keep the largest piece of each organ; what else is removed is told");
        var holes = Flag("--fill-holes", "Fill background that one organ encloses; what is filled is told");
        var manifest = Optional<string>("--manifest", "FILE.json", "Also write by what was predicted (model, hash, settings, device), and "
            + "for each case its organs' volumes and what was warned of");
        var gaps = Flag("--accept-gaps", "Interpolate the missing slices of a DICOM series");
        var resample = Flag("--resample", "Resample a DICOM series of a tilted gantry to an upright grid; "
            + "a SEG or RTSTRUCT lies on the series' own slices again");
        var choose = Choose();
        var model = Model();
        var device = Device();
        var threads = Threads();
        var precision = CommonOptions.Precision();
        var command = new Verb("predict", "Segments CT volumes; the label map lies on the input's grid.")
        {
            input, output, series, format, gaps, resample, choose, model, probabilities, augmented, threshold, largest, holes,
            manifest, device, threads, precision,
        };
        command.Details = "It has the input's exact grid, axis order and header geometry (of a DICOM series: its grid, axes turned to "
            + "RAS+); 0 is background, labels.json beside it names the rest. --keep-largest and --fill-holes change the labels, not "
            + "the probabilities. Not a medical device.";
        command.Examples = """
            smile predict -i ct.nii.gz -o organs.nii.gz                     with the phantom model shipped with Smile
            smile predict -i Dataset001/imagesTs -o predicted -m runs/smiler
            smile predict -i series -o organs.dcm --format seg              a folder with a DICOM series
            smile predict -i ct.nii.gz -o segmentations --format masks      segmentations/liver.nii.gz and so on
            """;
        command.SetAction(parsed => Run(session, new Request(
            parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(series),
            PredictionFormat.All.Single(one => one.Name == parsed.GetRequiredValue(format)), parsed.GetValue(model),
            parsed.GetValue(probabilities), parsed.GetRequiredValue(device),
            parsed.GetValue(threads), parsed.GetRequiredValue(precision),
            new SeriesRemedies(parsed.GetValue(gaps), parsed.GetValue(resample), Choices(parsed.GetValue(choose))),
            parsed.GetValue(augmented), new LabelCleaning(parsed.GetValue(largest), parsed.GetValue(holes)), parsed.GetValue(manifest),
            parsed.GetRequiredValue(threshold))));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        if (!File.Exists(request.Input) && !Directory.Exists(request.Input))
            throw new DataException($"{request.Input}: no such file or folder. Name a CT volume, a folder with volumes, "
                + "or a DICOM series.");
        var oddities = new List<string>();
        PredictionJob? series = PredictionJob.OfSeries(request.Input, request.Output, request.Series, request.Remedies, oddities.Add);
        if (series is null && request.Series is not null)
            throw new ConfigException($"--series {request.Series}: {request.Input} is no DICOM. Leave the option out.");
        if (series is null && request.Format.NeedsSeries)
        {
            throw new ConfigException($"--format {request.Format.Name}: {request.Input} is no DICOM series, "
                + $"whose patient and study {request.Format.Noun} "
                + $"needs. Write {PredictionFormat.LabelMap.Name}.");
        }

        bool many = series is null && Directory.Exists(request.Input);
        IReadOnlyList<PredictionJob> jobs = many ? PredictionJob.OfFolder(request.Input, request.Output, request.Format)
            : [series ?? new PredictionJob(request.Input, request.Output)];
        if (!many)
            CheckOutput(request);
        string? names = request.Format != PredictionFormat.LabelMap ? null // the others hold the names themselves
            : many ? Path.Combine(request.Output, LabelFiles.NamesFile) : LabelFiles.NamesFileOf(request.Output);
        if (request.Manifest is { } file)
            PredictionManifest.Demand(file, names);
        string path = ModelLocator.Find(request.Model);
        var precision = Precisions.Parse(request.Precision, "--precision");
        string device = "";
        using var predictor = Checkpoint.LoadPredictor(path, out Checkpoint model, () =>
        {
            IBackend backend = Backends.Open(request.Device, request.Threads, precision);
            device = backend.Name;
            return backend;
        });
        // First, and to --quiet too: nothing that follows means anything.
        string? warning = PhantomModel.Warning(path, model, jobs.Select(job => job.Image));
        if (warning is not null)
            session.Error.WriteLine(warning);
        oddities.ForEach(session.Note);
        if (request.Threshold == Thresholds.Calibrated)
        {
            predictor.Thresholds = model.DemandThresholds(path);
            session.Note("a voxel is an organ's above: " + string.Join(", ", model.Organs.Zip(predictor.Thresholds,
                (organ, value) => string.Create(CultureInfo.InvariantCulture, $"{organ} {value}"))));
        }

        var manifest = new PredictionManifest(path, model)
        {
            Device = device,
            Options = Options(request),
            Warnings = [.. new[] { warning, ModelSpacing.Warning(path, model) }.OfType<string>(), .. oddities],
        };
        IReadOnlyList<string> notLearnt = model.State.NotLearnt;
        session.Note($"model {path}: {string.Join(", ", model.Organs)}"
            + (notLearnt.Count == 0 ? "" : $"; not learnt, and not looked for: {string.Join(", ", notLearnt)}"));
        ModelSpacing.Tell(session, path, model);
        if (request.Augmented)
        {
            predictor.Views = SliceView.Augmented(model.Settings);
            session.Note($"test-time augmentation: the mean of {predictor.Views.Count} passes over each slice, as it is, moved by "
                + $"{predictor.Views.Max(view => view.Shift)} voxels{(predictor.Views.Any(view => view.Mirrored) ? ", and both mirrored"
                : "; not mirrored, as the model did not learn from mirrored slices (augment.flip)")}");
        }

        LabelFiles.MakeFolder(many ? request.Output : Path.GetDirectoryName(Path.GetFullPath(request.Output))!);
        if (request.Manifest is not null)
            LabelFiles.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(request.Manifest))!);
        var volumes = new TextTable(["result", .. model.Organs.Select((organ, k) => $"{k + 1} {organ} (ml)"),
            .. request.Cleaning.Largest ? ["removed (ml)"] : Array.Empty<string>(),
            .. request.Cleaning.Holes ? ["filled (ml)"] : Array.Empty<string>(),
            .. notLearnt.Select(organ => $"{organ} (ml)")]);
        var failures = new List<string>();
        session.Work("predicting", jobs.Count, work =>
        {
            for (int i = 0; i < jobs.Count; i++)
            {
                var said = new List<string>();
                void Warn(string line)
                {
                    said.Add(line);
                    work.Message(line);
                }

                try
                {
                    string[] row = Predict(jobs[i], predictor, model, names, request, Warn,
                        (geometry, found, cleaned) => manifest.Add(jobs[i], geometry, found, cleaned, said), session.Stop);
                    volumes.Add([.. row, .. notLearnt.Select(_ => "not learnt")]);
                    names = null; // once
                }
                catch (Exception e) when (many && PartialResult.OfCase(e))
                {
                    failures.Add(PartialResult.Line(jobs[i].Image, e));
                    manifest.AddFailure(jobs[i], failures[^1]);
                    work.Message($"failed: {failures[^1]}");
                }

                work.Report(i + 1, Path.GetFileName(jobs[i].Image));
            }
        });
        session.Out.Write(volumes);
        if (request.Manifest is not null)
            manifest.Write(request.Manifest);
        return PartialResult.Conclude(session, jobs.Count, failures);
    }

    /// <summary>
    /// Predicts and writes one volume; returns the table's row: the file, and each organ's volume in ml. The names of the labels come
    /// before the first label map.
    /// </summary>
    private static string[] Predict(
        PredictionJob job, Predictor predictor, Checkpoint model, string? names, Request request, Action<string> warn,
            Action<Geometry, IReadOnlyList<double>, IReadOnlyList<CleanedOrgan>> done, CancellationToken stop)
    {
        IReadOnlyList<string> organs = model.Organs;
        using var input = PredictionInput.Open(job, warn);
        Geometry geometry = input.Slabs.Geometry;
        if (ModelSpacing.Doubt(job.Image, geometry, model) is { } odd)
            warn($"warning: {odd}");
        byte[] labels = [];
        if (request.Probabilities)
        {
            string[] files = [.. LabelFiles.OrganFiles(organs)
                .Select(file => Path.Combine(Path.GetDirectoryName(job.Output) ?? "", $"{LabelFiles.Stem(job.Output)}_{file}"))];
            NiftiWriter.WriteSlices(files, geometry, input.Source, write => labels = predictor.Predict(input.Slabs, write, cancel: stop));
        }
        else
        {
            labels = predictor.Predict(input.Slabs, cancel: stop);
        }

        foreach (string doubt in input.Doubts(job))
            warn($"warning: {doubt}");
        CleanedOrgan[] cleaned = request.Cleaning.Clean(labels, geometry, organs.Count);
        if (names is not null)
            LabelFiles.WriteNames(names, organs);
        request.Format.Write(job, new LabelMap(geometry, labels), input.Source, input.Grid, organs);
        var (dz, dy, dx) = geometry.Spacing;
        var voxels = new long[256];
        foreach (byte label in labels)
            voxels[label]++;
        foreach (var (organ, did) in organs.Zip(cleaned).Where(each => each.Second.Removed + each.Second.Filled > 0))
            warn($"{job.Output}: {organ}: {Did(did)}");
        done(geometry, [.. Enumerable.Range(1, organs.Count).Select(label => voxels[label] * dz * dy * dx / 1000)], cleaned);
        return [job.Output, .. Enumerable.Range(1, organs.Count).Select(label => Millilitres(voxels[label])),
            .. request.Cleaning.Largest ? [Millilitres(cleaned.Sum(organ => organ.Removed))] : Array.Empty<string>(),
            .. request.Cleaning.Holes ? [Millilitres(cleaned.Sum(organ => organ.Filled))] : Array.Empty<string>()];

        string Millilitres(long count) => (count * dz * dy * dx / 1000).ToString("0.0", CultureInfo.InvariantCulture);

        string Did(CleanedOrgan organ) => string.Join("; ", new[]
        {
            organ.Removed == 0 ? null : $"the largest of {organ.Components} pieces is kept, {Millilitres(organ.Removed)} ml are removed",
            organ.Filled == 0 ? null : $"holes of {Millilitres(organ.Filled)} ml are filled",
        }.OfType<string>());
    }

    /// <summary>What of the command line changes what is written.</summary>
    private static JsonObject Options(Request request) => new()
    {
        ["format"] = request.Format.Name,
        ["precision"] = request.Precision,
        ["tta"] = request.Augmented,
        ["threshold"] = request.Threshold,
        ["keep_largest"] = request.Cleaning.Largest,
        ["fill_holes"] = request.Cleaning.Holes,
        ["accept_gaps"] = request.Remedies.AcceptGaps,
        ["resample"] = request.Remedies.Resample,
    };

    private static void CheckOutput(Request request)
    {
        PredictionFormat format = request.Format;
        if (Path.GetFullPath(request.Input) == Path.GetFullPath(request.Output))
            throw new ConfigException($"--output {request.Output} is the input: it would be overwritten. Name another file.");
        if (format.Endings.Count == 0 && LabelFiles.Stem(request.Output) != Path.GetFileName(request.Output))
            throw new ConfigException($"--output {request.Output}: {format.Noun} is written. Name a folder, without the ending of a file.");
        if (format.Endings.Count > 0 && !format.Endings.Any(ending => request.Output.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ConfigException($"--output {request.Output}: {format.Noun} is written as {string.Join(" or ", format.Endings)}. "
                + "Give the file that ending.");
        }
    }
}
