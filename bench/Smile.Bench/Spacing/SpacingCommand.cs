using System.Globalization;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Bench.Spacing;

/// <summary>
/// <c>spacing</c>: Dice of one model, trained at 3 mm, on images of other in-plane spacings, as <c>smile predict</c> finds it on their own
/// grids; and beside it that of the same weights without a spacing, as before models had one. All goes through the command line.
/// </summary>
internal sealed class SpacingCommand(string folder, int steps)
{
    /// <summary>mm in the plane that the models are trained at.</summary>
    private const double Trained = 3;

    /// <summary>Dice may lie so far below that at <see cref="Trained"/>.</summary>
    private const double Bar = 0.03;

    private static readonly double[] _spacings = [1, 1.5, 2, 3, 4, 5, 6];

    /// <summary>
    /// 0; 2 for a bad command line; 3 without the shared data or what reads them; 6 where <c>--check</c> finds the bar missed.
    /// </summary>
    public static int Run(string[] args)
    {
        int steps = Array.IndexOf(args, "--steps") is >= 0 and int at && at + 1 < args.Length
            && int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 1000;
        string root = Directory.CreateTempSubdirectory("smile-bench-spacing-").FullName;
        try
        {
            Row[] rows = [.. new SpacingCommand(root, steps).Rows()];
            string text = Text(rows);
            Console.Write(text);
            string command = $"dotnet run -c Release --project bench/Smile.Bench -- {string.Join(' ', args.Prepend("spacing"))}";
            string page = $"# Dice at other spacings, commit {Results.Commit()}\n\n`{command}`\n\n{text}";
            Console.WriteLine($"Written to {Results.Write(Results.Folder("spacing"), ".md", page)}");
            Row[] missed = [.. rows.Where(row => row.Resampled && row.Dice.Any(dice => !(dice >= row.AtTrained - Bar)))];
            return args.Contains("--check") && missed.Length > 0 ? 6 : 0;
        }
        catch (DataException e)
        {
            Console.Error.WriteLine(e.Message);
            return 3;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private IEnumerable<Row> Rows()
    {
        string real = Path.Combine(folder, "real");
        Subject[] patients = Subjects.WriteRealCt(real);

        string phantoms = Path.Combine(folder, "phantoms");
        CommandLine.Run("phantom", "--output", phantoms, "--cases", "24", "--size", "24x133x133", "--seed", "7");
        string onPhantoms = Train("phantom-model", phantoms);
        Subject[] drawn = [.. Enumerable.Range(0, 3).Select(Subjects.Phantom)];
        foreach (Row row in Predict("3 phantoms", onPhantoms, drawn))
            yield return row;

        string onPatients = Train("ct-model", real);
        foreach (Subject patient in patients)
        {
            foreach (Row row in Predict(patient.Name, onPatients, [patient]))
                yield return row;
        }
    }

    private string Train(string name, string data)
    {
        string run = Path.Combine(folder, name);
        CommandLine.Run("train", "--data", data, "--output", run, "--method", Methods.Smile, "--steps", $"{steps}", "--device", "cpu",
            "--set", $"data.spacing={Trained},{Trained}", "--set", "data.validation=0", "--set", "run.validate_every=0");
        return new RunFolder(run).Final;
    }

    /// <summary>Dice at each spacing, of the model and of its weights without a spacing.</summary>
    private IEnumerable<Row> Predict(string name, string model, Subject[] subjects)
    {
        foreach (bool resampled in new[] { true, false })
        {
            string checkpoint = resampled ? model : WithoutSpacing(model);
            double[] dice = [.. _spacings.Select(mm => subjects.Average(subject => Dice(subject, mm, checkpoint)))];
            var row = new Row(name, resampled, dice);
            Console.Error.WriteLine(Line(row));
            yield return row;
        }
    }

    private double Dice(Subject subject, double mm, string checkpoint)
    {
        PlaneGrid? grid = PlaneGrid.To(subject.Name, subject.Image.Geometry, new PlaneSpacing(mm, mm));
        Volume image = grid?.Image(subject.Name, subject.Image) ?? subject.Image;
        byte[] truth = (grid?.Map(subject.Name, subject.Truth) ?? subject.Truth).Voxels;
        string input = Path.Combine(folder, "image.nii"), output = Path.Combine(folder, "labels.nii");
        NiftiWriter.WriteInt16(input, image);
        CommandLine.Run("predict", "--input", input, "--output", output, "--model", checkpoint, "--device", "cpu");
        byte[] found = NiftiReader.ReadLabels(output).Labels.Voxels;
        var evaluator = new Evaluator(Subjects.Organs.Count, new EvaluationSettings { Surfaces = false });
        CaseScore score = evaluator.Score(subject.Name, image.Geometry, truth, Subjects.Organs.All, found);
        return score.Organs.Where(organ => !double.IsNaN(organ.Dice)).Average(organ => organ.Dice);
    }

    /// <summary>A copy of a checkpoint that says nothing of spacing, as those of before it was stored.</summary>
    private static string WithoutSpacing(string checkpoint)
    {
        string path = checkpoint + ".native.safetensors";
        using Safetensors file = Safetensors.Open(checkpoint);
        RunSettings settings = RunSettings.FromText(file.Metadata["settings"], checkpoint);
        settings = settings with { Data = settings.Data with { Spacing = Spacings.Native } };
        var metadata = new Dictionary<string, string>(file.Metadata, StringComparer.Ordinal) { ["settings"] = settings.ToText() };
        metadata.Remove("spacing");
        var tensors = file.Tensors.Select(t => TensorSource.Floats(t.Name, t.Shape, () => file.ReadFloats(t.Name)));
        SafetensorsWriter.Write(path, tensors, metadata);
        return path;
    }

    private static string Text(Row[] rows) => string.Create(CultureInfo.InvariantCulture, $"""
        One model for phantoms and one for the CT, each trained at {Trained} mm; mean Dice of liver, pancreas and stomach on the image's own
        grid, by the spacing (mm) in its plane. The CT is that which its model was trained on: the rows show what spacing does, not how well
        the model is.

        | images | model | {string.Join(" | ", _spacings)} |
        |---|---|{string.Concat(_spacings.Select(_ => "---:|"))}

        """) + string.Concat(rows.Select(row => Line(row) + "\n"));

    private static string Line(Row row) => string.Create(CultureInfo.InvariantCulture,
        $"| {row.Images} | {(row.Resampled ? "brings slices to 3 mm" : "the same weights without a spacing")} | ")
        + string.Join(" | ", row.Dice.Select(dice => dice.ToString("F3", CultureInfo.InvariantCulture))) + " |";

    /// <param name="Images">Of whom.</param>
    /// <param name="Resampled">Whether the model has a spacing.</param>
    /// <param name="Dice">By spacing.</param>
    private sealed record Row(string Images, bool Resampled, double[] Dice)
    {
        public double AtTrained => Dice[Array.IndexOf(_spacings, Trained)];
    }
}
