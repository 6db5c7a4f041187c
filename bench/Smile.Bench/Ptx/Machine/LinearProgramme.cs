namespace Smile.Bench.Ptx.Machine;

/// <summary>
/// Unknowns, none below zero, that cost least: each by its own cost, and each row by how far it is missed. The simplex method (Dantzig
/// 1947) on a dense tableau, begun where all unknowns are zero.
/// </summary>
internal sealed class LinearProgramme
{
    private const double Tolerance = 1e-9, CostTolerance = 1e-12;

    private readonly int _unknowns;
    private readonly double[] _costs;
    private readonly List<(double[] Factors, double Target, double Short, double Over)> _soft = [];
    private readonly List<(double[] Factors, int Unknown)> _hard;

    /// <summary>A programme without rows that may be missed.</summary>
    /// <param name="costs">Of one of each unknown; none below zero.</param>
    /// <param name="balances">
    /// Rows that are zero exactly, each with an unknown that it can be solved for once those of the rows before it are.
    /// </param>
    public LinearProgramme(double[] costs, IEnumerable<(double[] Factors, int Unknown)> balances) =>
        (_costs, _unknowns, _hard) = (costs, costs.Length, [.. balances]);

    /// <summary>A row with what it costs to be one short of its target, and one over.</summary>
    public void Add(double[] factors, double target, double shortCost, double overCost) =>
        _soft.Add((factors, target, shortCost, overCost));

    /// <summary>The unknowns.</summary>
    /// <exception cref="InvalidOperationException">The search does not end.</exception>
    public double[] Solve()
    {
        // Columns: the unknowns; for each soft row what it is short of and what it is over; the right side.
        int rows = _hard.Count + _soft.Count, short0 = _unknowns, over0 = _unknowns + _soft.Count, right = _unknowns + 2 * _soft.Count;
        double[][] table = [.. Enumerable.Range(0, rows).Select(_ => new double[right + 1])];
        double[] costs = [.. _costs, .. _soft.Select(row => row.Short), .. _soft.Select(row => row.Over), 0];
        int[] basis = new int[rows];
        for (int r = 0; r < _hard.Count; r++)
            _hard[r].Factors.CopyTo(table[r], 0);
        for (int s = 0; s < _soft.Count; s++)
        {
            double[] row = table[_hard.Count + s];
            _soft[s].Factors.CopyTo(row, 0);
            (row[short0 + s], row[over0 + s]) = (1, -1);
            row[right] = _soft[s].Target * (1 + 1e-10 * s) + 1e-10 * (s + 1); // no two rows tie, so that the search goes on
            basis[_hard.Count + s] = short0 + s;
        }

        for (int r = 0; r < _hard.Count; r++)
        {
            basis[r] = _hard[r].Unknown;
            Pivot(table, r, basis[r]);
        }

        double[] reduced = [.. costs];
        for (int r = 0; r < rows; r++)
            Subtract(reduced, table[r], costs[basis[r]]);
        for (int step = 0; step < 50 * (rows + right); step++)
        {
            int column = Array.IndexOf(reduced, reduced.AsSpan(0, right).ToArray().Min());
            if (reduced[column] > -CostTolerance)
                return Values(table, basis, right);
            int leaving = Leaving(table, basis, column, right);
            if (leaving < 0)
                throw new InvalidOperationException("The linear programme has no least cost.");
            basis[leaving] = column;
            Pivot(table, leaving, column);
            Subtract(reduced, table[leaving], reduced[column]);
        }

        throw new InvalidOperationException("The linear programme takes too many steps.");
    }

    /// <summary>The row that first comes to zero when a column grows; of equals the one whose unknown has the lowest number.</summary>
    private static int Leaving(double[][] table, int[] basis, int column, int right)
    {
        int leaving = -1;
        double least = double.PositiveInfinity;
        for (int r = 0; r < table.Length; r++)
        {
            if (table[r][column] <= Tolerance)
                continue;
            double ratio = Math.Max(table[r][right], 0) / table[r][column];
            if (ratio < least || (ratio == least && basis[r] < basis[leaving]))
                (least, leaving) = (ratio, r);
        }

        return leaving;
    }

    private double[] Values(double[][] table, int[] basis, int right)
    {
        double[] values = new double[_unknowns];
        for (int r = 0; r < table.Length; r++)
            if (basis[r] < _unknowns)
                values[basis[r]] = Math.Max(0, table[r][right]);
        return values;
    }

    private static void Pivot(double[][] table, int row, int column)
    {
        double[] pivot = table[row];
        double by = 1 / pivot[column];
        for (int c = 0; c < pivot.Length; c++)
            pivot[c] *= by;
        pivot[column] = 1;
        foreach (double[] other in table)
            if (other != pivot)
                Subtract(other, pivot, other[column]);
    }

    private static void Subtract(double[] from, double[] row, double times)
    {
        if (times == 0)
            return;
        for (int c = 0; c < from.Length; c++)
            from[c] -= times * row[c];
    }
}
