using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smile.Bench.Accuracy;

/// <summary>What one training came to.</summary>
/// <param name="Dice">Mean over the held-out subjects, an organ each.</param>
/// <param name="Updates">Updates made.</param>
/// <param name="Slices">Slices learnt from.</param>
/// <param name="Seconds">Of training, by the clock.</param>
/// <param name="PeakBytes">Largest resident set of its process.</param>
internal sealed record Outcome(double[] Dice, int Updates, long Slices, double Seconds, long PeakBytes)
{
    private static readonly JsonSerializerOptions _json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Mean over the organs.</summary>
    [JsonIgnore]
    public double Mean => Dice.Average();

    public string ToText() => JsonSerializer.Serialize(this, _json);

    public static Outcome FromText(string text) => JsonSerializer.Deserialize<Outcome>(text, _json)!;
}

/// <summary>What a training took.</summary>
/// <param name="Updates">Updates made.</param>
/// <param name="Slices">Slices learnt from.</param>
/// <param name="Seconds">By the clock.</param>
internal readonly record struct Effort(int Updates, long Slices, double Seconds);

/// <summary>Something that learns from the training cases for so many minutes or updates and then labels others.</summary>
internal abstract class Contender(string name, string what)
{
    /// <summary>Names of Smile's own.</summary>
    public const string Default = "smile", Baseline = "baseline";

    /// <summary>All, Smile's default first.</summary>
    /// <param name="settings">Over Smile's defaults, each as key=value.</param>
    public static IReadOnlyList<Contender> All(IReadOnlyList<string> settings) =>
    [
        new SmileContender(Default, "Smile, its defaults", settings),
        new SmileContender(Baseline, "the same network, what is not annotated taught as background",
            [.. settings, "train.method=baseline"]),
        new TorchContender("unet"),
        new TorchContender("deeplab"),
        new SingleOrgans(),
        new NnUNetOrgans(),
    ];

    /// <summary>By which the command line knows it.</summary>
    public string Name { get; } = name;

    /// <summary>For people.</summary>
    public string What { get; } = what;

    /// <summary>Whether libtorch computes it.</summary>
    public virtual bool IsTorch => true;

    /// <summary>Whether an update and a prediction take it so long that a smoke run leaves it out.</summary>
    public virtual bool IsSlow => false;

    /// <summary>Trains and scores; the data are loaded already.</summary>
    public Outcome Run(AccuracyData data, Budget budget, int seed)
    {
        (byte[][] labels, Effort effort) = Train(data, budget, seed);
        using var self = Process.GetCurrentProcess();
        return new Outcome(data.Dice(labels), effort.Updates, effort.Slices, effort.Seconds, self.PeakWorkingSet64);
    }

    /// <summary>Trains; the label maps of the held-out cases, and what it took.</summary>
    protected abstract (byte[][] Labels, Effort Effort) Train(AccuracyData data, Budget budget, int seed);
}
