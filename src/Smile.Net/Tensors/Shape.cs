namespace Smile.Net.Tensors;

/// <summary>The extents of an activation, (N, H, W, C), C fastest.</summary>
public readonly record struct Shape(int Batch, int Height, int Width, int Channels)
{
    /// <summary>N * H * W.</summary>
    public int Rows => Fitting((long)Batch * Height * Width);

    /// <summary>Elements.</summary>
    public int Count => Fitting((long)Rows * Channels);

    /// <inheritdoc/>
    public override string ToString() => $"{Batch}x{Height}x{Width}x{Channels}";

    private int Fitting(long elements) => elements <= int.MaxValue ? (int)elements
        : throw new ConfigException($"A tensor of {this} has more than {int.MaxValue} elements. Lower train.batch or train.size.");
}
