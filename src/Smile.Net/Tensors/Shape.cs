namespace Smile.Net.Tensors;

/// <summary>The extents of an activation, (N, H, W, C), C fastest.</summary>
public readonly record struct Shape(int Batch, int Height, int Width, int Channels)
{
    /// <summary>N * H * W.</summary>
    public int Rows => checked(Batch * Height * Width);

    /// <summary>Elements.</summary>
    public int Count => checked(Rows * Channels);

    /// <inheritdoc/>
    public override string ToString() => $"{Batch}x{Height}x{Width}x{Channels}";
}
