using System.CommandLine;
using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Onnx;
using Smile.Net.Runs;
using Smile.Net.Settings;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile export</c>: a model out, as ONNX.</summary>
internal static class ExportCommand
{
    private const string Ending = ".onnx";

    public static Command Create(Session session)
    {
        var model = new Argument<string?>("model")
        {
            Description = "A checkpoint (.safetensors) or a run folder (its best or final checkpoint); left out: the small phantom model "
                + "shipped with Smile",
            HelpName = "PATH",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var output = Required<string>("--output -o", "FILE.onnx", "The file to write");
        var keepNorm = Flag("--keep-norm", "Leave batch normalisations as nodes of their own, to train on; else they become part of the "
            + "convolutions before them");
        var threshold = Threshold();
        var command = new Verb("export", "Writes a model as ONNX, for other programs.") { model, output, keepNorm, threshold };
        command.Details = "HU in, probabilities and labels out, of any number of slices of any size: window, padding, resizing and sigmoid "
            + "are in the graph. The spacing is not: give slices at the model's, which the metadata names (docs/onnx.md).";
        command.Examples = """
            smile export runs/first -o model.onnx
            smile export -o phantom.onnx                   the phantom model shipped with Smile
            """;
        command.SetAction(parsed =>
            Run(session, parsed.GetValue(model), parsed.GetRequiredValue(output), parsed.GetValue(keepNorm),
                parsed.GetRequiredValue(threshold) == Thresholds.Calibrated));
        return command;
    }

    private static int Run(Session session, string? model, string output, bool keepNorm, bool calibrated)
    {
        if (!output.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            throw new ConfigException($"--output {output}: an ONNX model is written. Give the file the ending {Ending}.");
        string path = ModelLocator.Find(model);
        LabelFiles.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(output))!);
        Checkpoint written = OnnxExport.Write(path, output, keepNorm, calibrated);
        session.Note($"model {path}: {string.Join(", ", written.Organs)}");
        if (written.Settings.PlaneSpacing() is { } spacing)
            session.Note(string.Create(CultureInfo.InvariantCulture,
                $"it works at {spacing.Y:G4} x {spacing.X:G4} mm (y, x): bring slices to that before they go in"));
        if (written.SeenOnly.Length > 0)
            session.Note($"warning: it has seen nothing but {written.SeenOnly}: what it finds elsewhere means nothing");
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{output}: {new FileInfo(output).Length / 1e6:0.0} MB"));
        return ExitCodes.Done;
    }
}
