using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>A ball of varying radius swept along a Catmull-Rom curve through knots: a vessel, a gut loop, the pancreas.</summary>
internal sealed class Tube
{
    private const int StepsPerSpan = 4;

    private readonly Vector3[] _start, _along;
    private readonly float[] _radius, _widening, _inverseLength2;

    /// <param name="knots">Points of the curve, each with the tube's radius there, in mm; at least two.</param>
    public Tube(IReadOnlyList<Vector4> knots)
    {
        List<Vector4> curve = [];
        for (int span = 0; span + 1 < knots.Count; span++)
            for (int step = 0; step < StepsPerSpan; step++)
                curve.Add(Interpolate(knots, span, step / (float)StepsPerSpan));
        curve.Add(knots[^1]);

        int count = curve.Count - 1;
        (_start, _along) = (new Vector3[count], new Vector3[count]);
        (_radius, _widening, _inverseLength2) = (new float[count], new float[count], new float[count]);
        Box = Box.Around(curve[0].AsVector3(), curve[0].W);
        for (int i = 0; i < count; i++)
        {
            _start[i] = curve[i].AsVector3();
            _along[i] = (curve[i + 1] - curve[i]).AsVector3();
            (_radius[i], _widening[i]) = (curve[i].W, curve[i + 1].W - curve[i].W);
            _inverseLength2[i] = 1 / MathF.Max(_along[i].LengthSquared(), 1e-6f);
            Box = Box.Union(Box.Around(curve[i + 1].AsVector3(), curve[i + 1].W));
        }
    }

    public Box Box { get; }

    public float Distance(Vector3 p)
    {
        float nearest = float.PositiveInfinity;
        for (int i = 0; i < _start.Length; i++)
        {
            Vector3 v = p - _start[i];
            float t = Math.Clamp(Vector3.Dot(v, _along[i]) * _inverseLength2[i], 0, 1);
            nearest = MathF.Min(nearest, (v - _along[i] * t).Length() - _radius[i] - _widening[i] * t);
        }
        return nearest;
    }

    public Shape Filled(params Layer[] layers) => new(Box, Distance, layers);

    private static Vector4 Interpolate(IReadOnlyList<Vector4> knots, int span, float t)
    {
        Vector4 a = knots[Math.Max(span - 1, 0)], b = knots[span], c = knots[span + 1], d = knots[Math.Min(span + 2, knots.Count - 1)];
        return b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    }
}
