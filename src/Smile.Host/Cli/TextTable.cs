using System.Text;

namespace Smile.Host.Cli;

/// <summary>A table of plain text for the standard output: aligned, the same on a terminal and in a file.</summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    /// <summary>Adds a row of as many cells as the header has.</summary>
    public void Add(params string[] cells)
    {
        if (cells.Length != header.Length)
            throw new ArgumentException($"{cells.Length} cells given, the table has {header.Length} columns.", nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>The first column is aligned left, the others right where all their cells are numbers.</summary>
    public override string ToString()
    {
        int columns = header.Length;
        var widths = Enumerable.Range(0, columns).Select(c => _rows.Max(row => row[c].Length)).ToArray();
        var right = Enumerable.Range(0, columns).Select(c => c > 0 && _rows.Skip(1).All(row => IsNumber(row[c]))).ToArray();
        var text = new StringBuilder();
        for (int r = 0; r < _rows.Count; r++)
        {
            var cells = _rows[r].Select((cell, c) => right[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
            if (r == 0)
                text.Append(string.Join("  ", widths.Select(w => new string('-', w)))).Append('\n');
        }

        return text.ToString();
    }

    private static bool IsNumber(string cell) => cell.Length == 0 || char.IsAsciiDigit(cell[0]) || cell[0] is '-' or '+' or '±';
}
