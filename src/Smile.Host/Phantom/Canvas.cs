using System.Numerics;
using Smile.Net;

namespace Smile.Host.Phantom;

/// <summary>
/// Paints one thin plane of the anatomy: each pixel holds (HU, liver, pancreas, stomach), the last three as shares of the
/// pixel. The anatomy is bent by a smooth displacement field.
/// </summary>
internal sealed class Canvas
{
    private readonly int _height, _width;
    private readonly float _pixel, _bend;
    private readonly Waves _bendX, _bendY, _bendZ, _rippleField, _mottleField;
    private readonly Vector3[] _points;
    private readonly float[] _ripple, _mottle, _rowX, _rowY, _rowZ;
    private float _bendReach, _rippleReach;

    public Canvas(int height, int width, float pixel, Rng rng)
    {
        (_height, _width, _pixel) = (height, width, pixel);
        _bend = (float)rng.Uniform(2, 4);
        (_bendX, _bendY, _bendZ) = (new(rng, 4, 130), new(rng, 4, 130), new(rng, 4, 130));
        (_rippleField, _mottleField) = (new(rng, 8, 35), new(rng, 16, 12));
        (_rowX, _rowY, _rowZ) = (new float[width], new float[width], new float[width]);
        int pixels = height * width;
        (Pixels, _points, _ripple, _mottle) = (new Vector4[pixels], new Vector3[pixels], new float[pixels], new float[pixels]);
    }

    public Vector4[] Pixels { get; }

    /// <summary>Paints the plane at height <paramref name="z"/> (mm, the scanner's frame).</summary>
    public void Paint(IReadOnlyList<Shape> shapes, float z)
    {
        Deform(z);
        Array.Fill(Pixels, Paint(-1000, 0));
        foreach (Shape shape in shapes)
            Paint(shape, z);
    }

    // Where each pixel lies in the undeformed anatomy, and the two texture fields there.
    private void Deform(float z)
    {
        float x0 = Coordinate(0, _width);
        Vector3 furthest = Vector3.Zero;
        _rippleReach = 0;
        for (int row = 0; row < _height; row++)
        {
            int first = row * _width;
            float y = Coordinate(row, _height);
            _bendX.Row(_rowX, x0, _pixel, y, z);
            _bendY.Row(_rowY, x0, _pixel, y, z);
            _bendZ.Row(_rowZ, x0, _pixel, y, z);
            _rippleField.Row(_ripple.AsSpan(first, _width), x0, _pixel, y, z);
            _mottleField.Row(_mottle.AsSpan(first, _width), x0, _pixel, y, z);
            for (int i = 0; i < _width; i++)
            {
                Vector3 shift = _bend * new Vector3(_rowX[i], _rowY[i], _rowZ[i]);
                _points[first + i] = new Vector3(x0 + i * _pixel, y, z) + shift;
                furthest = Vector3.Max(furthest, Vector3.Abs(shift));
                _rippleReach = MathF.Max(_rippleReach, MathF.Abs(_ripple[first + i]));
            }
        }
        _bendReach = MathF.Max(furthest.X, MathF.Max(furthest.Y, furthest.Z));
    }

    private void Paint(Shape shape, float z)
    {
        float outermost = shape.Layers[0].Offset + 0.5f * _pixel;
        Box inAnatomy = shape.Box.Grow(outermost + shape.Ripple * _rippleReach), box = inAnatomy.Grow(_bendReach);
        if (z < box.Min.Z || z > box.Max.Z)
            return;
        (int left, int right) = Range(box.Min.X, box.Max.X, _width);
        (int bottom, int top) = Range(box.Min.Y, box.Max.Y, _height);
        for (int row = bottom; row < top; row++)
        {
            float y = Coordinate(row, _height);
            for (int i = row * _width + left; i < row * _width + right; i++)
            {
                if (!inAnatomy.Contains(_points[i]))
                    continue;
                float distance = shape.Distance(_points[i]) + shape.Ripple * _ripple[i];
                if (distance < outermost)
                    foreach (ref readonly Layer layer in shape.Layers.AsSpan())
                        Paint(ref Pixels[i], layer, MathF.Max(distance - layer.Offset, layer.Above - y), _mottle[i]);
            }
        }
    }

    // A plane at this distance from the middle of a pixel cuts off this share of it.
    private void Paint(ref Vector4 pixel, in Layer layer, float distance, float mottle)
    {
        float coverage = Math.Clamp(0.5f - distance / _pixel, 0, 1);
        if (coverage > 0)
            pixel = Vector4.Lerp(pixel, Paint(layer.Hu + layer.Mottle * mottle, layer.Label), coverage);
    }

    private static Vector4 Paint(float hu, int label) => new(hu, label == 1 ? 1 : 0, label == 2 ? 1 : 0, label == 3 ? 1 : 0);

    private float Coordinate(int index, int size) => (index - 0.5f * (size - 1)) * _pixel;

    private (int First, int End) Range(float low, float high, int size)
    {
        float middle = 0.5f * (size - 1);
        float first = MathF.Floor(low / _pixel + middle), last = MathF.Ceiling(high / _pixel + middle);
        return ((int)Math.Clamp(first, 0, size), (int)Math.Clamp(last + 1, 0, size));
    }
}
