using System.Globalization;
using Smile.Host.Imaging;
using Smile.Host.Reports;
using Smile.Net.Data;

namespace Smile.Host.Experiments;

/// <summary>The paper's figures 4 and 5: slices with labels on them.</summary>
internal static class SliceFigures
{
    private const int Gap = 12, Title = 40, Head = 44;

    private static readonly Colour _ink = new(45, 45, 45), _predicted = new(230, 40, 40), _selected = new(40, 110, 255);

    /// <summary>Figure 4: an organ a row; the truth, then the prediction of each stage in red and, in blue, what is taken for the next.</summary>
    public static Sheet? Rounds(StudyRecord study, IReadOnlyList<CellResult> cells)
    {
        if (cells.FirstOrDefault(c => c.Slices.Any(s => s.Organ.Length > 0)) is not { } cell)
            return null;
        var rows = cell.Slices;
        int stages = rows.Max(r => r.Stages.Count), times = Times(rows[0]), w = rows[0].Width * times, h = rows[0].Height * times;
        var sheet = new Sheet(Gap + (stages + 1) * (w + Gap), Head + rows.Count * (Title + h + Gap));
        sheet.Box(Gap, 10, 14, 14, _predicted).Text(Gap + 22, 23, "predicted", _ink)
            .Box(Gap + 130, 10, 14, 14, _selected).Text(Gap + 152, 23, "taken as label for the next round", _ink);
        for (int r = 0; r < rows.Count; r++)
        {
            var row = rows[r];
            double y = Head + r * (Title + h + Gap);
            Panel(sheet, Gap, y, $"{row.Organ}: truth", "", Draw(row, row.Truth, [_predicted]), times);
            for (int t = 0; t < row.Stages.Count; t++)
            {
                var stage = row.Stages[t];
                byte[] labels = [.. stage.Predicted.Select((p, v) => (byte)(stage.Selected.Length > 0 && stage.Selected[v] != 0 ? 2 : p))];
                string title = t == 0 ? "t = 0 (SMILE)" : $"t = {stage.Round}";
                string next = double.IsFinite(stage.Gamma) ? string.Create(CultureInfo.InvariantCulture, $"takes gamma {stage.Gamma:0.00}") : "last model";
                Panel(sheet, Gap + (t + 1) * (w + Gap), y, title, next, Draw(row, labels, [_predicted, _selected]), times);
            }
        }

        return sheet;
    }

    /// <summary>Figure 5: image, truth and what each method predicts at <see cref="StudyRecord.ShownAlpha"/>, organs in the paper's colours.</summary>
    public static Sheet? Predictions(StudyRecord study, IReadOnlyList<CellResult> cells)
    {
        CellResult[] shown = [.. cells.Where(c => c.Slices.Any(s => s.Organ.Length == 0))];
        if (shown.Length == 0)
            return null;
        var colours = OrganColours.Of(study.Organs);
        var first = shown[0].Slices[0];
        int times = Times(first), w = first.Width * times, h = first.Height * times;
        var sheet = new Sheet(Gap + (shown.Length + 2) * (w + Gap), Head + Title + h + Gap);
        double at = Gap;
        foreach (var (organ, colour) in study.Organs.Zip(colours))
        {
            sheet.Box(at, 10, 14, 14, colour).Text(at + 22, 23, organ, _ink);
            at += 60 + 9 * organ.Length;
        }

        Panel(sheet, Gap, Head, "image", "", Draw(first, [], colours), times);
        Panel(sheet, Gap + w + Gap, Head, "truth", "", Draw(first, first.Truth, colours), times);
        for (int i = 0; i < shown.Length; i++)
            Panel(sheet, Gap + (i + 2) * (w + Gap), Head, MethodLook.Of(shown[i].Label).Name,
                string.Create(CultureInfo.InvariantCulture, $"alpha {shown[i].Alpha * 100:0} %"),
                Draw(shown[i].Slices[0], shown[i].Slices[0].Stages[0].Predicted, colours), times);
        return sheet;
    }

    private static void Panel(Sheet sheet, double x, double y, string title, string note, Picture picture, int times)
    {
        sheet.Text(x, y + 14, title, _ink, 13);
        sheet.Text(x, y + 31, note, _ink, 12);
        sheet.Image(x, y + Title, picture, times);
    }

    /// <summary>CSS pixels a voxel, so that a panel is about 200 wide.</summary>
    private static int Times(KeptSlice slice) => Math.Max(1, 200 / slice.Width);

    private static Picture Draw(KeptSlice slice, byte[] labels, Colour[] colours)
    {
        var volume = new Volume(Geometry.Regular(1, slice.Height, slice.Width, 1, 1, 1), [.. slice.Grey.Select(g => (float)g)]);
        return SliceOverlay.Draw(volume, 0, labels, colours, (0, 255));
    }
}
