using System.Text.Json.Serialization;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Net.Augment;
using Smile.Net.Models;

namespace Smile.Net.Settings;

/// <summary>
/// Every setting of a run, one record a part. <c>config.json</c> of a run folder is this record, resolved; a setting's key
/// is its part and its name in snake case, for example <c>train.batch</c> or <c>relabel.gamma_max</c>.
/// </summary>
public sealed partial record RunSettings
{
    public DataSettings Data { get; init; } = new();

    public ModelSettings Model { get; init; } = new();

    public TrainSettings Train { get; init; } = new();

    public AugmentSettings Augment { get; init; } = new();

    public RelabelSettings Relabel { get; init; } = new();

    public RunOptions Run { get; init; } = new();

    /// <summary>
    /// The settings without a path of this machine: data set folders and the weights to begin from by their last name. A checkpoint is
    /// handed on, and nobody can go on with it on paths of another machine; the run's own folder holds them.
    /// </summary>
    public RunSettings WithoutPaths() => this with
    {
        Data = Data with { Folders = [.. Data.Folders.Select(LastName)] },
        Train = Train with { Weights = LastName(Train.Weights) },
    };

    private static string LastName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));

    /// <summary>Opens the device of the run, in the run's precision.</summary>
    /// <exception cref="BackendException">The device is not there, or cannot compute in the precision.</exception>
    public IBackend OpenBackend() => Backends.Open(Run.Device, Run.Threads, Precisions.Parse(Train.Precision, "train.precision"));
}

/// <summary>Which images, and how they become network input.</summary>
public sealed record DataSettings
{
    [Setting("Data set folders in nnU-Net's layout, or one store; `--data` (docs/data.md)")]
    public IReadOnlyList<string> Folders { get; init; } = [];

    [Setting("Share of the training cases held out for validation; 0: none", Low = 0, High = 0.9)]
    public double Validation { get; init; } = 0.1;

    [Setting("Entry of the data set's splits_final.json that says what is held out; -1: the first where there is such a file, else a "
        + "random share (`data.validation`); `--fold` (docs/data.md)", Low = -1, High = 9999)]
    public int Fold { get; init; } = -1;

    [Setting("Intensities that the network sees. fixed: `data.window_low` to `data.window_high` become -1 to 1, the rest is clipped; "
        + "auto: 0.5 and 99.5 percentile, mean and standard deviation of the annotated voxels, found when the run starts and kept "
        + "in the four settings below", Names = typeof(Windows))]
    public string Window { get; init; } = Windows.Fixed;

    [Setting("Lowest intensity: all below is the same; auto finds it",
        Unit = "HU", Low = -32768, High = 32767, Range = "below `data.window_high`")]
    public double WindowLow { get; init; } = -160;

    [Setting("Highest intensity; auto finds it", Unit = "HU", Low = -32768, High = 32767)]
    public double WindowHigh { get; init; } = 240;

    [Setting("Of auto: the intensity that becomes 0", Unit = "HU", Low = -32768, High = 32767, Range = "0 with fixed")]
    public double WindowMean { get; init; }

    [Setting("Of auto: the difference that becomes 1; 0: not found yet", Unit = "HU", Low = 0, High = 65535, Range = "0 with fixed")]
    public double WindowDeviation { get; init; }

    [Setting("A slice and its neighbours on either side, as channels; beyond the ends of a volume the last slice is repeated",
        Unit = "slices", Range = "1, 3, 5")]
    public int Slices { get; init; } = 1;

    [Setting("How far apart those slices lie. native: they are the next ones of the volume; auto: the median of the training cases, so "
        + "that images with thinner or thicker slices show the network the same. The nearest slice there is stands in",
        Unit = "mm", Range = "auto, native, or \"mm\", 0.01 to 100")]
    public string SliceDistance { get; init; } = Spacings.Native;

    [Setting("Distance of rows and columns that every slice is brought to. auto: the median of the training cases; native: each slice "
        + "keeps its own (docs/data.md, Spacing)", Unit = "mm", Range = "auto, native, or \"y,x\", each 0.01 to 100")]
    public string Spacing { get; init; } = Spacings.Native;

