using System.Globalization;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Net.Data;
using Smile.Net.Settings;
using Smile.Net.Training;

namespace Smile.Net.Tests.Settings;

public sealed class RunSettingsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_design()
    {
        var settings = new RunSettings();
        settings.Validate();
        Assert.Equal((0.9, 5e-4, 0.9, 10),
            (settings.Train.Momentum, settings.Train.WeightDecay, settings.Train.Power, settings.Train.HeadFactor));
        Assert.Equal((-160, 240), (settings.Data.WindowLow, settings.Data.WindowHigh));
        Assert.Equal((2, 0.66, 0.5), (settings.Relabel.Rounds, settings.Relabel.GammaMax, settings.Relabel.FirstShare));
        Assert.False(settings.Relabel.PerSlice || settings.Relabel.Restart || settings.Relabel.Keep || settings.Augment.Flip);
    }

    [Fact]
    public void Text_round_trips()
    {
        RunSettings settings = RunSettings.FromText(
            """
            {
              "data": {"folders": ["a", "b"]}, "model": {"rates": [1, 2], "output_stride": 16},
              "train": {"lr": 0.02, "method": "smiler"}, "relabel": {"keep": true}
            }
            """, "x");
        Assert.Equal(["a", "b"], settings.Data.Folders);
        Assert.Equal([1, 2], settings.Model.Rates);
        Assert.Equal((16, 0.02, "smiler", true),
            (settings.Model.OutputStride, settings.Train.LearningRate, settings.Train.Method, settings.Relabel.Keep));
        Assert.Equal(8, settings.Train.Batch);
        Assert.Equal(settings.ToText(), RunSettings.FromText(settings.ToText(), "x").ToText());
    }

    [Fact]
    public void What_is_given_lies_over_what_is_there_and_the_last_of_a_key_counts()
    {
        RunSettings basis = RunSettings.FromText("""{"train":{"steps":5,"batch":3},"model":{}}""", "x");
        RunSettings settings = basis.With([new("train.batch", 1, "a"), new("train.batch", "2", "b"), new("model.rates", "1, 2", "b")]);
        Assert.Equal((5, 2), (settings.Train.Steps, settings.Train.Batch));
        Assert.Equal([1, 2], settings.Model.Rates);
        Assert.Equal((5, 3), (basis.Train.Steps, basis.Train.Batch));
    }

    [Theory]
    [InlineData("""{"train":{"bach":1}}""", "unknown key 'train.bach'", "'train.batch'")]
    [InlineData("""{"trian":{}}""", "unknown key 'trian'", "Did you mean 'train'?")]
    [InlineData("""{"train":3}""", "'train' is a group", "")]
    [InlineData("""{"train":{"steps":"many"}}""", "train.steps", "")]
    [InlineData("""{"train":{"steps":1.5}}""", "train.steps", "")]
    [InlineData("""{"train":{"method":null}}""", "train.method", "")]
    [InlineData("""{"train":{"method":"dice"}}""", "train.method is 'dice'", "baseline, smile, smiler")]
    [InlineData("""{"train":{"weight_decay":-1}}""", "train.weight_decay is -1", "between 0 and 1")]
    [InlineData("""{"train":{"precision":"fp16"}}""", "train.precision is 'fp16'", "fp32, tf32, bf16")]
    [InlineData("""{"train":{"lr":1e9}}""", "train.lr is 1000000000", "")]
    [InlineData("""{"train":{"size":100}}""", "train.size is 100", "multiple of 8")]
    [InlineData("""{"train":{"loss":"dice+bce"}}""", "train.loss is 'dice+bce'", "bce+dice, bce+tversky, focal")]
    [InlineData("""{"train":{"loss_norm":"some"}}""", "train.loss_norm is 'some'", "all, known")]
    [InlineData("""{"train":{"loss":"dice","dice_weight":0}}""", "train.dice_weight 0", "larger")]
    [InlineData("""{"train":{"dice_weight":-1}}""", "train.dice_weight is -1", "between 0 and 1000")]
    [InlineData("""{"train":{"focal_gamma":11}}""", "train.focal_gamma is 11", "between 0 and 10")]
    [InlineData("""{"train":{"tversky_alpha":0,"tversky_beta":0}}""", "train.tversky_alpha", "train.tversky_beta")]
    [InlineData("""{"train":{"tversky_beta":-0.1}}""", "train.tversky_beta is -0.1", "")]
    [InlineData("""{"train":{"optimizer":"adam"}}""", "train.optimizer is 'adam'", "sgd, adamw")]
    [InlineData("""{"train":{"optimizer":"adamw","nesterov":true}}""", "train.nesterov", "train.optimizer")]
    [InlineData("""{"train":{"beta1":1}}""", "train.beta1 is 1", "")]
    [InlineData("""{"train":{"beta2":-1}}""", "train.beta2 is -1", "")]
    [InlineData("""{"train":{"schedule":"linear"}}""", "train.schedule is 'linear'", "poly, cosine, constant")]
    [InlineData("""{"train":{"warmup":1.5}}""", "train.warmup is 1.5", "between 0 and 1")]
    [InlineData("""{"train":{"clip_norm":-1}}""", "train.clip_norm is -1", "")]
    [InlineData("""{"train":{"ema":1}}""", "train.ema is 1", "")]
    [InlineData("""{"relabel":{"gamma_max":1.01}}""", "relabel.gamma_max is 1.01", "")]
    [InlineData("""{"relabel":{"select":"best"}}""", "relabel.select is 'best'", "score, flips, confidence, prior, volume")]
    [InlineData("""{"relabel":{"select":"prior","per_slice":true}}""", "relabel.select is 'prior'", "relabel.per_slice")]
    [InlineData("""{"relabel":{"select":"volume","per_slice":true}}""", "relabel.select is 'volume'", "relabel.per_slice")]
    [InlineData("""{"relabel":{"pooled":true,"per_slice":true}}""", "relabel.pooled", "relabel.per_slice")]
    [InlineData("""{"relabel":{"pooled":true,"select":"volume"}}""", "relabel.pooled", "'volume'")]
    [InlineData("""{"relabel":{"schedule":"poly"}}""", "relabel.schedule is 'poly'", "run, round")]
    [InlineData("""{"relabel":{"volume_per":"voxel"}}""", "relabel.volume_per is 'voxel'", "case, slice")]
    [InlineData("""{"relabel":{"negatives":1.5}}""", "relabel.negatives is 1.5", "between 0 and 1")]
    [InlineData("""{"relabel":{"negatives":-0.1}}""", "relabel.negatives is -0.1", "between 0 and 1")]
    [InlineData("""{"relabel":{"negatives":0.5,"select":"truth"}}""", "relabel.negatives is 0.5", "relabel.select is 'truth'")]
    [InlineData("""{"data":{"window_low":300}}""", "data.window_low", "data.window_high")]
    [InlineData("""{"data":{"window":"wide"}}""", "data.window is 'wide'", "fixed, auto")]
    [InlineData("""{"data":{"window":"auto","window_low":-100}}""", "data.window is auto", "data.window=fixed")]
    [InlineData("""{"data":{"window_deviation":40}}""", "data.window_deviation 40", "data.window=auto")]
    [InlineData("""{"data":{"window":"auto","window_deviation":-1}}""", "data.window_deviation is -1", "")]
    [InlineData("""{"data":{"slices":2}}""", "data.slices is 2", "1, 3 or 5")]
    [InlineData("""{"data":{"spacing":"1.5"}}""", "data.spacing", "native")]
    [InlineData("""{"data":{"spacing":"1.5,0"}}""", "data.spacing", "0.01 to 100")]
    [InlineData("""{"data":{"spacing":"1,5,1,5"}}""", "data.spacing", "\"1.5,1.5\"")]
    [InlineData("""{"data":{"spacing":1.5}}""", "data.spacing", "text is expected")]
    [InlineData("""{"model":{"head":"fcn"}}""", "model.head is 'fcn'", "")]
    [InlineData("""{"train":{"organ_share":0.75,"absent_share":0.5}}""", "train.absent_share 0.5", "at most 1")]
    [InlineData("""{"train":{"absent_share":-0.1}}""", "train.absent_share is -0.1", "")]
    [InlineData("""{"train":{"organ_power":1.1}}""", "train.organ_power is 1.1", "")]
    [InlineData("""{"model":{"prior":0}}""", "model.prior is 0", "between 0 and 1")]
    [InlineData("""{"model":{"prior":1}}""", "model.prior is 1", "between 0 and 1")]
    [InlineData("""{"train":{"batch":1,"batch":2}}""", "batch", "")]
    [InlineData("""[]""", "JSON object", "")]
    [InlineData("""{"train":""", "f.json", "")]
    public void What_does_not_fit_is_named(string text, string what, string hint)
    {
        var error = Assert.Throws<ConfigException>(() => RunSettings.FromText(text, "f.json"));
        Assert.StartsWith("f.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_stored_before_there_was_a_choice_of_window_and_slices_means_what_it_did()
    {
        RunSettings old = RunSettings.FromText("""{"data":{"window_low":-100,"window_high":300}}""", "x");
        Assert.Equal((Windows.Fixed, 1), (old.Data.Window, old.Data.Slices));
        Assert.Equal(new Window(-100, 300), old.Intensities);
        Assert.Equal(1, old.ForSampler().Slices);
    }

    [Fact]
    public void A_window_that_is_to_be_found_is_not_used_before_it_is()
    {
        RunSettings auto = RunSettings.FromText("""{"data":{"window":"auto"}}""", "x");
        Assert.Contains("data.window", Assert.Throws<ConfigException>(() => auto.Intensities).Message, StringComparison.Ordinal);
        RunSettings found = RunSettings.FromText(
            """{"data":{"window":"auto","window_low":-71.5,"window_high":213,"window_mean":88.25,"window_deviation":39.7}}""", "x");
        Assert.Equal(new Window(-71.5f, 213, 88.25f, 39.7f), found.Intensities);
        Assert.Equal(found.ToText(), RunSettings.FromText(found.ToText(), "x").ToText());
    }

    [Fact]
    public void The_rate_falls_from_the_base_to_nothing()
    {
        var schedule = new RateSchedule(0.1, 0.9, 100);
        Assert.Equal(0.1f, schedule.At(0));
        Assert.Equal((float)(0.1 * Math.Pow(0.5, 0.9)), schedule.At(50));
        Assert.Equal(0f, schedule.At(100));
    }

    [Fact]
    public void The_rate_first_rises_in_equal_steps_and_then_falls_over_the_rest()
    {
        var train = new TrainSettings { Steps = 110, Warmup = 0.091, LearningRate = 0.2, Schedule = Schedules.Cosine };
        var cosine = RateSchedule.Of(train);
        Assert.Equal([0.02f, 0.04f, 0.2f, 0.2f], new[] { 0, 1, 9, 10 }.Select(cosine.At));
        Assert.Equal(0.1f, cosine.At(60), 1e-7f);
        Assert.Equal((float)(0.1 * (1 + Math.Sqrt(0.5))), cosine.At(35), 1e-7f);
        Assert.Equal(0, cosine.At(110), 1e-7f);
        var poly = RateSchedule.Of(train with { Schedule = Schedules.Poly, Power = 2 });
        Assert.Equal([0.02f, 0.2f, 0.05f], new[] { 0, 10, 60 }.Select(poly.At));
        Assert.Equal(0.2f, RateSchedule.Of(train with { Warmup = 1 }).At(109));
        var constant = RateSchedule.Of(train with { Schedule = Schedules.Constant });
        Assert.Equal([0.02f, 0.2f, 0.2f, 0.2f], new[] { 0, 10, 60, 109 }.Select(constant.At));
    }

    [Theory]
    [InlineData(0.4, 3, 0.2)]
    [InlineData(0.0, 2, 0.0)] // nothing before the first round
    [InlineData(1.0, 2, 0.0)] // rounds without a step
    public void With_a_rate_of_their_own_each_stage_is_a_run_of_its_steps(double first, int rounds, double warmup)
    {
        var settings = new RunSettings
        {
            Train = new TrainSettings { Method = Methods.Smiler, Steps = 101, Warmup = warmup },
            Relabel = new RelabelSettings { Rounds = rounds, FirstShare = first, Schedule = RoundSchedules.Round },
        };
        StagePlan plan = StagePlan.For(settings);
        var rate = new StagedRate(settings);
        int stages = 0;
        for (int stage = 0; stage <= rounds; stage++)
        {
            int start = plan.Starts[stage], steps = plan.End(stage) - start;
            for (int step = 0; step < steps; step++)
                Assert.Equal(RateSchedule.Of(settings.Train with { Steps = steps }).At(step), rate.At(start + step));
            stages += steps > 0 ? 1 : 0;
        }

        Assert.Equal(first is 0 ? rounds : first is 1 ? 1 : rounds + 1, stages);
        var one = new StagedRate(settings with { Relabel = settings.Relabel with { Schedule = RoundSchedules.Run } });
        var smile = new StagedRate(settings with { Train = settings.Train with { Method = Methods.Smile } });
        for (int step = 0; step < 101; step++)
            Assert.Equal((RateSchedule.Of(settings.Train).At(step), one.At(step)), (one.At(step), smile.At(step)));
    }

    [Theory]
    [InlineData("bce", 1, 0, 0, 0.5, 0.5)]
    [InlineData("focal", 1, 2, 0, 0.5, 0.5)]
    [InlineData("dice", 0, 0, 3, 0.5, 0.5)]
    [InlineData("bce+tversky", 1, 0, 3, 0.25, 0.75)]
    [InlineData("focal+dice", 1, 2, 3, 0.5, 0.5)]
    public void A_loss_is_made_of_the_parts_that_its_name_says(string loss, float pixels, float gamma, float region, float alpha,
        float beta)
    {
        var train = new TrainSettings { Loss = loss, DiceWeight = 3, TverskyAlpha = 0.25, TverskyBeta = 0.75 };
        Assert.Contains(loss, Losses.All);
        Assert.Equal(new LossTerms(pixels, gamma, false, region, alpha, beta), Losses.Terms(train));
        Assert.True(Losses.Terms(train with { LossNorm = LossNorms.Known }).PerKnown);
    }

    [Theory]
    [InlineData("smile", 2, 0.5, 100, "0")]
    [InlineData("baseline", 2, 0.5, 100, "0")]
    [InlineData("smiler", 2, 0.5, 100, "0,50,75")]
    [InlineData("smiler", 3, 0.4, 101, "0,40,60,80")]
    [InlineData("smiler", 1, 0.0, 10, "0,0")]
    public void Every_method_has_the_same_budget_and_SMILEr_shares_it_out(string method, int rounds, double first, int steps, string starts)
    {
        var defaults = new RunSettings();
        var plan = StagePlan.For(defaults with
        {
            Train = defaults.Train with { Method = method, Steps = steps },
            Relabel = defaults.Relabel with { Rounds = rounds, FirstShare = first },
        });
        Assert.Equal(starts.Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture)), plan.Starts);
        Assert.Equal(steps, plan.End(plan.Rounds));
        Assert.Equal(method == "smiler" ? rounds : 0, plan.Rounds);
    }
}
