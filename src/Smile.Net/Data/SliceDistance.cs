namespace Smile.Net.Data;

/// <summary>How far apart the slices lie that a network sees as neighbours.</summary>
/// <param name="Millimetres">Null: they are the next slices of the volume, however far apart those are.</param>
public readonly record struct SliceDistance(double? Millimetres)
{
    /// <summary>
    /// How many slices of the volume the so-many-th neighbour is away: the nearest slice to where it would lie. Thin slices are skipped;
    /// a volume whose slices are further apart shows one of them several times.
    /// </summary>
    /// <param name="neighbour">Negative: below.</param>
    /// <param name="geometry">Of the volume.</param>
    public int Steps(int neighbour, Geometry geometry) => Millimetres is { } wanted
        ? (int)Math.Round(neighbour * wanted / geometry.Spacing.Z, MidpointRounding.AwayFromZero)
        : neighbour;

    /// <summary>The slice of the volume that a channel shows; beyond an end the last one.</summary>
    /// <param name="z">The slice in the middle.</param>
    /// <param name="channel">0 .. slices - 1, the lowest first.</param>
    /// <param name="slices">A slice and its neighbours: an odd number.</param>
    /// <param name="geometry">Of the volume.</param>
    public int SliceOf(int z, int channel, int slices, Geometry geometry) =>
        Math.Clamp(z + Steps(channel - slices / 2, geometry), 0, geometry.Depth - 1);
}
