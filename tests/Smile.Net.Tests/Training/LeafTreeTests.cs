using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Ranks;
using Smile.Net.Settings;
using Smile.Net.Tests.Ranks;
using Smile.Net.Tests.Runs;
using Smile.Net.Training;

namespace Smile.Net.Tests.Training;

/// <summary>A batch of several leaves, in one process and on ranks.</summary>
public sealed class LeafTreeTests
{
    private const int LeafSlices = 2;

    /// <summary>What a step leaves: gradients, weights with running statistics, the loss and the organs' losses.</summary>
    private sealed record Left(float[] Gradients, float[] Weights, double Loss, float[] OrganLoss, double Norm)
    {
        public float[] Statistics => Weights[Gradients.Length..];
    }

    public static TheoryData<string, int> MethodsAndLeaves => new MatrixTheoryData<string, int>(
        [Methods.Baseline, Methods.Smile, "modern"], [2, 3, 4, 6]);

    [Theory]
    [MemberData(nameof(MethodsAndLeaves))]
    public void Gradients_and_statistics_are_those_of_the_leaves_added_by_the_tree(string method, int leaves)
    {
        RunSettings settings = Settings(method, leaves);
        Left batch = Step(settings, "scalar");
        Left[] each = [.. Enumerable.Range(0, leaves).Select(leaf => StepOfLeaf(settings, leaf))];

        Assert.Equal(Tree([.. each.Select(left => left.Gradients)]), batch.Gradients);
        // The scalar average is rounded from double once.
        Assert.Equal([.. Tree([.. each.Select(left => left.Statistics)]).Select(sum => (float)((1f / leaves) * (double)sum))],
            batch.Statistics);
        Assert.Equal(each.Average(left => left.Loss), batch.Loss, 1e-12);
        Assert.Contains(batch.Gradients, g => g != 0);
    }

    [Fact]
    public void With_frozen_normalisations_the_leaves_make_the_gradient_of_the_batch()
    {
        RunSettings settings = Settings(Methods.Smile, 4);
        settings = settings with { Model = settings.Model with { FrozenNorm = true } };
        Left leaves = Step(settings, "scalar"), whole = Step(settings with { Train = settings.Train with { Leaf = 0 } }, "scalar");
        Assert.Equal(whole.Loss, leaves.Loss, 1e-6);
        Assert.Equal(whole.OrganLoss, leaves.OrganLoss, (a, b) => Math.Abs(a - b) < 1e-5 * Math.Abs(a));
        double most = whole.Gradients.Max(Math.Abs);
        Assert.All(whole.Gradients.Zip(leaves.Gradients), pair => Assert.True(Math.Abs(pair.First - pair.Second / 4) <= 1e-5 * most));
        Assert.All(whole.Weights.Zip(leaves.Weights), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-5));
        Assert.Equal(whole.Statistics, leaves.Statistics);
    }

    [Fact]
    public void A_leaf_as_long_as_the_batch_is_no_leaf()
    {
        RunSettings settings = Settings("modern", 1);
        Left one = Step(settings, "cpu"), none = Step(settings with { Train = settings.Train with { Leaf = 0 } }, "cpu");
        Assert.Equal(none.Weights, one.Weights);
        Assert.Equal((none.Loss, none.Norm), (one.Loss, one.Norm));
    }

    [Theory]
    [InlineData(Methods.Baseline, "scalar")]
    [InlineData(Methods.Smile, "cpu")]
    [InlineData("modern", "cpu")]
    public void Bits_do_not_depend_on_the_number_of_ranks(string method, string device)
    {
        RunSettings settings = Settings(method, 8);
        Left one = Step(settings, device, steps: 3);
        foreach (int size in new[] { 2, 4, 8 })
            foreach (Left rank in ThreadRanks.Run(size, ranks => Step(settings, device, steps: 3, ranks)))
            {
                Assert.Equal(one.Weights, rank.Weights);
                Assert.Equal((one.Loss, one.Norm), (rank.Loss, rank.Norm));
                Assert.Equal(one.OrganLoss, rank.OrganLoss);
            }
    }

    [Fact]
    public void Leaves_must_be_whole_and_each_rank_needs_one()
    {
        RunSettings settings = Settings(Methods.Smile, 4);
        Assert.Contains("train.leaf is 3, train.batch 8", Refused(() =>
            (settings with { Train = settings.Train with { Leaf = 3 } }).Validate()), StringComparison.Ordinal);
        Assert.Contains("Set train.leaf to 1", Refused(() => RankRules.DemandLeaves(settings.Train, 8)), StringComparison.Ordinal);
        Assert.Contains("power of two", Refused(() => RankRules.DemandLeaves(settings.Train, 3)), StringComparison.Ordinal);
        Assert.Contains("3 leaves", Refused(() => RankRules.DemandLeaves(Settings(Methods.Smile, 3).Train, 2)), StringComparison.Ordinal);
        RankRules.DemandLeaves(settings.Train, 4);
    }

    private static string Refused(Action action) => Assert.Throws<ConfigException>(action).Message;

    private static RunSettings Settings(string method, int leaves)
    {
        RunSettings settings = Toy.Settings(method == "modern" ? Methods.Smile : method);
        if (method == "modern")
            settings = settings.Modern();
        return settings with { Train = settings.Train with { Batch = leaves * LeafSlices, Leaf = LeafSlices } };
    }

    private static Left Step(RunSettings settings, string device, int steps = 1, ICommunicator? ranks = null)
    {
        int own = settings.Train.Batch / (ranks?.Size ?? 1);
        return Step(settings, device, steps, ranks, settings.ForSampler() with { FirstFilled = own * (ranks?.Rank ?? 0), Filled = own });
    }

    /// <summary>A step on one leaf of the batch alone.</summary>
    private static Left StepOfLeaf(RunSettings settings, int leaf) => Step(
        settings with { Train = settings.Train with { Batch = LeafSlices, Leaf = 0 } }, "scalar", 1, null,
        settings.ForSampler() with { FirstFilled = leaf * LeafSlices, Filled = LeafSlices });

    private static Left Step(RunSettings settings, string device, int steps, ICommunicator? ranks, SamplerSettings batches)
    {
        var sampler = new SliceSampler(Toy.Cases(), Toy.Organs.Count, batches, new Rng(1, 2));
        using var learner = new Learner(settings, Toy.Organs.Count, sampler, Backends.Open(device, threads: 1), ranks);
        learner.Network.Initialise(new Rng(1, 1));
        learner.Reset();
        double loss = 0;
        for (int step = 0; step < steps; step++)
            loss = learner.Step(step);
        Place gradients = learner.Network.Gradients, statistics = learner.Network.Statistics;
        return new Left(Read(learner.Network, gradients),
            [.. Read(learner.Network, gradients with { Arena = Arena.Weights }), .. Read(learner.Network, statistics)], loss,
            learner.OrganLoss.ToArray(), learner.GradientNorm);
    }

    private static float[] Read(Network network, Place place)
    {
        var words = new float[place.Length];
        network.Backend.Read(place, words);
        return words;
    }

    /// <summary>The first half, a power of two, and the rest, each added likewise.</summary>
    private static float[] Tree(ReadOnlySpan<float[]> leaves)
    {
        if (leaves.Length == 1)
            return leaves[0];
        int half = 1;
        while (2 * half < leaves.Length)
            half *= 2;
        return [.. Tree(leaves[..half]).Zip(Tree(leaves[half..]), (a, b) => a + b)];
    }
}
