using System.Numerics.Tensors;

namespace Smile.Net.Data;

/// <summary>
/// The Hounsfield units that the network sees: clipped to [Low, High], then mapped linearly, to [-1, 1] or, where there is a deviation, to
/// (HU - Mean) / Deviation.
/// </summary>
/// <param name="Low">The lowest HU that are told apart.</param>
/// <param name="High">The highest.</param>
/// <param name="Mean">HU that become 0 where Deviation is above 0.</param>
/// <param name="Deviation">HU that become 1 more; 0: Low becomes -1, High 1.</param>
public readonly record struct Window(float Low, float High, float Mean = 0, float Deviation = 0)
{
    private const int Piece = 1024;

    /// <summary>What padding holds: the window's minimum, air.</summary>
    public float Minimum => Map(Low);

    /// <summary>Soft tissue of the abdomen, -160 .. 240 HU.</summary>
    public static Window Abdomen => new(-160, 240);

    /// <summary>One value.</summary>
    public float Map(float hu) => (Math.Clamp(hu, Low, High) - Zero) * Slope - Shift;

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
            TensorPrimitives.Subtract(piece, Zero, piece);
            TensorPrimitives.Multiply(piece, Slope, piece);
            TensorPrimitives.Subtract(piece, Shift, piece);
        }
    }

    /// <summary>HU that are taken off first.</summary>
    internal float Zero => Deviation > 0 ? Mean : Low;

    /// <summary>What they are then multiplied by.</summary>
    internal float Slope => Deviation > 0 ? 1 / Deviation : 2 / (High - Low);

    /// <summary>What is taken off last.</summary>
    internal float Shift => Deviation > 0 ? 0 : 1;

    /// <summary>Refuses an empty or unbounded window.</summary>
    /// <exception cref="ConfigException">Low is not below High, or a number is not finite.</exception>
    public void Validate()
    {
        if (!(float.IsFinite(Low) && float.IsFinite(High) && Low < High))
            throw new ConfigException($"window: {Low} .. {High} HU is no interval. Give the lower bound first, both finite.");
        if (!(float.IsFinite(Mean) && Deviation >= 0 && float.IsFinite(Deviation)))
            throw new ConfigException($"window: mean {Mean}, deviation {Deviation} HU; both must be finite, the deviation at least 0.");
    }
}
