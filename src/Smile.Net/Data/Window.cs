using System.Numerics.Tensors;

namespace Smile.Net.Data;

/// <summary>The Hounsfield units that the network sees: clipped to [Low, High], then mapped linearly to [-1, 1].</summary>
/// <param name="Low">HU that become -1.</param>
/// <param name="High">HU that become 1.</param>
public readonly record struct Window(float Low, float High)
{
    /// <summary>What padding holds: the window's minimum, air.</summary>
    public const float Minimum = -1;

    private const int Piece = 1024;

    /// <summary>Soft tissue of the abdomen, -160 .. 240 HU.</summary>
    public static Window Abdomen => new(-160, 240);

    /// <summary>One value.</summary>
    public float Map(float hu) => (Math.Clamp(hu, Low, High) - Low) * (2 / (High - Low)) - 1;

    /// <summary>
    /// Many values, <paramref name="hu"/> and <paramref name="mapped"/> of one length; they may be one span. The same bits as one
    /// by one.
    /// </summary>
    public void Map(ReadOnlySpan<float> hu, Span<float> mapped)
    {
        // In pieces that the first cache holds, so that the four passes are one over memory.
        for (int start = 0; start < hu.Length; start += Piece)
        {
            Span<float> piece = mapped.Slice(start, Math.Min(Piece, hu.Length - start));
            TensorPrimitives.Clamp(hu.Slice(start, piece.Length), Low, High, piece);
            TensorPrimitives.Subtract(piece, Low, piece);
            TensorPrimitives.Multiply(piece, 2 / (High - Low), piece);
            TensorPrimitives.Subtract(piece, 1, piece);
        }
    }

    /// <summary>Refuses an empty or unbounded window.</summary>
    /// <exception cref="ConfigException">Low is not below High, or one is not a finite number.</exception>
    public void Validate()
    {
        if (!(float.IsFinite(Low) && float.IsFinite(High) && Low < High))
            throw new ConfigException($"window: {Low} .. {High} HU is no interval. Give the lower bound first, both finite.");
    }
}
