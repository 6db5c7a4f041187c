using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Phantom;

public sealed class PhantomCaseTests
{
    private const int Liver = 1, Pancreas = 2, Stomach = 3;

    private static readonly PhantomOptions Options = new() { Seed = 1 };

    // Six cases, shared by the tests below because they only read them.
    private static readonly Lazy<(Volume Image, LabelMap Labels)[]> Cases =
        new(() => [.. Enumerable.Range(0, 6).Select(i => PhantomCase.Generate(Options, i))]);

    [Fact]
    public void A_case_has_the_same_bits_alone_and_among_others()
    {
        var together = new (Volume Image, LabelMap Labels)[6];
        Parallel.For(0, 6, i => together[i] = PhantomCase.Generate(Options, i));
        for (int i = 0; i < 6; i++)
        {
            Assert.True(Cases.Value[i].Image.Voxels.AsSpan().SequenceEqual(together[i].Image.Voxels));
            Assert.True(Cases.Value[i].Labels.Voxels.AsSpan().SequenceEqual(together[i].Labels.Voxels));
        }
    }

    [Fact]
    public void Cases_and_seeds_differ_in_anatomy()
    {
        LabelMap first = Cases.Value[0].Labels, second = Cases.Value[1].Labels;
        LabelMap other = PhantomCase.Generate(Options with { Seed = 2 }, 0).Labels;
        // Same organs at about the same place, yet not the same organs.
        Assert.InRange(Dice(first, second, Liver), 0.4, 0.95);
        Assert.InRange(Dice(first, other, Liver), 0.4, 0.95);
        Assert.InRange(Dice(first, second, Pancreas), 0, 0.8);
    }

    [Fact]
    public void Image_and_labels_lie_on_one_centred_grid_of_the_asked_size()
    {
        (Volume image, LabelMap labels) = PhantomCase.Generate(new() { Depth = 16, Height = 64, Width = 80, Seed = 5 }, 0);
        Assert.Equal((16, 64, 80), (image.Geometry.Depth, image.Geometry.Height, image.Geometry.Width));
        Assert.Same(image.Geometry, labels.Geometry);
        (double dz, double dy, double dx) = image.Geometry.Spacing;
        Assert.Equal(dx, dy);
        // 64 rows over 400 mm and 16 slices over 176 mm, times the patient's size.
        Assert.InRange(dx, 0.88 * 6.25, 1.12 * 6.25);
        Assert.InRange(dz, 0.88 * 11, 1.12 * 11);
        Assert.Equal(-dx * 79 / 2, image.Geometry.Affine[3], 1e-9);
    }

    [Fact]
    public void Every_organ_is_in_every_case_with_its_share_of_the_voxels()
    {
        // The ranges of single cases; the means over cases are narrower.
        (double Low, double High)[] single = [(0.03, 0.08), (0.002, 0.01), (0.012, 0.035)];
        (double Low, double High)[] mean = [(0.04, 0.08), (0.003, 0.008), (0.015, 0.03)];
        for (int organ = Liver; organ <= Stomach; organ++)
        {
            double[] shares = [.. Cases.Value.Select(c => c.Labels.Voxels.Count(v => v == organ) / (double)c.Labels.Voxels.Length)];
            Assert.All(shares, share => Assert.InRange(share, single[organ - 1].Low, single[organ - 1].High));
            Assert.InRange(shares.Average(), mean[organ - 1].Low, mean[organ - 1].High);
        }
        Assert.All(Cases.Value, c => Assert.All(c.Labels.Voxels, v => Assert.InRange(v, 0, Stomach)));
    }

    [Theory]
    [InlineData(Liver)]
    [InlineData(Pancreas)]
    [InlineData(Stomach)]
    public void No_interval_of_HU_finds_an_organ(int organ)
    {
        const int lowest = -1024, bins = 4096;
        long[] inside = new long[bins], outside = new long[bins];
        foreach ((Volume image, LabelMap labels) in Cases.Value)
            for (int i = 0; i < labels.Voxels.Length; i++)
                (labels.Voxels[i] == organ ? inside : outside)[(int)image.Voxels[i] - lowest]++;

        double best = 0, size = inside.Sum();
        for (int low = 0; low < bins; low++)
        {
            long hits = 0, chosen = 0;
            for (int high = low; high < bins; high++)
            {
                hits += inside[high];
                chosen += inside[high] + outside[high];
                best = Math.Max(best, 2 * hits / (size + chosen));
            }
        }
        Assert.InRange(best, 0.01, 0.6);
    }

    [Fact]
    public void HU_are_whole_and_those_of_the_tissues()
    {
        foreach ((Volume image, LabelMap labels) in Cases.Value)
        {
            Assert.All(image.Voxels, v => Assert.True(v >= -1024 && v <= 3071 && v == MathF.Round(v)));
            // Air around the body, on which only noise lies (clipped at -1024 from below).
            Assert.InRange(image.Slice(0)[..image.Geometry.Width].ToArray().Average(), -1010, -980);
            // The liver's own mean and spread are drawn per case; vessels and edges move the mean a little.
            Assert.InRange(Mean(image, labels, Liver), 45, 130);
            Assert.InRange(Mean(image, labels, Pancreas), 45, 130);
            // Bone and lung are there.
            Assert.InRange(image.Voxels.Count(v => v > 250) / (double)image.Voxels.Length, 0.001, 0.03);
            Assert.InRange(image.Voxels.Count(v => v is > -900 and < -750) / (double)image.Voxels.Length, 0.02, 0.15);
        }
    }

