using Smile.Host.Imaging;
using Smile.Net;
using Smile.Net.Runs;

namespace Smile.Host.Reports;

/// <summary>Writes progress.png of a run folder from its log.</summary>
internal static class RunProgress
{
    private static readonly Colour _line = new(40, 90, 170);

    /// <summary>Draws loss, validation Dice and learning rate so far; replaces the picture that was there.</summary>
    public static void Write(RunFolder folder, IReadOnlyList<string> organs)
    {
        var log = RunLogFile.Read(folder.Log, organs);
        var colours = OrganColours.Of(organs);
        var picture = ProgressPicture.Draw(
        [
            new("training loss", [new Curve("train", _line, log.Loss).Averaged(400)], Logarithmic: true),
            new("validation dice", [.. organs.Select((organ, k) => new Curve(organ, colours[k], log.Dice(k)))]),
            new("learning rate", [new Curve("rate", _line, log.LearningRate).Averaged(400)]),
        ]);
        AtomicFile.Write(Path.Combine(folder.Path, "progress.png"), stream => stream.Write(picture.ToPng()));
    }
}
