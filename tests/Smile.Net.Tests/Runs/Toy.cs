using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Runs;

/// <summary>A study that a tiny network learns in seconds: a bright disc and a dark square on noise.</summary>
internal static class Toy
{
    public const int Depth = 4, Size = 24;

    public static OrganSet Organs { get; } = new(["disc", "square"]);

    /// <summary>Cases whose organs move with the seed; case 0 has both organs annotated, then one each, and so on.</summary>
    public static CaseData[] Cases(int count = 4, uint[]? annotated = null)
    {
        uint[] states = annotated ?? [0b11, 0b01, 0b10, 0b01];
        return [.. Enumerable.Range(0, count).Select(i => Case($"case_{i}", (ulong)i, states[i % states.Length]))];
    }

    public static CaseData Case(string id, ulong seed, uint annotated)
    {
        var rng = new Rng(seed, 77);
        var geometry = Geometry.Regular(Depth, Size, Size, 2, 1, 1);
        var voxels = new float[geometry.Voxels];
        var labels = new byte[geometry.Voxels];
        int discY = 5 + rng.Next(4), discX = 5 + rng.Next(4), squareY = 12 + rng.Next(4), squareX = 12 + rng.Next(4);
        for (int v = 0; v < labels.Length; v++)
        {
            int y = v / Size % Size, x = v % Size;
            bool disc = (y - discY) * (y - discY) + (x - discX) * (x - discX) < 18;
            bool square = y >= squareY && y < squareY + 8 && x >= squareX && x < squareX + 8;
            labels[v] = disc ? Labels.Of(0) : square ? Labels.Of(1) : Labels.Background;
            voxels[v] = (float)((disc ? 180 : square ? -120 : 40) + 15 * rng.Normal());
        }

        return new CaseData(id, new Volume(geometry, voxels), labels, annotated, truth: 0b11);
    }

    /// <summary>The case with another image.</summary>
    public static CaseData Changed(this CaseData data, Action<float[]> change)
    {
        float[] voxels = [.. data.Image.ToVolume().Voxels];
        change(voxels);
        return new CaseData(data.Id, new Volume(data.Geometry, voxels), data.Labels.ToArray(), data.Annotated, data.Truth);
    }

    /// <summary>Everything that the paper's training does without: Dice, AdamW, its schedule, clipping, averages.</summary>
    public static RunSettings Modern(this RunSettings settings) => settings with
    {
        Train = settings.Train with
        {
            Loss = "bce+dice",
            LossNorm = LossNorms.Known,
            Optimizer = Optimizers.AdamW,
            LearningRate = 0.003,
            HeadFactor = 1,
            Schedule = Schedules.Cosine,
            Warmup = 0.25,
            ClipNorm = 0.5,
            Ema = 0.9,
        },
    };

    /// <summary>A network of random weights, the classifier's among them, so that its organs differ.</summary>
    public static Network RandomNetwork(RunSettings settings, int outputs)
    {
        var network = new Network(settings.Model, 1, 8, 8, settings.Data.Slices, outputs, NetworkUse.Inference, Backends.Open("scalar"));
        network.Initialise(new Rng(3));
        var head = network.Parameters.Single(p => p.Name == "classifier.weight");
        var rng = new Rng(4);
        head.Write(network.Backend, head.Value, [.. Enumerable.Range(0, head.Count).Select(_ => (float)rng.Normal())]);
        return network;
    }

    public static RunSettings Settings(string method = Methods.Smile, int steps = 12)
    {
        var settings = new RunSettings();
        return settings with
        {
            Data = settings.Data with { Validation = 0.25 },
            Model = new ModelSettings { Backbone = "tiny", Width = 4, OutputStride = 4, Head = "conv" },
            Train = settings.Train with { Method = method, Steps = steps, Batch = 2, Size = Size, LearningRate = 0.02 },
            Augment = settings.Augment with { Shift = 2 },
            Run = settings.Run with { Device = "scalar", SaveEvery = 5, ValidateEvery = 4, CheckEvery = 3 },
        };
    }
}

/// <summary>Keeps what a run tells, and may act at a step.</summary>
internal sealed class Recorder : IRunListener
{
    public List<double> Losses { get; } = [];

    public List<RoundReport> Rounds { get; } = [];

    public List<ValidationReport> Validations { get; } = [];

    public List<string> Messages { get; } = [];

    public Action<StepReport>? AtStep { get; set; }

    public Action<RoundReport>? AtRound { get; set; }

    public Action<ValidationReport>? AtValidation { get; set; }

    public void OnStep(in StepReport report)
    {
        Losses.Add(report.Loss);
        AtStep?.Invoke(report);
    }

    public void OnRound(RoundReport report)
    {
        Rounds.Add(report);
        AtRound?.Invoke(report);
    }

    public void OnValidation(ValidationReport report)
    {
        Validations.Add(report);
        AtValidation?.Invoke(report);
    }

    public void OnMessage(string message) => Messages.Add(message);
}
