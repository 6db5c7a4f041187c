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
    /// <summary>Data set folders in nnU-Net's layout.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Share of the training cases held out for validation; 0: none.</summary>
    public double Validation { get; init; } = 0.1;

    /// <summary>
    /// Which entry of the data set's splits_final.json says what is held out; -1: a random share, <see cref="Validation"/>. <c>smile
    /// train</c> takes the first entry where there is such a file and nothing is said.
    /// </summary>
    public int Fold { get; init; } = -1;

    /// <summary>
    /// What intensities the network sees: fixed (window_low to window_high become -1 to 1), or auto (0.5 and 99.5 percentile, mean and
    /// standard deviation of annotated voxels of the training cases, found when the run starts and kept in the four settings below).
    /// </summary>
    public string Window { get; init; } = Windows.Fixed;

    /// <summary>Lowest intensity, HU: all below is the same.</summary>
    public double WindowLow { get; init; } = -160;

    /// <summary>Highest intensity, HU.</summary>
    public double WindowHigh { get; init; } = 240;

    /// <summary>Of auto: the intensity that becomes 0, HU.</summary>
    public double WindowMean { get; init; }

    /// <summary>Of auto: HU that become 1; 0: not found yet.</summary>
    public double WindowDeviation { get; init; }

    /// <summary>
    /// Slices that the network sees of each, itself and as many neighbours on either side, as channels: 1, 3 or 5. Beyond the ends of a
    /// volume the last slice is repeated.
    /// </summary>
    public int Slices { get; init; } = 1;

    /// <summary>
    /// mm between rows and columns that every slice is brought to: auto (the median of the training cases), native (every slice keeps its
    /// own), or "y,x". What was stored before there was a choice is native.
    /// </summary>
    public string Spacing { get; init; } = Spacings.Native;

    /// <summary>
    /// What the images and labels may take of the memory: auto (three quarters of what the process may use), or bytes, as 24GiB. What
    /// does not fit is packed into the run's folder and read slice by slice: what is learnt is the same.
    /// </summary>
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

    /// <summary>baseline (softmax, missing organs are background), smile (masked sigmoids), smiler (smile and relabelling).</summary>
    public string Method { get; init; } = Methods.Smile;

    /// <summary>Updates in all; SMILEr pays its rounds from the same number.</summary>
    public int Steps { get; init; } = 2000;

    /// <summary>Slices an update.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>
    /// Slices a leaf, which divide the batch: a leaf passes through the network by itself, and the leaves' gradients are added by a fixed
    /// tree. 0: the batch is one leaf.
    /// </summary>
    public int Leaf { get; init; }

    /// <summary>Rows and columns of a training slice, in voxels; a multiple of 8.</summary>
    public int Size { get; init; } = 128;

    /// <summary>
    /// What is minimised: bce or focal of the pixels, dice or tversky of the organs' regions, or one of each with a + between.
    /// </summary>
    public string Loss { get; init; } = Losses.Bce;

    /// <summary>What the pixels' loss is divided by: all pixels of the batch, or what is known.</summary>
    public string LossNorm { get; init; } = LossNorms.All;

    /// <summary>Weight of the regions' loss, dice or tversky.</summary>
    public double DiceWeight { get; init; } = 1;

    /// <summary>Of focal: the higher, the less easy pixels count.</summary>
    public double FocalGamma { get; init; } = 2;

    /// <summary>Of tversky: weight of false positives.</summary>
    public double TverskyAlpha { get; init; } = 0.3;

    /// <summary>Of tversky: weight of false negatives.</summary>
    public double TverskyBeta { get; init; } = 0.7;

    /// <summary>sgd (momentum; weight decay in the gradient) or adamw (betas; weight decay beside it).</summary>
    public string Optimizer { get; init; } = Optimizers.Sgd;

    /// <summary>Base learning rate; it rises over the warm-up and falls as the schedule says.</summary>
    [JsonPropertyName("lr")]
    public double LearningRate { get; init; } = 0.01;

    /// <summary>How the learning rate falls over the steps: poly, cosine.</summary>
    public string Schedule { get; init; } = Schedules.Poly;

    /// <summary>Of poly: (1 - step/steps)^power.</summary>
    public double Power { get; init; } = 0.9;

    /// <summary>Share of the steps over which the learning rate first rises, from next to nothing.</summary>
    public double Warmup { get; init; }

    /// <summary>The head's learning rate over the backbone's (DeepLab).</summary>
    public double HeadFactor { get; init; } = 10;

    /// <summary>Of sgd.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Of sgd: weights move by the moment that the next step begins with.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Of adamw: the share of the mean gradient that stays.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Of adamw: the share of the mean square of the gradient that stays.</summary>
    public double Beta2 { get; init; } = 0.99;

    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>The longest that the gradient of all weights may be; a longer one is shortened. 0: as long as it is.</summary>
    public double ClipNorm { get; init; }

    /// <summary>
    /// The share that stays of the average of weights and running statistics over the steps, with which validation, relabelling and
    /// prediction work; 0: they work with the weights themselves.
    /// </summary>
    public double Ema { get; init; }

    /// <summary>Share of the slices that are drawn because an annotated organ shows in them.</summary>
    public double OrganShare { get; init; } = 1.0 / 3;

    /// <summary>
    /// Share of the slices that are drawn because a case annotates an organ and they show none of it: where it certainly is not.
    /// </summary>
    public double AbsentShare { get; init; }

    /// <summary>
    /// Which organ is chosen for such a slice: its chance is the number of slices that show it to this power. 0: all organs alike; 1: all
    /// slices alike (q of Kang et al. 2020, "Decoupling representation and classifier", section 3.1).
    /// </summary>
    public double OrganPower { get; init; }

    /// <summary>
    /// Learn from voxels of annotated organs that they are none of the organs not annotated in the case: the paper's epsilon. What may get
    /// a pseudo label does not depend on it.
    /// </summary>
    public bool Epsilon { get; init; } = true;

    /// <summary>What convolutions multiply in: fp32, or on tensor cores tf32, bf16. Weights and sums are float32 in each.</summary>
    public string Precision { get; init; } = Precisions.Fp32;

    /// <summary>Weights to begin from (safetensors, torchvision's names); empty: random.</summary>
    public string Weights { get; init; } = "";
}

