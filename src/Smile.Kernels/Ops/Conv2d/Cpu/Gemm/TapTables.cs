namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>
/// Which source pixel each tap of a target pixel reads, one table for each axis: padding, stride and dilation are in them.
/// </summary>
internal unsafe struct TapTables
{
    /// <summary>(Taps, Height) and (Taps, Width): the source row and column that a tap reads, or -1.</summary>
    public int* RowOf, ColumnOf;

    /// <summary>
    /// (Width): target columns in the order in which tiles take them, so that one tile has one phase of the source's spread.
    /// </summary>
    public int* ColumnOrder;

    public void Allocate(ref ScratchLayout layout, in ConvProblem problem)
    {
        RowOf = layout.Integers((long)problem.Taps * problem.Height);
        ColumnOf = layout.Integers((long)problem.Taps * problem.Width);
        ColumnOrder = layout.Integers(problem.Width);
    }

    public readonly void Fill(in ConvProblem problem)
    {
        Fill(RowOf, problem, problem.Height, problem.SourceHeight);
        Fill(ColumnOf, problem, problem.Width, problem.SourceWidth);
        int* to = ColumnOrder;
        for (int phase = 0; phase < problem.Spread; phase++)
            for (int column = phase; column < problem.Width; column += problem.Spread)
                *to++ = column;
    }

    private static void Fill(int* table, in ConvProblem problem, int size, int sourceSize)
    {
        for (int tap = 0; tap < problem.Taps; tap++)
            for (int i = 0; i < size; i++)
            {
                int at = i * problem.Step - problem.Pad + tap * problem.Dilation;
                *table++ = at >= 0 && at % problem.Spread == 0 && at / problem.Spread < sourceSize ? at / problem.Spread : -1;
            }
    }
}
