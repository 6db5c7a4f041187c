using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>Signed distances of simple bodies and their combinations (I. Quilez, "distance functions").</summary>
internal static class Solids
{
    /// <summary>An ellipsoid turned by <paramref name="turn"/>; the distance is first-order exact at the surface.</summary>
    public static Func<Vector3, float> Ellipsoid(Vector3 centre, Vector3 radii, Quaternion? turn = null)
    {
        Vector3 inverse = Vector3.One / radii, inverse2 = inverse * inverse;
        float smallest = MathF.Min(radii.X, MathF.Min(radii.Y, radii.Z));
        Quaternion? back = turn is { } q ? Quaternion.Conjugate(q) : null;
        return p =>
        {
            Vector3 v = p - centre;
            if (back is { } b)
                v = Vector3.Transform(v, b);
            float k0 = (v * inverse).Length(), k1 = (v * inverse2).Length();
            return k1 > 1e-6f ? k0 * (k0 - 1) / k1 : -smallest;
        };
    }

    public static float SmoothUnion(float a, float b, float radius)
    {
        float h = MathF.Max(radius - MathF.Abs(a - b), 0) / radius;
        return MathF.Min(a, b) - h * h * radius * 0.25f;
    }

    /// <summary>What of a is not in b, the edge rounded.</summary>
    public static float SmoothSubtract(float a, float b, float radius) => -SmoothUnion(-a, b, radius);

    /// <summary>What is in both, the edge rounded.</summary>
    public static float SmoothIntersect(float a, float b, float radius) => -SmoothUnion(-a, -b, radius);

    public static Quaternion Rotation(float yaw, float pitch, float roll) =>
        Quaternion.CreateFromAxisAngle(Vector3.UnitZ, yaw) * Quaternion.CreateFromAxisAngle(Vector3.UnitX, pitch)
        * Quaternion.CreateFromAxisAngle(Vector3.UnitY, roll);
}
