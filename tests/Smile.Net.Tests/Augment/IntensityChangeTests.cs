using Smile.Net.Augment;

namespace Smile.Net.Tests.Augment;

public sealed class IntensityChangeTests
{
    private const int Height = 24, Width = 31;

    private static readonly AugmentSettings _none = new();

    [Fact]
    public void What_is_off_changes_and_draws_nothing()
    {
        var rng = new Rng(3);
        var before = rng.State;
        float[] image = Image();
        new IntensityChange(Height, Width).Apply(_none, image, rng);
        Assert.Equal(Image(), image);
        Assert.Equal(before, rng.State);
    }

    [Fact]
    public void Noise_has_no_mean_and_at_most_its_deviation()
    {
        float[] image = new float[256 * 256];
        new IntensityChange(256, 256).Apply(_none with { Noise = 0.2 }, image, new Rng(5));
        (double mean, double deviation) = Moments(image);
        Assert.InRange(mean, -0.01, 0.01);
        Assert.InRange(deviation, 0.001, 0.2);
    }

    [Fact]
    public void A_blurred_plane_stays_and_a_point_spreads_by_the_deviation()
    {
        var change = new IntensityChange(41, 41);
        float[] plane = [.. Enumerable.Repeat(0.25f, 41 * 41)], point = new float[41 * 41];
        point[20 * 41 + 20] = 1;
        AugmentSettings blur = _none with { Blur = 2 };
        change.Apply(blur, plane, new Rng(1));
        change.Apply(blur, point, new Rng(1));
        Assert.All(plane, value => Assert.Equal(0.25f, value, 1e-5f));
        double sum = 0, squares = 0;
        for (int i = 0; i < point.Length; i++)
        {
            sum += point[i];
            squares += point[i] * Math.Pow(i % 41 - 20, 2);
        }

        Assert.Equal(1, sum, 1e-4);
        Assert.InRange(Math.Sqrt(squares), 0.95, 2.0);
        Assert.Equal(point[20 * 41 + 23], point[23 * 41 + 20], 1e-6f);
    }

    [Fact]
    public void Contrast_keeps_the_range()
    {
        float[] image = Image(), changed = Image();
        new IntensityChange(Height, Width).Apply(_none with { Contrast = 0.5 }, changed, new Rng(2));
        Assert.NotEqual(image, changed);
        Assert.All(changed, value => Assert.InRange(value, image.Min(), image.Max()));
    }

    [Fact]
    public void Low_resolution_keeps_a_plane_and_smooths_a_chequerboard()
    {
        var change = new IntensityChange(32, 32);
        float[] plane = [.. Enumerable.Repeat(-0.5f, 32 * 32)];
        float[] board = [.. Enumerable.Range(0, 32 * 32).Select(i => (i / 32 + i) % 2 == 0 ? 1f : -1f)];
        AugmentSettings low = _none with { LowResolution = 0.4 };
        change.Apply(low, plane, new Rng(4));
        Assert.All(plane, value => Assert.Equal(-0.5f, value));
        float[] smooth = [.. board];
        change.Apply(low, smooth, new Rng(4));
        Assert.True(Moments(smooth).Deviation < Moments(board).Deviation);
    }

    [Fact]
    public void Gamma_keeps_mean_and_deviation_and_the_order_of_the_values()
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            float[] image = Image(), changed = Image();
            new IntensityChange(Height, Width).Apply(_none with { GammaLow = 0.5, GammaHigh = 2 }, changed, new Rng(seed));
            Assert.Equal(Moments(image).Mean, Moments(changed).Mean, 1e-4);
            Assert.Equal(Moments(image).Deviation, Moments(changed).Deviation, 1e-4);
            int[] order = [.. Enumerable.Range(0, image.Length).OrderBy(i => image[i])];
            for (int i = 1; i < order.Length; i++)
                Assert.True(changed[order[i]] >= changed[order[i - 1]] - 1e-5f);
        }
    }

    [Fact]
    public void A_slice_of_one_value_survives_everything()
    {
        AugmentSettings all = AugmentPresets.Of(AugmentPresets.NnUnet) with
        {
            NoiseShare = 0,
            BlurShare = 1,
            ContrastShare = 1,
            LowResolutionShare = 1,
            GammaShare = 1,
        };
        float[] image = [.. Enumerable.Repeat(-1f, Height * Width)];
        new IntensityChange(Height, Width).Apply(all, image, new Rng(1));
        Assert.All(image, value => Assert.Equal(-1f, value, 1e-5f));
    }

    private static float[] Image()
    {
        var rng = new Rng(11);
        return [.. Enumerable.Range(0, Height * Width).Select(_ => (float)rng.Uniform(-1, 1))];
    }

    private static (double Mean, double Deviation) Moments(float[] values)
    {
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))));
    }
}