/// <summary>SMILEr (paper, section 2.2).</summary>
public sealed record RelabelSettings
{
    /// <summary>Rounds, T.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Share of the candidates taken in the last round; round t takes t/T of it.</summary>
    public double GammaMax { get; init; } = 0.66;

    /// <summary>Share of the steps spent before the first round; the rounds share the rest evenly.</summary>
    public double FirstShare { get; init; } = 0.5;

    /// <summary>
    /// How the candidates to take are chosen: score (the paper), flips, confidence, prior, volume; or truth, the ceiling that studies
    /// compare with.
    /// </summary>
    public string Select { get; init; } = Selections.Score;

    /// <summary>
    /// Of select volume, what the organ's annotated volume is the mean of: case; or slice, where cases are of unequal height: then it is
    /// the mean cross-section, times the height of the case.
    /// </summary>
    public string VolumePer { get; init; } = VolumeBases.Case;

    /// <summary>
    /// Share of the voxels where nothing is certain, that are not predicted as the organ and got no pseudo label, which a round takes for
    /// known to be without it: those with the lowest scores. 0: none.
    /// </summary>
    public double Negatives { get; init; }

    /// <summary>Rank the candidates of each slice apart instead of the volume's.</summary>
    public bool PerSlice { get; init; }

    /// <summary>
    /// Rank the candidates of all cases together instead of each volume's: cases of which the model is sure get more. Takes a second
    /// prediction of each case.
    /// </summary>
    public bool Pooled { get; init; }

    /// <summary>Draw slices for an organ's pseudo labels as for its annotations (train.organ_share).</summary>
    public bool Sample { get; init; }

    /// <summary>
    /// Over what the learning rate falls (train.schedule, train.warmup): run, or round: over the steps before the first round, and anew
    /// over those of each round.
    /// </summary>
    public string Schedule { get; init; } = RoundSchedules.Run;

    /// <summary>Begin each round from the first weights instead of the current ones.</summary>
    public bool Restart { get; init; }

    /// <summary>Keep the pseudo labels of earlier rounds instead of rebuilding from the original annotation.</summary>
    public bool Keep { get; init; }

    /// <summary>Share of the known annotations that is hidden from training to judge the rounds by; 0: none.</summary>
    public double Audit { get; init; }

    /// <summary>The fall of F1 on held-out annotations at which the rounds stop, where it is more than noise.</summary>
    public double AuditTolerance { get; init; } = 0.05;

    /// <summary>The precision on held-out annotations below which a round's labels are refused, those of the first round too.</summary>
    public double AuditFloor { get; init; } = 0.5;

    /// <summary>
    /// How many times the largest annotated volume of an organ a round may add to a case; more is told, and with an audit stops the
    /// rounds. 0: any.
    /// </summary>
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
        if (!RoundSchedules.All.Contains(Schedule))
            throw new ConfigException($"relabel.schedule is '{Schedule}'; known: {string.Join(", ", RoundSchedules.All)}.");
        if (!VolumeBases.All.Contains(VolumePer))
            throw new ConfigException($"relabel.volume_per is '{VolumePer}'; known: {string.Join(", ", VolumeBases.All)}.");
        if (!(Negatives >= 0 && Negatives <= 1))
            throw new ConfigException($"relabel.negatives is {Negatives}; it must lie between 0 and 1.");
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

    /// <summary>Of weights, slices and augmentation.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>auto, or a device's name as <c>smile devices</c> prints it.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>CPU threads; 0: one a core.</summary>
    public int Threads { get; init; }

    /// <summary>Steps between two writings of the latest checkpoint.</summary>
    public int SaveEvery { get; init; } = 250;

    /// <summary>Steps between two validations; 0: only at the end.</summary>
    public int ValidateEvery { get; init; } = 500;

    /// <summary>Steps between two checks of the gradients for NaN and infinity; the loss is checked at each step.</summary>
    public int CheckEvery { get; init; } = 50;
}
