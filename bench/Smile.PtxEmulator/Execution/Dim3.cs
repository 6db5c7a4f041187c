namespace Smile.PtxEmulator.Execution;

/// <summary>Sizes of a grid or block, or a position in one.</summary>
public readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    public long Count => (long)X * Y * Z;

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
