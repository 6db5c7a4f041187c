namespace Smile.Net.Data;

/// <summary>The Hounsfield units that the network sees: clipped to [Low, High], then mapped linearly to [-1, 1].</summary>
/// <param name="Low">HU that become -1.</param>
/// <param name="High">HU that become 1.</param>
public readonly record struct Window(float Low, float High)
{
    /// <summary>What padding holds: the window's minimum, air.</summary>
    public const float Minimum = -1;

    /// <summary>Soft tissue of the abdomen, -160 .. 240 HU.</summary>
    public static Window Abdomen => new(-160, 240);

    /// <summary>One value.</summary>
    public float Map(float hu) => (Math.Clamp(hu, Low, High) - Low) * (2 / (High - Low)) - 1;

    /// <summary>Many values, <paramref name="hu"/> and <paramref name="mapped"/> of one length; they may be the same span.</summary>
    public void Map(ReadOnlySpan<float> hu, Span<float> mapped)
    {
        for (int i = 0; i < hu.Length; i++)
            mapped[i] = Map(hu[i]);
    }

    /// <summary>Refuses an empty or unbounded window.</summary>
    /// <exception cref="ConfigException">Low is not below High, or one is not a finite number.</exception>
    public void Validate()
    {
        if (!(float.IsFinite(Low) && float.IsFinite(High) && Low < High))
            throw new ConfigException($"window: {Low} .. {High} HU is no interval. Give the lower bound first, both finite.");
    }
}
