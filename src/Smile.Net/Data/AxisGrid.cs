namespace Smile.Net.Data;

/// <summary>
/// An axis in steps of another length: the same middle, and as many whole steps as come nearest to the same extent. Pixel n lies at
/// <see cref="Start"/> + n <see cref="Step"/>, in pixels of the source.
/// </summary>
/// <param name="Source">Pixels of the source.</param>
/// <param name="Count">Pixels of the result.</param>
/// <param name="Step">Length of a pixel of the result, in pixels of the source.</param>
public readonly record struct AxisGrid(int Source, int Count, double Step)
{
    /// <param name="source">Pixels.</param>
    /// <param name="spacing">Theirs, mm.</param>
    /// <param name="wanted">Of the result, mm.</param>
    public static AxisGrid Of(int source, double spacing, double wanted) =>
        new(source, (int)Math.Max(1, Math.Min(int.MaxValue, Math.Round(source * spacing / wanted))), wanted / spacing);

    /// <summary>Of the first pixel.</summary>
    public double Start => (Source - 1) / 2.0 - (Count - 1) / 2.0 * Step;

    /// <summary>From the result to the source again.</summary>
    public AxisGrid Back => new(Count, Source, 1 / Step);
}