    [Fact]
    public void Noise_has_the_drawn_spread_and_neighbours_are_correlated()
    {
        PhantomOptions clean = Options with { Noise = 0 };
        for (int c = 0; c < 3; c++)
        {
            (Volume noisy, Volume smooth) = (Cases.Value[c].Image, PhantomCase.Generate(clean, c).Image);
            double variance = 0, neighbours = 0;
            int count = 0;
            for (int i = 0; i + 1 < noisy.Voxels.Length; i++)
            {
                // Air is clipped.
                if (smooth.Voxels[i] < -300 || smooth.Voxels[i + 1] < -300)
                    continue;
                double a = noisy.Voxels[i] - smooth.Voxels[i], b = noisy.Voxels[i + 1] - smooth.Voxels[i + 1];
                (variance, neighbours, count) = (variance + a * a, neighbours + a * b, count + 1);
            }
            Assert.InRange(Math.Sqrt(variance / count), 11.5, 20.5);
            // A Gaussian of 0.6 pixels correlates pixels at distance 1 by about exp(-1 / (4 * 0.36)) = 0.5.
            Assert.InRange(neighbours / variance, 0.35, 0.6);
        }
    }

    [Fact]
    public void The_stomach_holds_gas_that_floats_in_front_of_its_contents()
    {
        foreach ((Volume image, LabelMap labels) in Cases.Value)
        {
            double gas = 0, gasY = 0, rest = 0, restY = 0;
            ForEach(labels, Stomach, (i, _, y, _) =>
            {
                if (image.Voxels[i] < -600)
                    (gas, gasY) = (gas + 1, gasY + y);
                else
                    (rest, restY) = (rest + 1, restY + y);
            });
            Assert.InRange(gas / (gas + rest), 0.03, 0.6);
            Assert.True(gasY / gas > restY / rest + 3, $"gas at row {gasY / gas}, the rest at {restY / rest}");
        }
    }

    [Fact]
    public void Axes_are_right_anterior_superior()
    {
        foreach ((Volume image, LabelMap labels) in Cases.Value)
        {
            int width = image.Geometry.Width, height = image.Geometry.Height, depth = image.Geometry.Depth;
            Assert.True(Centre(labels, Liver).X > width / 2 + 8);
            Assert.True(Centre(labels, Stomach).X < width / 2 - 5);
            Assert.True(Centre(labels, Pancreas).Z < Centre(labels, Stomach).Z);

            // Bone is mostly spine: posterior. Lung lies inside the trunk in the upper half only.
            double boneY = 0, bone = 0, lungUp = 0, lungDown = 0;
            for (int i = 0; i < image.Voxels.Length; i++)
            {
                int x = i % width, y = i / width % height, z = i / (width * height);
                if (image.Voxels[i] > 250 && Math.Abs(x - width / 2) < width / 12)
                    (bone, boneY) = (bone + 1, boneY + y);
                if (image.Voxels[i] is > -900 and < -750 && Math.Abs(x - width / 2) < width / 4 && Math.Abs(y - height / 2) < height / 8)
                    (lungUp, lungDown) = z >= depth / 2 ? (lungUp + 1, lungDown) : (lungUp, lungDown + 1);
            }
            Assert.True(boneY / bone < height / 2 - 8);
            Assert.True(lungUp > 10 * lungDown && lungUp > 500, $"{lungUp} lung voxels in the upper half, {lungDown} in the lower");
        }
    }

    [Theory]
    [InlineData(4, 96, 96, 1, "Depth")]
    [InlineData(24, 96, 2000, 1, "Width")]
    [InlineData(24, 96, 96, double.NaN, "Noise")]
    public void What_cannot_be_drawn_is_refused(int depth, int height, int width, double noise, string name)
    {
        PhantomOptions options = new() { Depth = depth, Height = height, Width = width, Noise = noise };
        Assert.Contains(name, Assert.Throws<ConfigException>(() => PhantomCase.Generate(options, 0)).Message, StringComparison.Ordinal);
    }

    private static double Mean(Volume image, LabelMap labels, int organ)
    {
        double sum = 0, count = 0;
        ForEach(labels, organ, (i, _, _, _) => (sum, count) = (sum + image.Voxels[i], count + 1));
        return sum / count;
    }

    private static (double X, double Y, double Z) Centre(LabelMap labels, int organ)
    {
        double sx = 0, sy = 0, sz = 0, count = 0;
        ForEach(labels, organ, (_, x, y, z) => (sx, sy, sz, count) = (sx + x, sy + y, sz + z, count + 1));
        return (sx / count, sy / count, sz / count);
    }

    private static double Dice(LabelMap a, LabelMap b, int organ)
    {
        double both = 0, sum = 0;
        for (int i = 0; i < a.Voxels.Length; i++)
        {
            bool inA = a.Voxels[i] == organ, inB = b.Voxels[i] == organ;
            both += inA && inB ? 1 : 0;
            sum += (inA ? 1 : 0) + (inB ? 1 : 0);
        }
        return 2 * both / sum;
    }

    private static void ForEach(LabelMap labels, int organ, Action<int, int, int, int> visit)
    {
        int width = labels.Geometry.Width, height = labels.Geometry.Height;
        for (int i = 0; i < labels.Voxels.Length; i++)
            if (labels.Voxels[i] == organ)
                visit(i, i % width, i / width % height, i / (width * height));
    }
}
