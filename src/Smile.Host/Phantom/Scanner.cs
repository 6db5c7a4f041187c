using System.Numerics;
using Smile.Net;

namespace Smile.Host.Phantom;

/// <summary>Turns an anatomy into slices: partial volume through the plane, point spread, correlated noise, majority labels.</summary>
internal sealed class Scanner
{
    // Planes painted for each slice: the partial volume through the plane. That in the plane comes from Canvas's soft edges.
    private const int Planes = 2;

    // Standard deviation, in pixels, of the Gaussian that correlates the noise: reconstructed CT noise is not white.
    private const double NoiseCorrelation = 0.6;

    private readonly Patient _patient;
    private readonly Canvas _canvas;
    private readonly Rng _rng;
    private readonly int _width, _depth;
    private readonly float _thickness, _noise;
    private readonly float[] _pointSpread, _correlation, _image, _grain, _scratch;
    private readonly Vector4[] _mean;

    /// <param name="options">Sizes, noise and blur.</param>
    /// <param name="patient">The anatomy.</param>
    /// <param name="pixel">In-plane spacing in the anatomy's millimetres.</param>
    /// <param name="thickness">Slice spacing in the anatomy's millimetres.</param>
    /// <param name="rng">Where the deformation and the noise come from; noise is drawn slice by slice.</param>
    public Scanner(PhantomOptions options, Patient patient, float pixel, float thickness, Rng rng)
    {
        (_patient, _rng, _width, _depth, _thickness) = (patient, rng, options.Width, options.Depth, thickness);
        _canvas = new(options.Height, options.Width, pixel, rng);
        (_pointSpread, _correlation) = (Gaussian(options.Blur), Gaussian(NoiseCorrelation));
        // Filtering white noise along two axes scales its standard deviation by the kernel's sum of squares.
        float gain = 0;
        foreach (float tap in _correlation)
            gain += tap * tap;
        _noise = (float)(rng.Uniform(12, 20) * options.Noise) / gain;
        int pixels = options.Height * options.Width;
        (_image, _grain, _scratch, _mean) = (new float[pixels], new float[pixels], new float[pixels], new Vector4[pixels]);
    }

    /// <summary>Fills slice <paramref name="z"/>. Slices are asked for in order: their noise comes from one sequence.</summary>
    public void Scan(int z, Span<float> image, Span<byte> labels)
    {
        Array.Clear(_mean);
        for (int plane = 0; plane < Planes; plane++)
        {
            _canvas.Paint(_patient.Shapes, (z + (plane + 0.5f) / Planes - 0.5f * _depth) * _thickness);
            for (int i = 0; i < _mean.Length; i++)
                _mean[i] += _canvas.Pixels[i] / Planes;
        }
        for (int i = 0; i < _mean.Length; i++)
        {
            (_image[i], labels[i], _grain[i]) = (_mean[i].X, Majority(_mean[i]), (float)_rng.Normal());
        }
        Filter(_image, _pointSpread);
        Filter(_grain, _correlation);
        for (int i = 0; i < image.Length; i++)
            image[i] = Math.Clamp(MathF.Round(_image[i] + _noise * _grain[i]), -1024, 3071) + 0f; // no -0, which is no integer
    }

    // The largest of background, liver, pancreas, stomach; ties go to the lower label.
    private static byte Majority(Vector4 pixel)
    {
        float best = 1 - pixel.Y - pixel.Z - pixel.W;
        byte label = 0;
        for (byte k = 1; k <= 3; k++)
            if (pixel[k] > best)
                (best, label) = (pixel[k], k);
        return label;
    }

    private static float[] Gaussian(double sigma)
    {
        int radius = (int)Math.Ceiling(3 * sigma);
        var taps = new float[2 * radius + 1];
        for (int i = -radius; i <= radius; i++)
            taps[i + radius] = sigma > 0 ? (float)Math.Exp(-0.5 * i * i / (sigma * sigma)) : 1;
        float sum = taps.Sum();
        return Array.ConvertAll(taps, tap => tap / sum);
    }

    // Along x, then along y; the border pixel is repeated outside.
    private void Filter(float[] image, float[] taps)
    {
        int radius = taps.Length / 2, height = image.Length / _width;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < _width; x++)
            {
                float sum = 0;
                for (int k = -radius; k <= radius; k++)
                    sum += taps[k + radius] * image[y * _width + Math.Clamp(x + k, 0, _width - 1)];
                _scratch[y * _width + x] = sum;
            }
        Array.Clear(image);
        for (int y = 0; y < height; y++)
            for (int k = -radius; k <= radius; k++)
            {
                int from = Math.Clamp(y + k, 0, height - 1) * _width;
                for (int x = 0; x < _width; x++)
                    image[y * _width + x] += taps[k + radius] * _scratch[from + x];
            }
    }
}