    [Setting("What images and labels may take of the memory; auto: three quarters of what the process may use. What does not fit is "
        + "packed into the run folder and read slice by slice; what is learnt is the same (docs/scale.md)",
        Range = "auto, or bytes, as 24GiB")]
    public string Memory { get; init; } = MemoryLimit.Auto;
}

/// <summary>What learns, and how.</summary>
public sealed record TrainSettings
{
    /// <summary>Slices that pass through the network at once.</summary>
    [JsonIgnore]
    public int LeafSlices => Leaf == 0 ? Batch : Leaf;

    /// <summary>Leaves of a batch.</summary>
    [JsonIgnore]
    public int Leaves => Batch / LeafSlices;

    [Setting("baseline: softmax, missing organs are background; smile: masked sigmoids; smiler: smile and relabelling; `--method`",
        Names = typeof(Methods))]
    public string Method { get; init; } = Methods.Smile;

    [Setting("Updates in all; SMILEr pays its rounds from the same number; `--steps`", Unit = "updates", Low = 1, High = 100000000)]
    public int Steps { get; init; } = 2000;

    [Setting("Slices an update", Unit = "slices", Low = 1, High = 1024, Range = "a multiple of `train.leaf`")]
    public int Batch { get; init; } = 8;

    [Setting("Slices that pass through the network at once; the leaves' gradients are added by a fixed tree. 0: the batch is one leaf "
        + "(below, Leaves)", Unit = "slices", Low = 0, High = 1024)]
    public int Leaf { get; init; }

    [Setting("Rows and columns of a training slice", Unit = "voxels", Low = 8, High = 4096, Range = "a multiple of 8")]
    public int Size { get; init; } = 128;

    [Setting("What is minimised: bce or focal of the pixels, dice or tversky of the organs' regions, or one of each. Of the baseline "
        + "they are cross-entropy and regions of its classes", Names = typeof(Losses))]
    public string Loss { get; init; } = Losses.Bce;

    [Setting("What the pixels' part is divided by: all pixels of the batch (the paper), or what is known", Names = typeof(LossNorms))]
    public string LossNorm { get; init; } = LossNorms.All;

    [Setting("Weight of the regions' part, dice or tversky", Low = 0, High = 1000)]
    public double DiceWeight { get; init; } = 1;

    [Setting("Of focal: the higher, the less easy pixels count", Low = 0, High = 10)]
    public double FocalGamma { get; init; } = 2;

    [Setting("Of tversky: weight of false positives", Low = 0, High = 10)]
    public double TverskyAlpha { get; init; } = 0.3;

    [Setting("Of tversky: weight of false negatives", Low = 0, High = 10)]
    public double TverskyBeta { get; init; } = 0.7;

    [Setting("sgd: momentum, weight decay in the gradient; adamw: betas, weight decay beside it", Names = typeof(Optimizers))]
    public string Optimizer { get; init; } = Optimizers.Sgd;

    [Setting("Base learning rate; it rises over the warm-up and falls as the schedule says", Low = 0, High = 100)]
    [JsonPropertyName("lr")]
    public double LearningRate { get; init; } = 0.01;

    [Setting("How the learning rate falls over the steps; constant: not at all", Names = typeof(Schedules))]
    public string Schedule { get; init; } = Schedules.Poly;

    [Setting("Of poly: (1 - step/steps)^power", Low = 0, High = 10)]
    public double Power { get; init; } = 0.9;

    [Setting("Share of the steps over which the learning rate first rises, from next to nothing", Low = 0, High = 1)]
    public double Warmup { get; init; }

    [Setting("The head's learning rate over the backbone's (DeepLab)", Low = 0, High = 1000)]
    public double HeadFactor { get; init; } = 10;

    [Setting("Of sgd", Low = 0, High = 0.9999)]
    public double Momentum { get; init; } = 0.9;

    [Setting("Of sgd: weights move by the moment that the next step begins with")]
    public bool Nesterov { get; init; }

