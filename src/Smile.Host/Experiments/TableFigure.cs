using OxyPlot;
using Smile.Host.Reports;

namespace Smile.Host.Experiments;

/// <summary>A table as a drawing: table 1 beside the figures.</summary>
internal static class TableFigure
{
    private const double Row = 22, Top = 40, Margin = 18, Padding = 8;

    private static readonly OxyColor _head = OxyColor.FromRgb(238, 238, 238);

    public static Figure Draw(Table table, string title)
    {
        double[] widths = [.. table.Header.Select((head, c) =>
            2 * Padding + table.Rows.Select(row => row[c]).Append(head).Max(text => PlotStyle.TextWidth(text)))];
        double all = widths.Sum();
        var figure = new Figure(
            Math.Ceiling(2 * Margin + Math.Max(all, PlotStyle.TextWidth(title, PlotStyle.TitleSize))),
            Top + Row * (table.Rows.Count + 1) + Margin);
        figure.Add(Margin, 26, title, PlotStyle.TitleSize).Add(context =>
            context.DrawRectangle(new OxyRect(Margin, Top, all, Row), _head, OxyColors.Undefined, 0, EdgeRenderingMode.Automatic));
        Cells(table.Header, Top);
        for (int r = 0; r < table.Rows.Count; r++)
        {
            double top = Top + (r + 1) * Row;
            Cells(table.Rows[r], top);
            figure.Add(context => context.DrawLine(
                Margin, top + Row, Margin + all, top + Row, new OxyPen(PlotStyle.Grid), EdgeRenderingMode.Automatic));
        }

        return figure;

        void Cells(IReadOnlyList<string> cells, double top)
        {
            double left = Margin;
            for (int c = 0; c < cells.Count; c++)
            {
                figure.Add(left + Padding, top + 15, cells[c]);
                left += widths[c];
            }
        }
    }
}
