namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Outlines of a mask along the edges of its pixels, so that pixel centres, whole numbers, are nowhere near a line: whoever fills
/// by them gets the mask back exactly. Each polygon is one 4-connected part; a hole is joined to what surrounds it by a channel
/// of no width (a keyhole, PS3.3, C.8.8.6.3), along which no centre lies either.
/// </summary>
internal sealed class MaskContours
{
    private readonly int _rows, _columns;
    private readonly bool[] _mask;
    private readonly int[] _owner; // of the upright pixel edge below corner (row, column): 1 + its loop; 0 where it is not traced
    private readonly List<List<(int Row, int Column)>> _loops = []; // a hole's is the loop that it was joined to

    /// <param name="rows">Of the masks.</param>
    /// <param name="columns">Of the masks.</param>
    public MaskContours(int rows, int columns) =>
        (_rows, _columns, _mask, _owner) = (rows, columns, new bool[rows * columns], new int[rows * (columns + 1)]);

    /// <summary>
    /// The polygons of the pixels that carry a label, clockwise. Corner (row, column) is the top left one of that pixel, half a
    /// pixel before its centre.
    /// </summary>
    /// <param name="labels">(row, column).</param>
    /// <param name="label">The one to outline.</param>
    public IReadOnlyList<IReadOnlyList<(int Row, int Column)>> Of(ReadOnlySpan<byte> labels, byte label)
    {
        if (!labels.Contains(label))
            return [];
        for (int i = 0; i < _mask.Length; i++)
            _mask[i] = labels[i] == label;
        Array.Clear(_owner);
        _loops.Clear();
        for (int row = 0; row < _rows; row++)
        {
            // The first upright edge of a loop in reading order is its top left one: up the side of a part, or down into a hole.
            for (int column = 0; column <= _columns; column++)
            {
                if (_owner[row * (_columns + 1) + column] != 0 || IsInside(row, column - 1) == IsInside(row, column))
                    continue;
                if (IsInside(row, column))
                    _loops.Add(Trace(row + 1, column, 3, _loops.Count + 1));
                else
                    _loops.Add(Join(Trace(row, column, 1, _loops.Count + 1)));
            }
        }

        return [.. _loops.Distinct().Select(Corners)];
    }

    private bool IsInside(int row, int column) =>
        (uint)row < (uint)_rows && (uint)column < (uint)_columns && _mask[row * _columns + column];

    /// <summary>
    /// Follows pixel edges with the mask on the right until they close. Directions: 0 along the row, 1 down, 2 back, 3 up. Where
    /// two pixels touch at a corner it stays with its own: right before straight on before left.
    /// </summary>
    private List<(int Row, int Column)> Trace(int row, int column, int direction, int loop)
    {
        var corners = new List<(int, int)>();
        (int Row, int Column, int Direction) first = (row, column, direction);
        do
        {
            corners.Add((row, column));
            if (direction is 1 or 3)
                _owner[(direction == 1 ? row : row - 1) * (_columns + 1) + column] = loop;
            (row, column) = direction switch
            {
                0 => (row, column + 1),
                1 => (row + 1, column),
                2 => (row, column - 1),
                _ => (row - 1, column),
            };
            direction = (direction + 1) % 4;
            while (!IsEdge(row, column, direction))
                direction = (direction + 3) % 4;
        }
        while ((row, column, direction) != first);
        return corners;
    }

    private bool IsEdge(int row, int column, int direction)
    {
        bool before = IsInside(row - 1, column - 1), above = IsInside(row - 1, column), left = IsInside(row, column - 1),
            here = IsInside(row, column);
        return direction switch { 0 => here && !above, 1 => left && !here, 2 => before && !left, _ => above && !before };
    }

    /// <summary>Joins a hole to the loop on its left: from its top left corner back along the row to the first edge.</summary>
    private List<(int Row, int Column)> Join(List<(int Row, int Column)> hole)
    {
        (int row, int column) = hole[0];
        int edge = column - 1;
        while (IsInside(row, edge - 1))
            edge--;
        List<(int Row, int Column)> loop = _loops[_owner[row * (_columns + 1) + edge] - 1];
        int at = 0;
        while (loop[at] != (row, edge) || loop[(at + loop.Count - 1) % loop.Count] != (row + 1, edge))
            at++;
        loop.InsertRange(at + 1, [.. hole, (row, column), (row, edge)]);
        return loop;
    }

    /// <summary>A loop without the points that lie on a straight line.</summary>
    private static (int Row, int Column)[] Corners(List<(int Row, int Column)> loop) => [.. loop.Where((corner, n) =>
    {
        var (before, after) = (loop[(n + loop.Count - 1) % loop.Count], loop[(n + 1) % loop.Count]);
        return (Math.Sign(corner.Row - before.Row), Math.Sign(corner.Column - before.Column))
            != (Math.Sign(after.Row - corner.Row), Math.Sign(after.Column - corner.Column));
    })];
}
