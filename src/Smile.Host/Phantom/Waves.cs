using System.Numerics;
using Smile.Net;

namespace Smile.Host.Phantom;

/// <summary>A smooth random scalar field of unit variance: a sum of plane waves of random direction and phase.</summary>
internal sealed class Waves
{
    private readonly Vector3[] _wave;
    private readonly float[] _phase;
    private readonly float _amplitude;

    /// <param name="rng">Where directions and phases come from.</param>
    /// <param name="count">The number of waves.</param>
    /// <param name="shortest">The shortest wavelength, mm; the longest is twice that.</param>
    public Waves(Rng rng, int count, double shortest)
    {
        (_wave, _phase, _amplitude) = (new Vector3[count], new float[count], MathF.Sqrt(2f / count));
        for (int i = 0; i < count; i++)
        {
            var direction = Vector3.Normalize(new((float)rng.Normal(), (float)rng.Normal(), (float)rng.Normal()));
            _wave[i] = direction * (float)(2 * Math.PI / rng.Uniform(shortest, 2 * shortest));
            _phase[i] = (float)rng.Uniform(0, 2 * Math.PI);
        }
    }

    /// <summary>Fills one row with the field at (x0 + i * step, y, z).</summary>
    public void Row(Span<float> row, float x0, float step, float y, float z)
    {
        row.Clear();
        for (int k = 0; k < _wave.Length; k++)
        {
            // sin(a + i * b) by rotating (sin, cos) through b, so that a row costs two sines and two cosines a wave.
            (float sin, float cos) = MathF.SinCos(_wave[k].X * x0 + _wave[k].Y * y + _wave[k].Z * z + _phase[k]);
            (float turnSin, float turnCos) = MathF.SinCos(_wave[k].X * step);
            sin *= _amplitude;
            cos *= _amplitude;
            for (int i = 0; i < row.Length; i++)
            {
                row[i] += sin;
                (sin, cos) = (sin * turnCos + cos * turnSin, cos * turnCos - sin * turnSin);
            }
        }
    }
}
