using Smile.Net.Augment;
using Smile.Net.Models;

namespace Smile.Net.Settings;

/// <summary>Whole sets of settings by name; what a run is given besides stands over them.</summary>
public static class SettingsPresets
{
    /// <summary>
    /// What taught best in the same time (docs/accuracy.md): a U-Net's decoder, Dice beside cross-entropy, AdamW at a constant rate,
    /// nnU-Net's augmentation, an average of the weights over a ninth of the updates; and the spacing that the training cases have in the
    /// middle.
    /// </summary>
    public const string Default = "default";

    /// <summary>The paper's network and training: DeepLab at stride 8, the masked cross-entropy alone, SGD with poly.</summary>
    public const string Paper = "paper";

    /// <summary>All.</summary>
    public static IReadOnlyList<string> All { get; } = [Default, Paper];

    /// <summary>The settings of that name.</summary>
    /// <exception cref="ConfigException">There are none.</exception>
    public static RunSettings Of(string name) => name switch
    {
        Paper => new RunSettings(),
        Default => new RunSettings
        {
            Data = new DataSettings { Spacing = Spacings.Auto },
            Model = new ModelSettings { Decoder = Decoders.UNet, Head = Heads.Conv, OutputStride = 32, Prior = 0.02 },
            Train = new TrainSettings
            {
                Loss = Losses.BceDice,
                LossNorm = LossNorms.Known,
                Optimizer = Optimizers.AdamW,
                LearningRate = 2e-3,
                Schedule = Schedules.Constant,
                Warmup = 0.05,
                ClipNorm = 5,
                WeightDecay = 0.01,
                HeadFactor = 1,
                Ema = 0.99999,
                OrganShare = 0.75,
                AbsentShare = 0.25,
            },
            Augment = AugmentPresets.Of(AugmentPresets.NnUnet),
        },
        _ => throw new ConfigException($"--preset {name}: known are {string.Join(", ", All)}."),
    };
}
