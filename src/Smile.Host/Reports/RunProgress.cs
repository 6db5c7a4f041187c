using Smile.Host.Imaging;
using Smile.Net;
using Smile.Net.Runs;

namespace Smile.Host.Reports;

/// <summary>Writes progress.svg of a run folder from its log.</summary>
internal static class RunProgress
{
    public const string FileName = "progress.svg";

    /// <summary>Draws loss, validation Dice and learning rate so far; replaces the figure that was there.</summary>
    public static void Write(RunFolder folder, IReadOnlyList<string> organs)
    {
        var log = RunLogFile.Read(folder.Log, organs);
        var colours = OrganColours.Of(organs);
        Figure figure = ProgressFigure.Draw(
        [
            new("training loss", "nats a pixel", [new Curve("train", OkabeIto.Blue, log.Loss).Averaged(400)], AxisScale.Logarithmic),
            new("validation Dice", null, [.. organs.Select((organ, k) => new Curve(organ, colours[k], log.Dice(k)))], AxisScale.Share),
            new("learning rate", null, [new Curve("rate", OkabeIto.Blue, log.LearningRate).Averaged(400)]),
        ]);
        AtomicFile.WriteText(Path.Combine(folder.Path, FileName), figure.ToSvg());
    }
}
