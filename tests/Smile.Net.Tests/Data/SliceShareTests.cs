using Smile.Net.Augment;
using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

/// <summary>Which slices the sampler draws: with an organ, or certainly without.</summary>
public sealed class SliceShareTests
{
    // No randomness but the choice of slice and corner.
    private static readonly AugmentSettings Still = new() { Shift = 0, Offset = 0, Gain = 0 };

    [Fact]
    public void Organ_share_one_always_shows_an_annotated_organ_even_in_a_small_crop()
    {
        var settings = new SamplerSettings { Batch = 1, Height = 4, Width = 4, Augment = new() { Shift = 3 }, OrganShare = 1 };
        byte[] labels = new byte[10 * 20 * 20];
        labels[7 * 400 + 19 * 20] = 1;
        labels[3 * 400 + 10 * 20 + 10] = 2;
        CaseData source = new("a", new Volume(Geometry.Regular(10, 20, 20, 1, 1, 1), new float[4000]), labels, annotated: 0b01);
        var sampler = new SliceSampler([source], 2, settings, new Rng(5));
        for (int i = 0; i < 50; i++)
            Assert.Single(Next(sampler, settings).IsOrgan, bits => bits == 1);
    }

    [Fact]
    public void Absent_share_shows_slices_without_the_organ_of_cases_that_annotate_it()
    {
        // Of case a organ 0 is annotated, and in slice 1 alone; organ 1 is in all of case b, which alone annotates it; c annotates nothing.
        float[] hu = [10, 20, 30, 40, 50, 60, 70];
        CaseData[] cases =
        [
            new("a", new Volume(Geometry.Regular(3, 1, 1, 1, 1, 1), hu[..3]), [0, 1, 0], annotated: 0b01),
            new("b", new Volume(Geometry.Regular(2, 1, 1, 1, 1, 1), hu[3..5]), [2, 2], annotated: 0b10),
            new("c", new Volume(Geometry.Regular(2, 1, 1, 1, 1, 1), hu[5..]), [0, 0], annotated: 0),
        ];
        Assert.Equal(["10", "30", "40", "50"], Drawn(new SamplerSettings { OrganShare = 0, AbsentShare = 1 }));
        Assert.Equal(["10", "20", "30", "40", "50"], Drawn(new SamplerSettings { OrganShare = 0.5, AbsentShare = 0.5 }));
        Assert.Equal(["10", "20", "30", "40", "50", "60", "70"], Drawn(new SamplerSettings { OrganShare = 0, AbsentShare = 0.5 }));
        Assert.NotEmpty(Drawn(new SamplerSettings { OrganShare = 0.9, AbsentShare = 0.1 }));
        Assert.Throws<ConfigException>(() => Drawn(new SamplerSettings { OrganShare = 0.6, AbsentShare = 0.6 }));

        SortedSet<string> Drawn(SamplerSettings shares)
        {
            SamplerSettings settings = shares with
            {
                Batch = 100,
                Height = 1,
                Width = 1,
                Augment = Still,
                Window = new Window(0, 100),
            };
            var batch = Next(new SliceSampler(cases, 2, settings, new Rng(5)), settings);
            return new(batch.Images.Select(value => $"{Math.Round((value + 1) * 50)}"), StringComparer.Ordinal);
        }
    }

    [Fact]
    public void A_slice_without_the_organ_is_drawn_no_more_often_than_one_with_it()
    {
        float[] hu = [10, 20, 30, 40, 50, 60, 70, 80];
        CaseData source = new("a", new Volume(Geometry.Regular(8, 1, 1, 1, 1, 1), hu), [0, 1, 1, 1, 1, 1, 1, 1], annotated: 1);
        var settings = new SamplerSettings
        {
            Batch = 4000,
            Height = 1,
            Width = 1,
            Augment = Still,
            Window = new Window(0, 100),
            OrganShare = 0.5,
            AbsentShare = 0.5,
        };
        var batch = Next(new SliceSampler([source], 1, settings, new Rng(5)), settings);
        int without = batch.IsOrgan.Count(bits => bits == 0);
        // 1/2 * 1/7 of the draws are expected, 286; four deviations of a binomial are 65.
        Assert.InRange(without, 221, 351);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 0.25)] // 1 to the root of 9
    [InlineData(1, 0.1)]
    public void An_organ_is_chosen_by_the_power_of_its_slices(double power, double expected)
    {
        float[] hu = [10, 20, 20, 20, 20, 20, 20, 20, 20, 20];
        CaseData source = new("a", new Volume(Geometry.Regular(10, 1, 1, 1, 1, 1), hu), [1, 2, 2, 2, 2, 2, 2, 2, 2, 2], annotated: 3);
        var settings = new SamplerSettings { Batch = 4000, Height = 1, Width = 1, Augment = Still, OrganShare = 1, OrganPower = power };
        var batch = Next(new SliceSampler([source], 2, settings, new Rng(6)), settings);
        double rare = batch.IsOrgan.Count(bits => bits == 1) / 4000.0;
        Assert.InRange(rare, expected - 0.032, expected + 0.032); // four deviations of a binomial
        Assert.Throws<ConfigException>(() => new SliceSampler([source], 2, settings with { OrganPower = 1.5 }, new Rng(6)));
    }

    private static (float[] Images, uint[] IsOrgan) Next(SliceSampler sampler, SamplerSettings settings)
    {
        int pixels = settings.Batch * settings.Height * settings.Width;
        var (images, isOrgan) = (new float[pixels], new uint[pixels]);
        sampler.Next(images, isOrgan, new uint[pixels], []);
        return (images, isOrgan);
    }
}
