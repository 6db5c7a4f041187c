namespace Smile.Kernels.Gpu;

/// <summary>A thread's four rows of four columns, one field a row.</summary>
internal struct Tile4x4
{
    public Float4 Row0, Row1, Row2, Row3;

    /// <summary>The same row four times.</summary>
    public static Tile4x4 Rows(Float4 row) => new() { Row0 = row, Row1 = row, Row2 = row, Row3 = row };

    /// <summary>Adds another's rows to those of this one.</summary>
    public void Add(in Tile4x4 other)
    {
        Row0 += other.Row0;
        Row1 += other.Row1;
        Row2 += other.Row2;
        Row3 += other.Row3;
    }

    /// <summary>Adds the outer product of a column and a row.</summary>
    public void AddOuter(Float4 column, Float4 row)
    {
        Row0 = Float4.MultiplyAdd(column.X, row, Row0);
        Row1 = Float4.MultiplyAdd(column.Y, row, Row1);
        Row2 = Float4.MultiplyAdd(column.Z, row, Row2);
        Row3 = Float4.MultiplyAdd(column.W, row, Row3);
    }
}

/// <summary>
/// A thread's 64 accumulators of a 64x64 block tile. Its rows and columns come in two runs of four, 32 apart, so that the
/// threads of a warp read neighbouring 16-byte words of shared memory and no bank twice.
/// </summary>
internal struct Tile8x8
{
    public Tile4x4 TopLeft, TopRight, BottomLeft, BottomRight;

    public void AddOuter(Float4 top, Float4 bottom, Float4 left, Float4 right)
    {
        TopLeft.AddOuter(top, left);
        TopRight.AddOuter(top, right);
        BottomLeft.AddOuter(bottom, left);
        BottomRight.AddOuter(bottom, right);
    }
}
