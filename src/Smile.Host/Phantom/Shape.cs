using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>An axis-aligned box in millimetres.</summary>
internal readonly record struct Box(Vector3 Min, Vector3 Max)
{
    public static Box Around(Vector3 centre, float radius) => new(centre - new Vector3(radius), centre + new Vector3(radius));

    public Box Grow(float by) => new(Min - new Vector3(by), Max + new Vector3(by));

    public bool Contains(Vector3 p) => Vector3.Clamp(p, Min, Max) == p;

    public Box Union(Box other) => new(Vector3.Min(Min, other.Min), Vector3.Max(Max, other.Max));
}

/// <summary>One tissue of a shape.</summary>
/// <param name="Offset">Where its surface lies: this many mm outside the shape's own (inside where negative).</param>
/// <param name="Hu">The tissue's mean HU.</param>
/// <param name="Label">The organ it belongs to, 0 for none.</param>
/// <param name="Mottle">How far (HU) the anatomy's mottle field moves the HU.</param>
/// <param name="Above">Only what lies anterior of this y (mm, in the scanner's frame) is painted: the level on which gas floats.</param>
internal readonly record struct Layer(float Offset, float Hu, int Label = 0, float Mottle = 0, float Above = float.NegativeInfinity)
{
    /// <summary>Gas in a hollow organ, down to its level.</summary>
    public static Layer Gas(float offset, float level, int label = 0) => new(offset, -920, label, Above: level);
}

/// <summary>
/// A body given by its signed distance (mm, negative inside; exact only near the surface) and a box outside which the
/// distance is positive. Its layers are painted in order, from the outermost in; of two shapes the later covers the earlier.
/// </summary>
internal sealed record Shape(Box Box, Func<Vector3, float> Distance, params Layer[] Layers)
{
    /// <summary>How far (mm) the anatomy's ripple field moves the surface.</summary>
    public float Ripple { get; init; }
}