    [Setting("Of adamw: the share of the mean gradient that stays", Low = 0, High = 0.9999)]
    public double Beta1 { get; init; } = 0.9;

    [Setting("Of adamw: the share of the mean square of the gradient that stays", Low = 0, High = 0.999999)]
    public double Beta2 { get; init; } = 0.99;

    [Setting("How much of the weights is taken off: times the learning rate, an update", Low = 0, High = 1)]
    public double WeightDecay { get; init; } = 5e-4;

    [Setting("The longest that the gradient of all weights may be; a longer one is shortened. 0: as long as it is", Low = 0, High = 1e9)]
    public double ClipNorm { get; init; }

    [Setting("Share that stays of the average of weights and running statistics over the steps, with which validation, relabelling "
        + "and prediction work, but of the first n at most (1 + n) / (10 + n): from 0.9999 on the average reaches back a ninth of the "
        + "steps so far. 0: they work with the weights themselves", Low = 0, High = 0.999999)]
    public double Ema { get; init; }

    [Setting("Share of the slices drawn because an annotated organ shows in them",
        Low = 0, High = 1, Range = "with `train.absent_share` at most 1")]
    public double OrganShare { get; init; } = 1.0 / 3;

    [Setting("Share of the slices drawn because their case annotates an organ and they show none of it: where it certainly is not, "
        + "but one such slice no more often than one with the organ. The rest are drawn from all slices alike", Low = 0, High = 1)]
    public double AbsentShare { get; init; }

    [Setting("An organ's chance in these draws is the number of slices that show it to this power: 0 all organs alike, 1 all slices "
        + "alike (q of Kang et al. 2020, section 3.1)", Low = 0, High = 1)]
    public double OrganPower { get; init; }

    [Setting("Learn from voxels of annotated organs that they are none of the organs not annotated in the case: the paper's epsilon. "
        + "What may get a pseudo label does not depend on it")]
    public bool Epsilon { get; init; } = true;

    [Setting("What convolutions multiply in; tf32 and bf16 on tensor cores. Weights and sums are float32 in each",
        Names = typeof(Precisions))]
    public string Precision { get; init; } = Precisions.Fp32;

    [Setting("A safetensors file to begin from, torchvision's names; empty: random")]
    public string Weights { get; init; } = "";
}

/// <summary>SMILEr (paper, section 2.2).</summary>
public sealed record RelabelSettings
{
    [Setting("Rounds, T", Unit = "rounds", Low = 1, High = 100)]
    public int Rounds { get; init; } = 2;

    [Setting("Share of the candidates taken in the last round; round t takes t/T of it", Low = 0, High = 1)]
    public double GammaMax { get; init; } = 0.66;

    [Setting("Share of the steps spent before the first round; the rounds share the rest evenly", Low = 0, High = 1)]
    public double FirstShare { get; init; } = 0.5;

    [Setting("How the candidates to take are chosen (docs/relabelling.md); score is the paper's. truth is no rule but the ceiling "
        + "that studies compare with: every hidden voxel of the organ", Range = "score, flips, confidence, prior, volume, truth")]
    public string Select { get; init; } = Selections.Score;

    [Setting("Of volume, what the organ's annotated volume is the mean of: case; or slice, where cases are of unequal height (parts "
        + "of scans, picked slices): the mean cross-section, times the height of the case", Names = typeof(VolumeBases))]
    public string VolumePer { get; init; } = VolumeBases.Case;

    [Setting("Share of the unknown voxels, neither predicted as the organ nor given a pseudo label, that a round takes to be without "
        + "it: those with the lowest scores. 0: none", Low = 0, High = 1)]
    public double Negatives { get; init; }

    [Setting("Rank the candidates of each slice apart instead of the volume's")]
    public bool PerSlice { get; init; }

    [Setting("Rank the candidates of all cases together, so that cases of which the model is sure get more; predicts each case twice")]
    public bool Pooled { get; init; }

    [Setting("Draw slices for an organ's pseudo labels as for its annotations (`train.organ_share`); else they are drawn among all")]
    public bool Sample { get; init; }

