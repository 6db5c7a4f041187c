using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Net.Augment;
using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class SliceSamplerTests
{
    private const uint Ignored = SoftmaxShape.Ignored;

    // No randomness but the choice of slice and corner.
    private static readonly AugmentSettings Still = new() { Shift = 0, Offset = 0, Gain = 0 };

    private static readonly SamplerSettings Plain = new() { Batch = 1, Height = 2, Width = 3, Augment = Still, OrganShare = 0 };

    [Fact]
    public void The_same_state_gives_the_same_batches_and_a_saved_state_goes_on_where_it_was()
    {
        CaseData[] cases = [Random("a", 5, 12, 10, 0b01, 1), Random("b", 3, 7, 20, 0b11, 2), Random("c", 4, 9, 9, 0b00, 3)];
        var settings = new SamplerSettings { Batch = 4, Height = 8, Width = 9, Augment = new() { Flip = true }, OrganShare = 0.5 };
        var first = new SliceSampler(cases, 2, settings, new Rng(7));
        var second = new SliceSampler(cases, 2, settings, new Rng(7));
        for (int i = 0; i < 5; i++)
            AssertSame(Next(first, settings), Next(second, settings));
        var state = first.State;
        Batch[] expected = [Next(first, settings), Next(first, settings)];
        var resumed = new SliceSampler(cases, 2, settings, new Rng(99)) { State = state };
        Assert.NotEqual(expected[0].Images, expected[1].Images);
        AssertSame(expected[0], Next(resumed, settings));
        AssertSame(expected[1], Next(resumed, settings));
    }

    [Fact]
    public void A_whole_slice_comes_out_voxel_by_voxel()
    {
        var settings = Plain with { Window = new Window(0, 10) };
        CaseData source = new("a", new Volume(Geometry.Regular(1, 2, 3, 1, 1, 1), [0, 5, 10, 20, -5, 2.5f]), [0, 1, 2, 255, 0, 1],
            annotated: 0b01);
        Batch batch = Next(new SliceSampler([source], 2, settings, new Rng(1)), settings);
        Assert.Equal([-1, 0, 1, 1, -1, -0.5f], batch.Images);
        Assert.Equal([0u, 1, 0, 0, 0, 1], batch.IsOrgan);
        Assert.Equal([1u, 3, 1, 0, 1, 3], batch.IsKnown);
        Assert.Equal([0u, 1, 0, Ignored, 0, 1], batch.Classes);
    }

    [Theory]
    [InlineData(5, 6)] // both ways smaller than the slice
    [InlineData(13, 14)] // both ways larger
    [InlineData(4, 17)]
    public void Image_and_labels_show_the_same_voxels_wherever_the_crop_lies(int height, int width)
    {
        var settings = new SamplerSettings
        {
            Batch = 64,
            Height = height,
            Width = width,
            Augment = Still with { Shift = 3, Flip = true },
            Window = new Window(-5, 35),
        };
        CaseData random = Random("a", 3, 9, 11, 0b11, 4);
        float[] hu = [.. random.Labels.ToArray().Select(label => 10f * label)];
        CaseData source = new("a", new Volume(random.Geometry, hu), random.Labels.ToArray(), annotated: 0b11);
        Batch batch = Next(new SliceSampler([source], 2, settings, new Rng(9)), settings);
        Assert.Contains(Ignored, batch.Classes);
        Assert.Equal(batch.Classes.Select(label => label == Ignored ? settings.Window.Minimum : settings.Window.Map(10f * label)),
            batch.Images);
    }

    [Fact]
    public void An_organ_that_is_not_annotated_never_leaks()
    {
        var settings = new SamplerSettings { Batch = 8, Height = 12, Width = 12, OrganShare = 0.5, Augment = new() { Flip = true } };
        var sampler = new SliceSampler([Random("a", 4, 10, 10, 0b01, 4)], 2, settings, new Rng(3));
        for (int i = 0; i < 10; i++)
        {
            Batch batch = Next(sampler, settings);
            Assert.All(batch.IsOrgan, bits => Assert.Equal(0u, bits & 0b10));
            Assert.DoesNotContain(2u, batch.Classes);
            Assert.Contains(1u, batch.Classes);
        }
    }

    [Fact]
    public void Without_epsilon_an_annotated_organ_is_no_negative_of_the_others_but_a_pseudo_label_is_learnt()
    {
        var settings = Plain with { Epsilon = false };
        CaseData source = new("a", new Volume(Geometry.Regular(1, 2, 3, 1, 1, 1), new float[6]), [0, 1, 2, 255, 0, 1], annotated: 0b01);
        var sampler = new SliceSampler([source], 2, settings, new Rng(1));
        Batch batch = Next(sampler, settings);
        Assert.Equal([0u, 1, 0, 0, 0, 1], batch.IsOrgan);
        Assert.Equal([1u, 1, 1, 0, 1, 1], batch.IsKnown);
        sampler.SetPseudo(0, Bits.Runs([0b10, 0, 0b10, 0b10, 0, 0], 6));
        batch = Next(sampler, settings);
        Assert.Equal([2u, 1, 2, 0, 0, 1], batch.IsOrgan);
        Assert.Equal([3u, 1, 3, 0, 1, 1], batch.IsKnown);
    }

    [Fact]
    public void Padding_teaches_nothing()
    {
        var settings = Plain with { Height = 5, Width = 7 };
        CaseData source = new("a", new Volume(Geometry.Regular(1, 2, 3, 1, 1, 1), [200, 200, 200, 200, 200, 200]), [1, 1, 1, 1, 1, 1],
            annotated: 1);
        source = WithPseudoEverywhere(source, settings, out SliceSampler sampler);
        for (int i = 0; i < 20; i++)
        {
            Batch batch = Next(sampler, settings);
            Assert.Equal(source.Labels.Length, batch.Images.Count(value => value > settings.Window.Minimum));
            for (int p = 0; p < batch.Images.Length; p++)
            {
                bool padding = batch.Images[p] == settings.Window.Minimum;
                Assert.Equal(padding ? (0u, 0u, Ignored) : (1u, 3u, 1u), (batch.IsOrgan[p], batch.IsKnown[p], batch.Classes[p]));
            }
        }
    }

    [Fact]
    public void A_pseudo_label_shows_where_nothing_was_known_and_nowhere_else()
    {
        var settings = Plain;
        CaseData source = new("a", new Volume(Geometry.Regular(1, 2, 3, 1, 1, 1), new float[6]), [0, 1, 2, 255, 0, 1], annotated: 0b01);
        var sampler = new SliceSampler([source], 2, settings, new Rng(1));
        Batch before = Next(sampler, settings);
        sampler.SetPseudo(0, Bits.Runs([0b10, 0b10, 0b11, 0b11, 0, 0], 6));
        Batch batch = Next(sampler, settings);
        Assert.Equal([0b10u, 0b01, 0b10, 0, 0, 0b01], batch.IsOrgan);
        Assert.Equal([0b11u, 0b11, 0b11, 0, 0b01, 0b11], batch.IsKnown);
        Assert.Equal(before.Classes, batch.Classes);
        sampler.SetPseudo(0, null);
        AssertSame(before, Next(sampler, settings));
    }

    [Fact]
    public void Known_only_leaves_out_slices_that_teach_nothing_until_a_pseudo_label_comes()
    {
        var settings = Plain with { KnownOnly = true, Height = 1, Width = 1 };
        CaseData hidden = new("hidden", new Volume(Geometry.Regular(2, 1, 1, 1, 1, 1), [240, 240]), [1, 1], annotated: 0);
        CaseData seen = new("seen", new Volume(Geometry.Regular(1, 1, 1, 1, 1, 1), [-160]), [0], annotated: 1);
        var sampler = new SliceSampler([hidden, seen], 1, settings, new Rng(5));
        Assert.All(Enumerable.Range(0, 50).Select(_ => Next(sampler, settings)), batch => Assert.Equal(-1, batch.Images[0]));
        sampler.SetPseudo(0, Bits.Runs([0, 1], 1));
        Batch[] batches = [.. Enumerable.Range(0, 50).Select(_ => Next(sampler, settings))];
        Assert.Contains(batches, batch => batch.Images[0] == 1);
        Assert.All(batches, batch => Assert.Equal(1u, batch.IsKnown[0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Slices_are_drawn_for_the_organ_of_their_pseudo_labels_where_that_is_asked_for(bool asked)
    {
        // A draw shows one voxel of the organ; what it shows is the image's value.
        var settings = Plain with { Height = 1, Width = 1, OrganShare = 1, PseudoSlices = asked, Window = new Window(-1, 1) };
        var image = new Volume(Geometry.Regular(3, 2, 3, 1, 1, 1), [.. Enumerable.Range(0, 18).Select(v => v / 32f)]);
        CaseData hidden = new("hidden", image, [.. Enumerable.Repeat((byte)1, 18)], annotated: 0b10);
        CaseData seen = new("seen", new Volume(Geometry.Regular(1, 1, 2, 1, 1, 1), [-1, 0]), [1, 0], annotated: 0b11);
        var sampler = new SliceSampler([hidden, seen], 2, settings, new Rng(5));
        Assert.Equal([-1f], Drawn());
        // Organ 1 in voxels 7, 8 and 10 of the middle slice; organ 2 is annotated there, whatever a label says.
        uint[] words = new uint[18];
        (words[7], words[8], words[10], words[2]) = (0b01, 0b11, 0b01, 0b10);
        sampler.SetPseudo(0, Bits.Runs(words, 6));
        Assert.Equal(asked ? [-1f, 7 / 32f, 8 / 32f, 10 / 32f] : [-1f], Drawn());
        sampler.SetPseudo(0, null);
        Assert.Equal([-1f], Drawn());

        float[] Drawn() => [.. Enumerable.Range(0, 200).Select(_ => Next(sampler, settings).Images[0]).Distinct().Order()];
    }

    [Fact]
    public void Known_only_with_nothing_known_is_refused()
    {
        var settings = Plain with { KnownOnly = true };
        var sampler = new SliceSampler([Random("a", 1, 2, 3, 0, 1)], 2, settings, new Rng(5));
        Assert.Contains("known label", Assert.Throws<DataException>(() => Next(sampler, settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_place_of_a_crop_is_drawn_and_none_beyond_the_shift()
    {
        var settings = Plain with { Height = 1, Width = 2, Augment = Still with { Shift = 1 }, Window = new Window(-10, 10) };
        CaseData source = new("a", new Volume(Geometry.Regular(1, 1, 4, 1, 1, 1), [1, 2, 3, 4]), [0, 0, 0, 0], annotated: 1);
        var sampler = new SliceSampler([source], 1, settings, new Rng(5));
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 300; i++)
            seen.Add(string.Join(' ', Next(sampler, settings).Images.Select(value => Math.Round(value * 10))));
        // Rows -1 and 1 are all padding: the shift moves along y too.
        Assert.Equal(["-10 -10", "-10 1", "1 2", "2 3", "3 4", "4 -10"], seen);
    }

    [Fact]
    public void Intensity_moves_within_its_bounds_and_a_flip_mirrors_image_and_labels_alike()
    {
        var augment = Still with { Offset = 20, Gain = 0.1, Flip = true };
        var settings = Plain with { Batch = 200, Height = 1, Width = 2, Augment = augment, Window = new Window(-1000, 1000) };
        CaseData source = new("a", new Volume(Geometry.Regular(1, 1, 2, 1, 1, 1), [100, -500]), [1, 0], annotated: 1);
        Batch batch = Next(new SliceSampler([source], 1, settings, new Rng(5)), settings);
        int flipped = 0;
        for (int n = 0; n < 200; n++)
        {
            bool flip = batch.Classes[2 * n] == 0;
            flipped += flip ? 1 : 0;
            float organ = 1000 * batch.Images[2 * n + (flip ? 1 : 0)], other = 1000 * batch.Images[2 * n + (flip ? 0 : 1)];
            // (organ - other) = 600 gain, whatever the offset; 1e-2 HU covers float32 at this size.
            Assert.InRange(organ - other, 540 - 1e-2, 660 + 1e-2);
            Assert.InRange(organ - (organ - other) / 6, -20 - 1e-2, 20 + 1e-2);
        }

        Assert.InRange(flipped, 60, 140);
        Assert.True(batch.Images.Distinct().Count() > 300);
    }

    [Fact]
    public void A_batch_allocates_nothing()
    {
        var settings = new SamplerSettings { Batch = 4, Height = 16, Width = 16, Augment = new() { Flip = true } };
        var sampler = new SliceSampler([Random("a", 6, 12, 20, 0b01, 4)], 2, settings, new Rng(3));
        float[] images = new float[1024];
        uint[] isOrgan = new uint[1024], isKnown = new uint[1024], classes = new uint[1024];
        uint[] annotated = new uint[4];
        sampler.SetPseudo(0, Bits.Runs([.. Enumerable.Range(0, 6 * 12 * 20).Select(v => (uint)v / 7 % 3)], 12 * 20));
        sampler.Next(images, isOrgan, isKnown, classes, annotated);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            sampler.Next(images, isOrgan, isKnown, classes, annotated);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_empty_buffer_is_left_out_without_changing_the_draws_and_a_wrong_one_is_refused()
    {
        CaseData[] cases = [Random("a", 5, 12, 10, 0b01, 1)];
        var settings = new SamplerSettings { Batch = 2, Height = 8, Width = 9 };
        var all = new SliceSampler(cases, 2, settings, new Rng(7));
        var some = new SliceSampler(cases, 2, settings, new Rng(7));
        float[] images = new float[144];
        some.Next(images, [], [], []);
        Assert.Equal(Next(all, settings).Images, images);
        Assert.Equal(all.State, some.State);
        Assert.Throws<ArgumentException>(() => some.Next(images, new uint[144], [], []));
        Assert.Throws<ArgumentException>(() => some.Next(images, new uint[143], new uint[143], []));
        Assert.Throws<ArgumentException>(() => some.Next(images, [], [], [], new uint[3]));
    }

    [Fact]
    public void Each_slice_is_told_which_organs_are_annotated_in_its_case()
    {
        var settings = new SamplerSettings { Batch = 24, Height = 6, Width = 6, Augment = new() { Shift = 0 }, Epsilon = false };
        var sampler = new SliceSampler([Random("a", 3, 6, 6, 0b01, 4), Random("b", 3, 6, 6, 0b10, 5), Random("c", 3, 6, 6, 0b11, 6)], 2,
            settings, new Rng(3));
        sampler.SetPseudo(1, Bits.Runs([.. Enumerable.Repeat(0b01u, 3 * 6 * 6)], 6 * 6));
        Batch batch = Next(sampler, settings);
        Assert.Equal([0b01u, 0b10u, 0b11u], batch.Annotated.Distinct().Order());
        for (int n = 0; n < settings.Batch; n++)
        {
            // Pseudo labels of organ 0 are known in case b, but not annotated.
            uint known = batch.IsKnown.AsSpan(36 * n, 36).ToArray().Aggregate((a, b) => a & b);
            Assert.Equal(batch.Annotated[n] == 0b10 ? 0b11u : batch.Annotated[n], known);
        }
    }

    [Theory]
    [InlineData(0, 0.5, 0)]
    [InlineData(8, double.NaN, 0)]
    [InlineData(8, 1.5, 0)]
    [InlineData(8, 0.5, -1)]
    public void Settings_out_of_range_are_refused(int batch, double share, int shift)
    {
        var settings = new SamplerSettings { Batch = batch, OrganShare = share, Augment = new() { Shift = shift } };
        Assert.Throws<ConfigException>(settings.Validate);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Neighbouring_slices_are_channels_from_the_lowest_up_and_repeat_at_the_ends(int slices)
    {
        // Voxel z, y, x is 100 z + 10 y + x HU, and so its own address.
        Geometry grid = Geometry.Regular(4, 3, 4, 3, 1, 1);
        var source = new CaseData("a", new Volume(grid, [.. Enumerable.Range(0, 48).Select(i => i / 12 * 100f + i / 4 % 3 * 10 + i % 4)]),
            new byte[48], annotated: 0b11);
        var settings = Plain with { Batch = 60, Height = 3, Width = 4, Slices = slices, Window = new Window(0, 1000) };
        var sampler = new SliceSampler([source], 2, settings, new Rng(5));
        float[] images = new float[60 * 12 * slices];
        sampler.Next(images, [], [], []);
        var seen = new HashSet<int>();
        for (int n = 0; n < 60; n++)
        {
            float Hu(int pixel, int channel) => (images[(n * 12 + pixel) * slices + channel] + 1) * 500;
            int z = (int)Math.Round(Hu(0, slices / 2) / 100);
            seen.Add(z);
            for (int pixel = 0; pixel < 12; pixel++)
                for (int c = 0; c < slices; c++)
                    Assert.Equal(Math.Clamp(z + c - slices / 2, 0, 3) * 100 + pixel / 4 * 10 + pixel % 4, Hu(pixel, c), 0.01f);
        }

        Assert.Equal([0, 1, 2, 3], seen.Order());
    }

    [Fact]
    public void The_slice_in_the_middle_is_the_one_that_is_seen_alone_and_the_only_slice_of_a_case_is_all_channels()
    {
        var augment = AugmentPresets.Of(AugmentPresets.NnUnet) with { NoiseShare = 0, Flip = true };
        CaseData[] cases = [Random("a", 5, 12, 10, 0b01, 1), Random("b", 1, 9, 20, 0b11, 2)];
        var one = new SamplerSettings { Batch = 16, Height = 8, Width = 9, Augment = augment };
        SamplerSettings three = one with { Slices = 3 };
        SliceSampler single = new(cases, 2, one, new Rng(7)), several = new(cases, 2, three, new Rng(7));
        float[] images = new float[16 * 72 * 3];
        uint[] annotated = new uint[16];
        int alone = 0;
        for (int i = 0; i < 4; i++)
        {
            Batch expected = Next(single, one);
            several.Next(images, [], [], [], annotated);
            Assert.Equal(expected.Images, Channel(1));
            Assert.Equal(single.State, several.State);
            for (int n = 0; n < 16; n++)
                if (annotated[n] == 0b11 && ++alone > 0)
                    for (int p = n * 72; p < (n + 1) * 72; p++)
                        Assert.Equal((images[3 * p + 1], images[3 * p + 1]), (images[3 * p], images[3 * p + 2]));
        }

        Assert.True(alone > 0);
        Assert.NotEqual(Channel(1), Channel(0));

        IEnumerable<float> Channel(int c) => Enumerable.Range(0, images.Length / 3).Select(p => images[3 * p + c]);
    }

    private static CaseData WithPseudoEverywhere(CaseData source, SamplerSettings settings, out SliceSampler sampler)
    {
        sampler = new SliceSampler([source], 2, settings, new Rng(2));
        sampler.SetPseudo(0, Bits.Runs([.. Enumerable.Repeat(3u, source.Labels.Length)], source.Labels.Pixels));
        return source;
    }

    private static Batch Next(SliceSampler sampler, SamplerSettings settings)
    {
        int n = settings.Batch * settings.Height * settings.Width;
        var batch = new Batch(new float[n], new uint[n], new uint[n], new uint[n], new uint[settings.Batch]);
        // What a buffer held before must not matter.
        batch.Images.AsSpan().Fill(float.NaN);
        batch.IsOrgan.AsSpan().Fill(7);
        batch.IsKnown.AsSpan().Fill(7);
        batch.Annotated.AsSpan().Fill(7);
        sampler.Next(batch.Images, batch.IsOrgan, batch.IsKnown, batch.Classes, batch.Annotated);
        return batch;
    }

    private static void AssertSame(Batch a, Batch b)
    {
        Assert.Equal(a.Images, b.Images);
        Assert.Equal(a.IsOrgan, b.IsOrgan);
        Assert.Equal(a.IsKnown, b.IsKnown);
        Assert.Equal(a.Classes, b.Classes);
        Assert.Equal(a.Annotated, b.Annotated);
    }

    private static CaseData Random(string id, int depth, int height, int width, uint annotated, ulong seed)
    {
        var rng = new Rng(seed);
        Geometry grid = Geometry.Regular(depth, height, width, 3, 1, 1);
        var image = new float[grid.Voxels];
        var labels = new byte[grid.Voxels];
        for (int i = 0; i < image.Length; i++)
            (image[i], labels[i]) = ((float)rng.Uniform(-200, 300), (byte)rng.Next(3));
        return new CaseData(id, new Volume(grid, image), labels, annotated);
    }
}
