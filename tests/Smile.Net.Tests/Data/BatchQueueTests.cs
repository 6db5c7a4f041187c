using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class BatchQueueTests
{
    private static readonly SamplerSettings Settings = new() { Batch = 2, Height = 6, Width = 7, OrganShare = 0.5 };

    [Fact]
    public void Batches_and_positions_are_those_of_the_sampler()
    {
        SliceSampler sampler = Sampler();
        using var queue = new BatchQueue(Sampler(), NewBatch);
        Assert.Equal(sampler.State, queue.Position);
        for (int i = 0; i < 20; i++)
        {
            AssertSame(Next(sampler), queue.Next());
            Assert.Equal(sampler.State, queue.Position);
        }
    }

    [Fact]
    public void A_position_taken_back_gives_the_same_batches_again()
    {
        using var queue = new BatchQueue(Sampler(), NewBatch);
        queue.Next();
        var position = queue.Position;
        Batch[] first = [Copy(queue.Next()), Copy(queue.Next())];
        Assert.NotEqual(first[0].Images, first[1].Images);
        queue.Position = position;
        AssertSame(first[0], queue.Next());
        AssertSame(first[1], queue.Next());
    }

    [Fact]
    public void Pseudo_labels_show_from_the_next_batch_on_though_one_was_drawn_ahead()
    {
        SliceSampler sampler = Sampler();
        using var queue = new BatchQueue(Sampler(), NewBatch);
        AssertSame(Next(sampler), queue.Next());
        OrganRuns pseudo = Bits.Runs([.. Enumerable.Repeat(2u, 5 * 8 * 9)], 8 * 9);
        queue.SetPseudo(0, pseudo);
        sampler.SetPseudo(0, pseudo);
        Batch batch = queue.Next();
        AssertSame(Next(sampler), batch);
        Assert.Contains(batch.IsOrgan, bits => (bits & 2) != 0);
    }

    [Fact]
    public void An_error_of_the_sampler_reaches_the_taker_each_time()
    {
        var data = new CaseData("a", new Volume(Geometry.Regular(1, 2, 3, 1, 1, 1), new float[6]), new byte[6], annotated: 0);
        using var queue = new BatchQueue(new SliceSampler([data], 2, Settings with { KnownOnly = true }, new Rng(1)), NewBatch);
        Assert.Throws<DataException>(queue.Next);
        Assert.Throws<DataException>(queue.Next);
    }

    [Fact]
    public void Taking_a_batch_allocates_nothing()
    {
        using var queue = new BatchQueue(Sampler(), NewBatch);
        queue.Next();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
            queue.Next();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(queue.Waited > TimeSpan.Zero);
    }

    private static SliceSampler Sampler()
    {
        var rng = new Rng(3);
        Geometry grid = Geometry.Regular(5, 8, 9, 3, 1, 1);
        float[] image = [.. Enumerable.Range(0, 5 * 8 * 9).Select(_ => (float)rng.Uniform(-200, 300))];
        byte[] labels = [.. Enumerable.Range(0, 5 * 8 * 9).Select(_ => (byte)rng.Next(3))];
        return new SliceSampler([new CaseData("a", new Volume(grid, image), labels, annotated: 1)], 2, Settings, new Rng(7));
    }

    private static Batch NewBatch()
    {
        int n = Settings.Batch * Settings.Height * Settings.Width;
        return new Batch(new float[n], new uint[n], new uint[n], new uint[n], new uint[Settings.Batch]);
    }

    private static Batch Next(SliceSampler sampler)
    {
        Batch batch = NewBatch();
        sampler.Next(batch.Images, batch.IsOrgan, batch.IsKnown, batch.Classes, batch.Annotated);
        return batch;
    }

    private static Batch Copy(Batch batch) => new([.. batch.Images], [.. batch.IsOrgan], [.. batch.IsKnown], [.. batch.Classes],
        [.. batch.Annotated]);

    private static void AssertSame(Batch expected, Batch batch)
    {
        Assert.Equal(expected.Images, batch.Images);
        Assert.Equal(expected.IsOrgan, batch.IsOrgan);
        Assert.Equal(expected.IsKnown, batch.IsKnown);
        Assert.Equal(expected.Classes, batch.Classes);
        Assert.Equal(expected.Annotated, batch.Annotated);
    }
}
