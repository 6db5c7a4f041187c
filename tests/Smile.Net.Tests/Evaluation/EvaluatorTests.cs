using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Net.Tests.Evaluation;

public sealed class EvaluatorTests
{
    [Fact]
    public void Counts_and_overlaps_are_those_counted_by_hand()
    {
        OrganScore score = Score([1, 1, 1, 1, 0, 0, 2, 0], [1, 1, 0, 2, 1, 0, 1, 0], annotated: 0b01).Organs[0];
        Assert.Equal((2L, 2L, 2L, 2L), (score.TP, score.FP, score.FN, score.TN));
        Assert.Equal(0.5, score.Dice);
        Assert.Equal(2 / 6.0, score.IoU);
        Assert.Equal((4L, 4L), (score.Predicted, score.Reference));
        Assert.Equal(OrganOutcome.Scored, score.Outcome);
    }

    [Fact]
    public void A_shifted_cube_has_dice_three_quarters()
    {
        Geometry grid = Geometry.Regular(6, 6, 7, 2, 2, 2);
        byte[] truth = new byte[grid.Voxels], prediction = new byte[grid.Voxels];
        for (int z = 1; z < 5; z++)
            for (int y = 1; y < 5; y++)
            {
                truth.AsSpan((z * 6 + y) * 7 + 1, 4).Fill(1);
                prediction.AsSpan((z * 6 + y) * 7 + 2, 4).Fill(1);
            }

        var evaluator = new Evaluator(1, new EvaluationSettings { ToleranceMm = 1 });
        OrganScore score = evaluator.Score(new CaseData("a", new Volume(grid, new float[grid.Voxels]), truth, 1), prediction).Organs[0];
        Assert.Equal((48L, 16L, 16L), (score.TP, score.FP, score.FN));
        Assert.Equal(0.75, score.Dice);
        Assert.Equal(0.6, score.IoU);
        Assert.Equal(2, score.Surfaces.Hd95, 1e-6);
        Assert.Equal(72 / 112.0, score.Surfaces.SurfaceDice, 1e-12);
    }

    [Fact]
    public void An_organ_empty_on_both_sides_has_no_value_and_enters_no_mean()
    {
        OrganScore score = Score([0, 0], [0, 2], annotated: 0b01).Organs[0];
        Assert.Equal(OrganOutcome.BothEmpty, score.Outcome);
        double[] values = [score.Dice, score.IoU, score.Precision, score.Recall, score.Ravd];
        Assert.All(values, value => Assert.True(double.IsNaN(value)));
        Assert.Equal(SurfaceScore.None, score.Surfaces);
    }

    [Theory]
    [InlineData(1, 0, OrganOutcome.Missed)]
    [InlineData(0, 1, OrganOutcome.FalseAlarm)]
    public void An_organ_empty_on_one_side_has_dice_zero_and_no_distance(byte truth, byte prediction, OrganOutcome outcome)
    {
        OrganScore score = Score([truth, 0], [prediction, 0], annotated: 0b01).Organs[0];
        Assert.Equal(outcome, score.Outcome);
        Assert.Equal((0, 0, 0), (score.Dice, score.IoU, score.Surfaces.SurfaceDice));
        Assert.Equal(SurfaceScore.OneSided, score.Surfaces);
        Assert.True(double.IsNaN(score.Surfaces.Hd95));
        Assert.Equal(truth == 1 ? (double.NaN, 0, 100) : (0, double.NaN, double.NaN), (score.Precision, score.Recall, score.Ravd));
    }

    [Fact]
    public void Volumes_and_their_difference_are_those_of_the_voxels()
    {
        Geometry grid = Geometry.Regular(1, 1, 8, 5, 2, 2); // 20 mm^3 a voxel
        byte[] truth = [1, 1, 1, 1, 0, 0, 0, 0], prediction = [1, 1, 0, 0, 1, 0, 0, 0];
        OrganScore score = new Evaluator(1, new EvaluationSettings()).Score("a", grid, truth, 1, prediction).Organs[0];
        Assert.Equal((0.08, 0.06), (score.ReferenceMl, score.PredictedMl));
        Assert.Equal((25, 2 / 3.0, 0.5), (score.Ravd, score.Precision, score.Recall));
    }

    [Fact]
    public void Only_annotated_organs_are_scored_unless_the_truth_is_complete()
    {
        Assert.Equal([1], Score([1, 2], [1, 2], annotated: 0b10).Organs.Select(score => score.Organ));
        Assert.Equal([0, 1],
            Score([1, 2], [1, 2], annotated: 0b10, new EvaluationSettings { TruthComplete = true }).Organs.Select(score => score.Organ));
        CaseData partial = new("a", new Volume(Geometry.Regular(1, 1, 2, 1, 1, 1), new float[2]), [1, 0], annotated: 0b00, truth: 0b01);
        Assert.Equal([0],
            new Evaluator(2, new EvaluationSettings { TruthComplete = true }).Score(partial, [1, 2]).Organs.Select(score => score.Organ));
    }

    [Fact]
    public void Ignored_voxels_count_nowhere_not_even_as_a_surface()
    {
        OrganScore score = Score([1, 255, 0, 255, 255, 255], [1, 1, 0, 0, 0, 1], annotated: 0b01).Organs[0];
        Assert.Equal((1L, 0L, 0L, 1L), (score.TP, score.FP, score.FN, score.TN));
        Assert.Equal((1, 0, 1), (score.Dice, score.Surfaces.Hd95, score.Surfaces.SurfaceDice));
    }

    [Fact]
    public void Two_label_maps_can_be_scored_without_an_image()
    {
        CaseScore score = new Evaluator(2, new EvaluationSettings())
            .Score("a", Geometry.Regular(1, 1, 3, 1, 1, 1), [1, 2, 2], scored: 0b10, [1, 2, 0]);
        Assert.Equal((1, 2 / 3.0), (Assert.Single(score.Organs).Organ, score.Organs[0].Dice));
    }

    [Fact]
    public void Surfaces_can_be_left_out()
    {
        OrganScore score = Score([1, 0], [1, 0], annotated: 0b01, new EvaluationSettings { Surfaces = false }).Organs[0];
        Assert.Equal(1, score.Dice);
        Assert.True(double.IsNaN(score.Surfaces.Hd95) && double.IsNaN(score.Surfaces.SurfaceDice));
    }

    [Fact]
    public void A_prediction_on_another_grid_and_a_bad_tolerance_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Score([1, 0], [1], annotated: 0b01));
        Assert.Throws<ConfigException>(() => new Evaluator(1, new EvaluationSettings { ToleranceMm = double.NaN }));
    }

    internal static CaseScore Score(byte[] truth, byte[] prediction, uint annotated, EvaluationSettings? settings = null, string id = "a")
    {
        var source = new CaseData(id, new Volume(Geometry.Regular(1, 1, truth.Length, 1, 1, 1), new float[truth.Length]), truth, annotated);
        return new Evaluator(2, settings ?? new EvaluationSettings()).Score(source, prediction);
    }
}
