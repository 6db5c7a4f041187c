using Smile.Net.Models;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    /// <summary>Checks every range; <see cref="FromText"/> does so too.</summary>
    /// <exception cref="ConfigException">Names the first setting outside its range and the range.</exception>
    public void Validate()
    {
        SettingOfPart.Demand("data", Data);
        Model.Validate();
        SettingOfPart.Demand("train", Train);
        Augment.Validate();
        SettingOfPart.Demand("relabel", Relabel);
        SettingOfPart.Demand("run", Run);
        ValidateWindow();
        if (Data.Slices is not (1 or 3 or 5))
            throw new ConfigException($"data.slices is {Data.Slices}; it must be 1, 3 or 5.");
        Spacings.Parse(Data.Spacing);
        Spacings.ParseDistance(Data.SliceDistance);
        MemoryLimit.Parse(Data.Memory);
        if (Train.Leaf > 0 && Train.Batch % Train.Leaf != 0)
            throw new ConfigException($"train.leaf is {Train.Leaf}, train.batch {Train.Batch}: a batch is made of whole leaves. Make "
                + "train.batch a multiple of train.leaf.");
        if (Train.Size % 8 != 0)
            throw new ConfigException($"train.size is {Train.Size}; it must be a multiple of 8.");
        ValidateNorm();
        ValidateLoss();
        if (Train.Nesterov && Train.Optimizer != Optimizers.Sgd)
            throw new ConfigException($"train.nesterov is true, but train.optimizer is '{Train.Optimizer}': "
                + $"only {Optimizers.Sgd} has it. Leave one out.");
        if (Train.OrganShare + Train.AbsentShare > 1)
            throw new ConfigException($"train.organ_share is {Train.OrganShare} and train.absent_share {Train.AbsentShare}; "
                + "together they are at most 1.");
        Relabel.Validate();
        if (Relabel.Audit > 0 && Train.Method != Methods.Smiler)
            throw new ConfigException($"relabel.audit is {Relabel.Audit}, but train.method is '{Train.Method}': "
                + $"only {Methods.Smiler} relabels.");
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
        if (Train.TverskyAlpha + Train.TverskyBeta == 0)
            throw new ConfigException("train.tversky_alpha and train.tversky_beta are both 0; no error would count. Make one larger.");
        if (Train.Loss is Losses.Dice or Losses.Tversky && Train.DiceWeight == 0)
            throw new ConfigException($"train.loss is '{Train.Loss}' and train.dice_weight 0; nothing would be learnt. Make it larger.");
    }
}
