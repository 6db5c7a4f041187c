using System.Runtime.CompilerServices;
using Smile.Net.Models;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    /// <summary>Checks every range; <see cref="FromText"/> does so too.</summary>
    /// <exception cref="ConfigException">Names the first setting outside its range and the range.</exception>
    public void Validate()
    {
        Model.Validate();
        Within(Data.Validation, 0, 0.9);
        Within(Data.Fold, -1, 9999);
        ValidateWindow();
        if (Data.Slices is not (1 or 3 or 5))
            throw new ConfigException($"data.slices is {Data.Slices}; it must be 1, 3 or 5.");
        Spacings.Parse(Data.Spacing);
        MemoryLimit.Parse(Data.Memory);

        OneOf(Train.Method, Methods.All);
        Precisions.Parse(Train.Precision, "train.precision");
        Within(Train.Steps, 1, 100_000_000);
        Within(Train.Batch, 1, 1024);
        Within(Train.Leaf, 0, 1024);
        if (Train.Leaf > 0 && Train.Batch % Train.Leaf != 0)
            throw new ConfigException($"train.leaf is {Train.Leaf}, train.batch {Train.Batch}: a batch is made of whole leaves. Make "
                + "train.batch a multiple of train.leaf.");
        Within(Train.Size, 8, 4096);
        if (Train.Size % 8 != 0)
            throw new ConfigException($"train.size is {Train.Size}; it must be a multiple of 8.");
        ValidateNorm();
        ValidateLoss();
        ValidateOptimizer();
        Within(Train.OrganShare, 0, 1);
        Within(Train.AbsentShare, 0, 1);
        Within(Train.OrganPower, 0, 1);
        if (Train.OrganShare + Train.AbsentShare > 1)
            throw new ConfigException($"train.organ_share is {Train.OrganShare} and train.absent_share {Train.AbsentShare}; "
                + "together they are at most 1.");

        Augment.Validate();
        Within(Relabel.Rounds, 1, 100);
        Within(Relabel.GammaMax, 0, 1);
        Within(Relabel.FirstShare, 0, 1);
        Relabel.Validate();
        Within(Relabel.Audit, 0, 0.5);
        Within(Relabel.AuditTolerance, 0, 1);
        Within(Relabel.AuditFloor, 0, 1);
        Within(Relabel.VolumeBound, 0, 1000);
        if (Relabel.Audit > 0 && Train.Method != Methods.Smiler)
            throw new ConfigException($"relabel.audit is {Relabel.Audit}, but train.method is '{Train.Method}': "
                + $"only {Methods.Smiler} relabels.");
        Within(Run.Seed, 0, int.MaxValue);
        Within(Run.Threads, 0, RunOptions.MostThreads);
        Within(Run.SaveEvery, 1, int.MaxValue);
        Within(Run.ValidateEvery, 0, int.MaxValue);
        Within(Run.CheckEvery, 1, int.MaxValue);
    }

    /// <summary>Batch normalisation in training needs two values a channel.</summary>
    private void ValidateNorm()
    {
        if (Model.FrozenNorm || Train.LeafSlices > 1)
            return;
        string key = Train.Leaf == 0 ? "train.batch" : "train.leaf";
        if (Model.Head == Heads.Aspp3)
        {
            throw new ConfigException($"{key} is 1, but the image pooling of model.head '{Heads.Aspp3}' leaves one value a channel "
                + $"and slice, which cannot be normalised. Set {key} to 2 or more, model.frozen_norm to true, or take another head.");
        }

        if (Train.Size <= Model.OutputStride)
        {
            throw new ConfigException($"{key} is 1 and train.size {Train.Size}, no more than model.output_stride "
                + $"{Model.OutputStride}: one value a channel is left, which cannot be normalised. Make {key} or train.size larger.");
        }
    }

    private void ValidateLoss()
    {
        OneOf(Train.Loss, Losses.All);
        OneOf(Train.LossNorm, LossNorms.Names);
        Within(Train.DiceWeight, 0, 1000);
        Within(Train.FocalGamma, 0, 10);
        Within(Train.TverskyAlpha, 0, 10);
        Within(Train.TverskyBeta, 0, 10);
        if (Train.TverskyAlpha + Train.TverskyBeta == 0)
            throw new ConfigException("train.tversky_alpha and train.tversky_beta are both 0; no error would count. Make one larger.");
        if (Train.Loss is Losses.Dice or Losses.Tversky && Train.DiceWeight == 0)
            throw new ConfigException($"train.loss is '{Train.Loss}' and train.dice_weight 0; nothing would be learnt. Make it larger.");
    }

    private void ValidateOptimizer()
    {
        OneOf(Train.Optimizer, Optimizers.All);
        OneOf(Train.Schedule, Schedules.All);
        Within(Train.LearningRate, 0, 100, "train.lr");
        Within(Train.Power, 0, 10);
        Within(Train.Warmup, 0, 1);
        Within(Train.HeadFactor, 0, 1000);
        Within(Train.Momentum, 0, 0.9999);
        Within(Train.Beta1, 0, 0.9999);
        Within(Train.Beta2, 0, 0.999999);
        Within(Train.WeightDecay, 0, 1);
        Within(Train.ClipNorm, 0, 1e9);
        Within(Train.Ema, 0, 0.999999);
        if (Train.Nesterov && Train.Optimizer != Optimizers.Sgd)
            throw new ConfigException($"train.nesterov is true, but train.optimizer is '{Train.Optimizer}': "
                + $"only {Optimizers.Sgd} has it. Leave one out.");
    }

    /// <summary>As <see cref="Within"/>, of a name.</summary>
    private static void OneOf(string value, IReadOnlyList<string> known, [CallerArgumentExpression(nameof(value))] string key = "")
    {
        if (!known.Contains(value))
            throw new ConfigException($"{SnakeCase(key)} is '{value}'; known: {string.Join(", ", known)}.");
    }

    /// <summary>The key is the expression in snake case: <c>Train.WeightDecay</c> is <c>train.weight_decay</c>.</summary>
    private static void Within(double value, double low, double high, [CallerArgumentExpression(nameof(value))] string key = "")
    {
        if (!(value >= low && value <= high))
            throw new ConfigException($"{SnakeCase(key)} is {value}; it must lie between {low} and {high}.");
    }

    private static string SnakeCase(string expression) =>
        string.Join('.', expression.Split('.').Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName));
}
