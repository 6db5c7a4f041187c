using Smile.Host.Imaging;
using Smile.Host.Reports;

namespace Smile.Host.Experiments;

/// <summary>A table as a drawing: table 1 beside the figures.</summary>
internal static class TableFigure
{
    private const double Row = 22, Letter = 7.9, Gap = 18, Size = 12;

    private static readonly Colour _ink = new(45, 45, 45), _head = new(238, 238, 238), _grid = new(225, 225, 225);

    public static Sheet Draw(Table table, string title)
    {
        double[] widths = [.. table.Header.Select((head, c) => Gap + Letter * Math.Max(head.Length, table.Rows.Max(row => row[c].Length)))];
        int width = (int)Math.Ceiling(Math.Max(widths.Sum() + 2 * Gap, 2 * Gap + 9 * title.Length));
        var sheet = new Sheet(width, (int)(Row * (table.Rows.Count + 1) + 56));
        sheet.Text(Gap, 26, title, _ink, 14).Box(Gap, 38, widths.Sum(), Row, _head);
        Cells(table.Header, 38);
        for (int r = 0; r < table.Rows.Count; r++)
        {
            double top = 38 + (r + 1) * Row;
            sheet.Line(Gap, top + Row, Gap + widths.Sum(), top + Row, _grid);
            Cells(table.Rows[r], top);
        }

        return sheet;

        void Cells(IReadOnlyList<string> cells, double top)
        {
            double left = Gap;
            for (int c = 0; c < cells.Count; c++)
            {
                sheet.Text(left + 6, top + 15, cells[c], _ink, Size);
                left += widths[c];
            }
        }
    }
}
