using System.Numerics.Tensors;

namespace Smile.Net.Augment;

/// <summary>Random changes of the intensities of a windowed slice: noise, blur, contrast, low resolution, gamma, in this order.</summary>
internal sealed class IntensityChange
{
    private readonly int _height, _width;
    private readonly float[] _copy, _kernel;

    /// <param name="height">Rows of a training slice.</param>
    /// <param name="width">Columns of it.</param>
    public IntensityChange(int height, int width) =>
        (_height, _width, _copy, _kernel) = (height, width, new float[height * width], new float[2 * Reach(MostBlur) + 1]);

    /// <summary>The largest standard deviation that <see cref="AugmentSettings.Blur"/> may have.</summary>
    private const double MostBlur = 10;

    /// <summary>
    /// Draws and makes the changes that are on; of those that are off nothing is drawn. Of several planes each is changed by itself and by
    /// the same numbers, but for noise, which is each plane's own.
    /// </summary>
    /// <param name="settings">Shares and ranges.</param>
    /// <param name="planes">(planes, height, width), changed.</param>
    /// <param name="rng">What is drawn depends on the settings and on earlier draws.</param>
    public void Apply(AugmentSettings settings, Span<float> planes, Rng rng)
    {
        int pixels = _height * _width, count = planes.Length / pixels;
        if (settings.HasNoise && rng.NextDouble() < settings.NoiseShare)
            AddNoise(planes, rng.Uniform(0, settings.Noise), rng);
        if (settings.HasBlur && rng.NextDouble() < settings.BlurShare)
        {
            double deviation = rng.Uniform(settings.Blur / 2, settings.Blur);
            for (int i = 0; i < count; i++)
                Blur(planes.Slice(i * pixels, pixels), deviation);
        }

        if (settings.HasContrast && rng.NextDouble() < settings.ContrastShare)
        {
            float factor = (float)rng.Uniform(1 - settings.Contrast, 1 + settings.Contrast);
            for (int i = 0; i < count; i++)
                Contrast(planes.Slice(i * pixels, pixels), factor);
        }

        if (settings.HasLowResolution && rng.NextDouble() < settings.LowResolutionShare)
        {
            double factor = rng.Uniform(settings.LowResolution, 1);
            for (int i = 0; i < count; i++)
                LowerResolution(planes.Slice(i * pixels, pixels), factor);
        }

        if (settings.HasGamma && rng.NextDouble() < settings.GammaShare)
        {
            double exponent = rng.NextDouble() < 0.5 ? rng.Uniform(settings.GammaLow, 1) : rng.Uniform(1, settings.GammaHigh);
            bool inverted = rng.NextDouble() < 0.25;
            for (int i = 0; i < count; i++)
                Gamma(planes.Slice(i * pixels, pixels), exponent, inverted);
        }
    }

    /// <summary>Draws what <see cref="Apply"/> draws, and changes nothing.</summary>
    /// <param name="settings">Shares and ranges.</param>
    /// <param name="numbers">Of all planes.</param>
    /// <param name="rng">Is where it is after <see cref="Apply"/>.</param>
    public static void Skip(AugmentSettings settings, int numbers, Rng rng)
    {
        if (settings.HasNoise && rng.NextDouble() < settings.NoiseShare)
        {
            rng.NextDouble(); // its deviation
            rng.SkipNormals(numbers);
        }

        if (settings.HasBlur && rng.NextDouble() < settings.BlurShare)
            rng.NextDouble();
        if (settings.HasContrast && rng.NextDouble() < settings.ContrastShare)
            rng.NextDouble();
        if (settings.HasLowResolution && rng.NextDouble() < settings.LowResolutionShare)
            rng.NextDouble();
        if (!settings.HasGamma || rng.NextDouble() >= settings.GammaShare)
            return;
        for (int i = 0; i < 3; i++) // on which side of 1, the exponent, inverted
            rng.NextDouble();
    }

    private static void AddNoise(Span<float> image, double deviation, Rng rng)
    {
        foreach (ref float value in image)
            value += (float)(deviation * rng.Normal());
    }