    [Setting("Over what the learning rate falls: run, or round: over the steps before the first round, and anew over those of each "
        + "round", Names = typeof(RoundSchedules))]
    public string Schedule { get; init; } = RoundSchedules.Run;

    [Setting("Begin each round from the first weights instead of the current ones")]
    public bool Restart { get; init; }

    [Setting("Keep the pseudo labels of earlier rounds instead of rebuilding from the original annotation")]
    public bool Keep { get; init; }

    [Setting("Share of the known annotations that is hidden from training to judge the rounds by; 0: none; `--audit`",
        Low = 0, High = 0.5, Range = "0 but with smiler")]
    public double Audit { get; init; }

    [Setting("The fall of F1 on held-out annotations at which the rounds stop, where it is more than noise", Low = 0, High = 1)]
    public double AuditTolerance { get; init; } = 0.05;

    [Setting("The precision on held-out annotations below which a round's labels are refused, those of the first round too",
        Low = 0, High = 1)]
    public double AuditFloor { get; init; } = 0.5;

    [Setting("How many times the largest annotated volume of an organ a round may add to a case; more is told, and with an audit "
        + "stops the rounds. 0: any", Low = 0, High = 1000)]
    public double VolumeBound { get; init; } = 3;

    /// <summary>Checks the rule.</summary>
    /// <exception cref="ConfigException">There is no such rule, or it does not go with the other settings.</exception>
    public void Validate()
    {
        if (!Selections.All.Contains(Select) && Select != Selections.Truth)
            throw new ConfigException($"relabel.select is '{Select}'; known: {string.Join(", ", Selections.All)}.");
        if (Pooled && (PerSlice || Select is not (Selections.Score or Selections.Flips or Selections.Confidence)))
            throw new ConfigException($"relabel.pooled ranks all cases together; it does not go with relabel.per_slice, nor with "
                + $"relabel.select '{Selections.Prior}', '{Selections.Volume}' and '{Selections.Truth}', which say how much a case gets. "
                + "Leave one out.");
        if (Negatives > 0 && Select == Selections.Truth)
            throw new ConfigException($"relabel.negatives is {Negatives}, but relabel.select is '{Select}', which asks no model for "
                + "scores. Leave one out.");
        if (PerSlice && Select is (Selections.Prior or Selections.Volume))
            throw new ConfigException($"relabel.select is '{Select}', which bounds the organ's volume; it does not go with "
                + "relabel.per_slice. Leave one out.");
    }
}

/// <summary>Where and how the run goes; none of it but the seed changes what is learnt.</summary>
public sealed record RunOptions
{
    /// <summary>The most <see cref="Threads"/> that are taken.</summary>
    public const int MostThreads = 1024;

    [Setting("Of weights, slices and augmentation; `--seed`", Low = 0, High = int.MaxValue)]
    public int Seed { get; init; } = 1;

    [Setting("auto, or a device's name as `smile devices` prints it; `--device`")]
    public string Device { get; init; } = "auto";

    [Setting("CPU threads; 0: one a core; `--threads`", Unit = "threads", Low = 0, High = RunOptions.MostThreads)]
    public int Threads { get; init; }

    [Setting("Of several ranks, how gradients pass between them. nccl: from GPU to GPU; host: through the memory of the host, by MPI; "
        + "auto: nccl where all ranks have a CUDA GPU of their own and NCCL is installed. The bits are the same (docs/scale.md)",
        Names = typeof(Exchanges))]
    public string Exchange { get; init; } = Exchanges.Auto;

    [Setting("Between two writings of the latest checkpoint", Unit = "updates", Low = 1, High = int.MaxValue)]
    public int SaveEvery { get; init; } = 250;

    [Setting("Between two validations; 0: only at the end", Unit = "updates", Low = 0, High = int.MaxValue)]
    public int ValidateEvery { get; init; } = 500;

    [Setting("Between two checks of the gradients for NaN and infinity; the loss is checked at each step",
        Unit = "updates", Low = 1, High = int.MaxValue)]
    public int CheckEvery { get; init; } = 50;
}
