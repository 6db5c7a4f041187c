using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
        Span<Vector256<float>> lanes = MemoryMarshal.Cast<float, Vector256<float>>(row);
        Span<float> tail = row[(lanes.Length * Vector256<float>.Count)..];
        for (int k = 0; k < _wave.Length; k++)
        {
            // sin(a + b) by turning (sin, cos) through b, eight pixels at a time: few sines a row.
            float phase = _wave[k].X * x0 + _wave[k].Y * y + _wave[k].Z * z + _phase[k], turn = _wave[k].X * step;
            var (sin, cos) = Vector256.SinCos(Vector256.CreateSequence(phase, turn));
            (float turnSin, float turnCos) = MathF.SinCos(turn * Vector256<float>.Count);
            for (int i = 0; i < lanes.Length; i++)
            {
                lanes[i] += sin;
                (sin, cos) = (sin * turnCos + cos * turnSin, cos * turnCos - sin * turnSin);
            }
            for (int i = 0; i < tail.Length; i++)
                tail[i] += sin[i];
        }
        foreach (ref float value in row)
            value *= _amplitude;
    }
}