    /// <summary>A separable Gaussian to three deviations; at the edges the image goes on as its last row or column.</summary>
    private void Blur(Span<float> image, double deviation)
    {
        int reach = Reach(deviation);
        Span<float> kernel = _kernel.AsSpan(0, 2 * reach + 1);
        for (int i = 0; i < kernel.Length; i++)
            kernel[i] = (float)Math.Exp(-0.5 * (i - reach) * (i - reach) / (deviation * deviation));
        TensorPrimitives.Divide(kernel, TensorPrimitives.Sum<float>(kernel), kernel);
        for (int y = 0; y < _height; y++) // down the columns
        {
            Span<float> to = _copy.AsSpan(y * _width, _width);
            to.Clear();
            for (int i = -reach; i <= reach; i++)
                TensorPrimitives.MultiplyAdd(image.Slice(Math.Clamp(y + i, 0, _height - 1) * _width, _width), kernel[i + reach], to, to);
        }

        for (int y = 0; y < _height; y++) // along the rows
        {
            ReadOnlySpan<float> from = _copy.AsSpan(y * _width, _width);
            for (int x = 0; x < _width; x++)
            {
                float sum = 0;
                for (int i = -reach; i <= reach; i++)
                    sum += kernel[i + reach] * from[Math.Clamp(x + i, 0, _width - 1)];
                image[y * _width + x] = sum;
            }
        }
    }

    private static void Contrast(Span<float> image, float factor)
    {
        float low = TensorPrimitives.Min<float>(image), high = TensorPrimitives.Max<float>(image);
        float mean = TensorPrimitives.Sum<float>(image) / image.Length;
        foreach (ref float value in image)
            value = Math.Clamp((value - mean) * factor + mean, low, high);
    }

    /// <summary>Every so many voxels the nearest is kept; back bilinearly.</summary>
    private void LowerResolution(Span<float> image, double factor)
    {
        int rows = Math.Max(1, (int)Math.Round(_height * factor)), columns = Math.Max(1, (int)Math.Round(_width * factor));
        for (int y = 0; y < rows; y++)
            for (int x = 0; x < columns; x++)
                _copy[y * columns + x] = image[(int)((y + 0.5) * _height / rows) * _width + (int)((x + 0.5) * _width / columns)];
        for (int y = 0; y < _height; y++)
        {
            (int upper, int lower, float down) = Neighbours(y, _height, rows);
            for (int x = 0; x < _width; x++)
            {
                (int left, int right, float along) = Neighbours(x, _width, columns);
                float above = Mixed(_copy[upper * columns + left], _copy[upper * columns + right], along);
                float below = Mixed(_copy[lower * columns + left], _copy[lower * columns + right], along);
                image[y * _width + x] = Mixed(above, below, down);
            }
        }
    }

    private static (int First, int Second, float Part) Neighbours(int at, int size, int fewer)
    {
        float place = Math.Clamp((at + 0.5f) * fewer / size - 0.5f, 0, fewer - 1);
        int first = (int)place;
        return (first, Math.Min(first + 1, fewer - 1), place - first);
    }

    private static float Mixed(float a, float b, float part) => a + part * (b - a);

    /// <summary>
    /// A power of what lies between the least and the greatest value; inverted, of what is missing to the greatest. Mean and deviation
    /// stay.
    /// </summary>
    private static void Gamma(Span<float> image, double exponent, bool inverted)
    {
        (float mean, float deviation) = Moments(image);
        float low = TensorPrimitives.Min<float>(image), range = TensorPrimitives.Max<float>(image) - low;
        if (!(range > 1e-6f && deviation > 0))
            return;
        foreach (ref float value in image)
        {
            float part = (value - low) / range, power = MathF.Pow(inverted ? 1 - part : part, (float)exponent);
            value = inverted ? 1 - power : power;
        }

        (float newMean, float newDeviation) = Moments(image);
        float factor = deviation / Math.Max(newDeviation, 1e-6f);
        foreach (ref float value in image)
            value = (value - newMean) * factor + mean;
    }

    private static (float Mean, float Deviation) Moments(ReadOnlySpan<float> image)
    {
        double sum = 0, squares = 0;
        foreach (float value in image)
        {
            sum += value;
            squares += (double)value * value;
        }

        double mean = sum / image.Length;
        return ((float)mean, (float)Math.Sqrt(Math.Max(0, squares / image.Length - mean * mean)));
    }

    private static int Reach(double deviation) => Math.Max(1, (int)Math.Ceiling(3 * deviation));
}
