using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Prediction;

namespace Smile.Net.Tests.Prediction;

/// <summary>Thresholds found by counting, against making every mask and scoring it.</summary>
public sealed class ThresholdCalibrationTests
{
    private const int Depth = 2, Pixels = 30, Organs = 3;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_organ_gets_the_threshold_of_the_highest_mean_Dice(bool softmax)
    {
        int outputs = softmax ? Organs + 1 : Organs, other = 0;
        var evaluator = new Evaluator(Organs, new EvaluationSettings { Surfaces = false });
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var rng = new Rng(seed);
            var calibration = new ThresholdCalibration(Organs, softmax);
            var cases = Enumerable.Range(0, 3).Select(i =>
            {
                // Organ 2 is annotated nowhere; organ 1 is absent from case 1, and of coarse scores, so that means are equal.
                byte[] labels = [.. Enumerable.Range(0, Depth * Pixels).Select(_ => (byte)(rng.Next(5) switch
                {
                    0 => Labels.Of(0),
                    1 => i == 1 ? Labels.Background : Labels.Of(1),
                    2 => Labels.Of(2),
                    3 => Labels.Ignore,
                    _ => Labels.Background,
                }))];
                float[] logits = [.. Enumerable.Range(0, labels.Length * outputs).Select(at =>
                {
                    int k = at % outputs - (outputs - Organs);
                    bool here = labels[at / outputs] == Labels.Of(Math.Max(k, 0));
                    return k < 0 ? (float)rng.Normal() : k == 1 ? rng.Next(3) - 1 : (float)(1.5 * rng.Normal() + (here ? 0.5 : -1.5));
                })];
                logits[rng.Next(logits.Length)] = float.NaN;
                var data = new CaseData($"case_{i}", new Volume(Geometry.Regular(Depth, 5, 6, 1, 1, 1), new float[labels.Length]), labels,
                    annotated: i == 2 ? 0b001u : 0b011u, truth: 0b111);
                return (data, logits);
            }).ToArray();
            foreach (var (data, logits) in cases)
            {
                var see = calibration.Case(data);
                for (int z = 0; z < Depth; z++)
                    see(z, logits.AsSpan(z * Pixels * outputs, Pixels * outputs));
            }

            double[] best = calibration.Best();
            for (int k = 0; k < Organs; k++)
            {
                double expected = 0.5, highest = double.NegativeInfinity;
                foreach (double threshold in Enumerable.Range(1, 19).Select(i => i / 20.0)
                    .OrderBy(t => Math.Abs(t - 0.5)).ThenBy(t => t))
                {
                    double mean = Statistics.Mean(cases.Select(each => evaluator.Score(each.data, Mask(each.logits, k, threshold))
                        .Organs.FirstOrDefault(organ => organ.Organ == k)?.Dice ?? double.NaN));
                    if (mean > highest)
                        (expected, highest) = (threshold, mean);
                }

                Assert.Equal(expected, best[k]);
                other += expected != 0.5 ? 1 : 0;
            }

            Assert.Equal(0.5, best[2]);
        }

        Assert.True(other > 30, $"only {other} thresholds are not 0.5");

        byte[] Mask(float[] logits, int k, double threshold) => [.. Enumerable.Range(0, Depth * Pixels).Select(v =>
        {
            double odds = softmax ? logits[v * outputs + k + 1] - (double)logits[v * outputs] : logits[v * outputs + k];
            return 1 / (1 + Math.Exp(-odds)) > threshold + 1e-9 ? Labels.Of(k) : Labels.Background;
        })];
    }

    [Fact]
    public void Where_all_thresholds_are_as_good_it_is_one_half()
    {
        // Every voxel is certain: each threshold gives the truth.
        var calibration = new ThresholdCalibration(1, softmax: false);
        byte[] labels = [1, 1, 0, 0];
        var data = new CaseData("case", new Volume(Geometry.Regular(1, 1, 4, 1, 1, 1), new float[4]), labels, annotated: 1);
        calibration.Case(data)(0, [9, 9, -9, -9]);
        Assert.Equal([0.5], calibration.Best());
        Assert.Equal([0.5], new ThresholdCalibration(1, softmax: false).Best());
        Assert.Equal(0, ThresholdCalibration.Shift(0.5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_decision_by_thresholds_of_one_half_is_the_decision(bool softmax)
    {
        var rng = new Rng(4);
        float[] none = [.. Enumerable.Repeat(ThresholdCalibration.Shift(0.5), Organs)];
        for (int i = 0; i < 200; i++)
        {
            float[] logits = [.. Enumerable.Range(0, Organs + (softmax ? 1 : 0)).Select(_ => rng.Next(4) - 1.5f)];
            Assert.Equal(softmax ? Decision.OfSoftmax(logits) : Decision.OfSigmoids(logits),
                softmax ? Decision.OfSoftmax(logits, none) : Decision.OfSigmoids(logits, none));
        }
    }

    [Fact]
    public void Organs_compete_by_how_far_they_are_above_their_thresholds()
    {
        float[] shifts = [ThresholdCalibration.Shift(0.9), ThresholdCalibration.Shift(0.1)];
        Assert.Equal(2, Decision.OfSigmoids([2, -2], shifts)); // p = 0.88 is below 0.9, p = 0.12 above 0.1
        Assert.Equal(2, Decision.OfSigmoids([3, -1], shifts)); // log odds above: 0.8 and 1.2
        Assert.Equal(0, Decision.OfSigmoids([2, -3], shifts));
        Assert.Equal(2, Decision.OfSoftmax([0, 2, -2], shifts));
        Assert.Equal(0, Decision.OfSoftmax([1, 3, -2], shifts));
    }
}
