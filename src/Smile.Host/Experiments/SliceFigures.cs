using OxyPlot;
using Smile.Host.Cli;
using Smile.Host.Imaging;
using Smile.Host.Reports;
using Smile.Net.Data;

namespace Smile.Host.Experiments;

/// <summary>The paper's figures 4 and 5: slices with labels on them.</summary>
internal static class SliceFigures
{
    private const double Gap = 12, Title = 40, Head = 44;

    private static readonly Colour _predicted = OkabeIto.Vermilion, _selected = OkabeIto.SkyBlue;

    /// <summary>
    /// Figure 4: an organ a row; the truth, then the prediction of each stage in red and, in blue, what is taken for the next.
    /// </summary>
    public static Figure? Rounds(StudyRecord study, IReadOnlyList<CellResult> cells)
    {
        if (cells.FirstOrDefault(c => c.Slices.Any(s => s.Organ.Length > 0)) is not { } cell)
            return null;
        var rows = cell.Slices;
        int stages = rows.Max(r => r.Stages.Count), times = Times(rows[0]), w = rows[0].Width * times, h = rows[0].Height * times;
        var figure = new Figure(Gap + (stages + 1) * (w + Gap), Head + rows.Count * (Title + h + Gap));
        Legend(figure, [("predicted", _predicted), ("taken as label for the next round", _selected)]);
        for (int r = 0; r < rows.Count; r++)
        {
            var row = rows[r];
            double y = Head + r * (Title + h + Gap);
            Panel(figure, Gap, y, $"{row.Organ}: truth", "", Draw(row, row.Truth, [_predicted]), times);
            for (int t = 0; t < row.Stages.Count; t++)
            {
                var stage = row.Stages[t];
                byte[] labels = [.. stage.Predicted.Select((p, v) => (byte)(stage.Selected.Length > 0 && stage.Selected[v] != 0 ? 2 : p))];
                string title = t == 0 ? "t = 0 (SMILE)" : $"t = {stage.Round}";
                string next = double.IsFinite(stage.Gamma) ? $"takes gamma {Invariant.Text(stage.Gamma, "0.00")}" : "last model";
                Panel(figure, Gap + (t + 1) * (w + Gap), y, title, next, Draw(row, labels, [_predicted, _selected]), times);
            }
        }

        return figure;
    }

    /// <summary>
    /// Figure 5: image, truth and what each method predicts at <see cref="StudyRecord.ShownAlpha"/>, organs in the paper's colours.
    /// </summary>
    public static Figure? Predictions(StudyRecord study, IReadOnlyList<CellResult> cells)
    {
        CellResult[] shown = [.. cells.Where(c => c.Slices.Any(s => s.Organ.Length == 0))];
        if (shown.Length == 0)
            return null;
        var colours = OrganColours.Of(study.Organs);
        var first = shown[0].Slices[0];
        int times = Times(first), w = first.Width * times, h = first.Height * times;
        var figure = new Figure(Gap + (shown.Length + 2) * (w + Gap), Head + Title + h + Gap);
        Legend(figure, study.Organs.Zip(colours));
        Panel(figure, Gap, Head, "image", "", Draw(first, [], colours), times);
        Panel(figure, Gap + w + Gap, Head, "truth", "", Draw(first, first.Truth, colours), times);
        for (int i = 0; i < shown.Length; i++)
            Panel(figure, Gap + (i + 2) * (w + Gap), Head, MethodLook.Of(shown[i].Label).Name,
                $"alpha {Invariant.Text(100 * shown[i].Alpha, "0")} %",
                Draw(shown[i].Slices[0], shown[i].Slices[0].Stages[0].Predicted, colours), times);
        return figure;
    }

    /// <summary>What the colours mean, above the slices.</summary>
    private static void Legend(Figure figure, IEnumerable<(string Name, Colour Colour)> entries) =>
        figure.AddLegend(Gap, 22, PlotStyle.BoxSize, entries.Select(entry => (entry.Name, entry.Colour, MarkerType.Square)));

    private static void Panel(Figure figure, double left, double top, string title, string note, Picture picture, int times) =>
        figure.Add(left, top + 14, title, PlotStyle.TitleSize).Add(left, top + 31, note).Add(picture, left, top + Title, times);

    /// <summary>CSS pixels a voxel, so that a panel is about 200 wide.</summary>
    private static int Times(KeptSlice slice) => Math.Max(1, 200 / slice.Width);

    private static Picture Draw(KeptSlice slice, byte[] labels, Colour[] colours)
    {
        var volume = new Volume(Geometry.Regular(1, slice.Height, slice.Width, 1, 1, 1), [.. slice.Grey.Select(g => (float)g)]);
        return SliceOverlay.Draw(volume, 0, labels, colours, (0, 255));
    }
}
