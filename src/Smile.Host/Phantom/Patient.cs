using System.Numerics;
using Smile.Net;

namespace Smile.Host.Phantom;

/// <summary>
/// The anatomy of one case as a list of shapes in painting order, in millimetres of a reference patient 320 mm wide:
/// x to the right, y anterior, z superior, the origin in the middle of the field of view.
/// </summary>
internal sealed class Patient
{
    private readonly List<Shape> _shapes = [];

    public Patient(Rng rng)
    {
        Rng = rng;
        Hu = new(rng);
        Trunk = new(this);
        Trunk.Paint();
        Skeleton.Paint(this);
        Bowel.Paint(this);
        Viscera.Paint(this);
    }

    public Rng Rng { get; }

    public Enhancement Hu { get; }

    public Trunk Trunk { get; }

    public IReadOnlyList<Shape> Shapes => _shapes;

    public void Add(Shape shape) => _shapes.Add(shape);

    /// <summary>A layer of fat that parts a shape from what was painted before.</summary>
    public Layer FatPlane(float thickness) => new(thickness, Hu.Fat);

    public float Draw(double low, double high) => (float)Rng.Uniform(low, high);

    /// <summary>A point moved at random by up to <paramref name="by"/> mm along each axis.</summary>
    public Vector3 Near(float x, float y, float z, float by) =>
        new Vector3(x, y, z) + new Vector3(Draw(-by, by), Draw(-by, by), Draw(-by, by));

    /// <summary>A tube's knot: a point moved at random as by <see cref="Near"/>, and a radius varied by up to 10 %.</summary>
    public Vector4 Knot(float x, float y, float z, float radius, float by) => new(Near(x, y, z, by), radius * Draw(0.9, 1.1));
}
