using Smile.Host.Runs;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Runs;

public sealed class RunVerdictTests
{
    private static readonly OrganSet Organs = new(["liver", "stomach"]);

    private static readonly double[] Falling = [.. Enumerable.Range(0, 300).Select(step => 1.0 / (1 + 0.1 * step))];

    [Fact]
    public void What_has_learnt_has_no_fault()
    {
        EvaluationSummary summary = Summary(([1, 2, 0], [1, 0, 0]), ([1, 2, 0], [0, 2, 0])); // each organ missed once, found once
        Assert.Empty(RunVerdict.Of(summary, Falling, Train()).Faults);
    }

    [Fact]
    public void An_organ_predicted_nowhere_or_never_on_the_organ_is_a_fault_of_its_own()
    {
        EvaluationSummary summary = Summary(([1, 2, 0], [0, 0, 0]), ([1, 2, 0], [0, 0, 2]));
        Assert.Equal(
            ["liver is predicted nowhere, and 2 scored cases have it",
             "stomach has Dice 0: what is predicted lies nowhere on it, and 2 scored cases have it"],
            RunVerdict.Of(summary, Falling, Train()).Faults);
    }

    [Fact]
    public void An_organ_that_no_scored_case_has_is_no_fault() =>
        Assert.Empty(RunVerdict.Of(Summary(([1, 0, 0], [1, 0, 0])), Falling, Train()).Faults);

    [Fact]
    public void A_loss_that_did_not_fall_names_the_learning_rate()
    {
        EvaluationSummary good = Summary(([1, 2, 0], [1, 2, 0]));
        double[] flat = [.. Enumerable.Repeat(0.5, 300)], high = [.. Falling];
        Assert.Equal(
            ["the loss did not fall: 0.500 in the first steps, 0.500 in the last", "train.lr 0.01 may be too low, or too high"],
            RunVerdict.Of(good, flat, Train()).Faults);
        high[7] = 40;
        // A peak that the run recovered from is its own business.
        Assert.Empty(RunVerdict.Of(good, high, Train()).Faults);
        Array.Fill(high, 1.5, 200, 100);
        Assert.Equal(
            ["the loss did not fall: 0.845 in the first steps, 1.500 in the last",
             "train.lr 0.01 is too high: the loss rose to 40.000 (step 8), and a network that knows nothing has 1.386"],
            RunVerdict.Of(good, high, Train()).Faults);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(199, false)]
    [InlineData(200, true)]
    public void A_trial_of_a_few_updates_is_told_and_fails_nothing(int steps, bool expected) =>
        Assert.Equal(expected, RunVerdict.Of(Summary(([1], [0])), [], Train(steps)).Expected);

    private static TrainSettings Train(int steps = 300) => new() { Steps = steps };

    private static EvaluationSummary Summary(params (byte[] Truth, byte[] Prediction)[] cases)
    {
        var evaluator = new Evaluator(2, new EvaluationSettings { Surfaces = false });
        return EvaluationSummary.Of([.. cases.Select((each, i) =>
            evaluator.Score($"case_{i}", Geometry.Regular(1, 1, each.Truth.Length, 1, 1, 1), each.Truth, 0b11, each.Prediction))], Organs);
    }
}
