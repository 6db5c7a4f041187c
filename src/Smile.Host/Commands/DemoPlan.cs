using Smile.Host.Phantom;
using Smile.Net.Settings;

namespace Smile.Host.Commands;

/// <summary>How large the demo is: cases, voxels, steps, network. One budget and one set of settings for all three methods.</summary>
internal sealed record DemoPlan
{
    public required PhantomOptions Phantom { get; init; }

    /// <summary>Partly annotated cases that are trained on.</summary>
    public required int TrainingCases { get; init; }

    /// <summary>Held-out cases with full truth.</summary>
    public required int TestCases { get; init; }

    /// <summary>Share of the organ annotations that is dropped.</summary>
    public double Alpha { get; init; } = 0.7;

    /// <summary>Which annotations are dropped.</summary>
    public ulong DropSeed { get; init; } = 1;

    /// <summary>Of every method but for <c>train.method</c>.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>A minute on 2 cores without GPU, everything included.</summary>
    public static DemoPlan Full { get; } = new()
    {
        Phantom = new PhantomOptions { Depth = 20, Height = 80, Width = 80, Seed = 11 },
        TrainingCases = 24,
        TestCases = 6,
        Settings = For(steps: 1000, size: 80),
    };

    /// <summary>30 s on 2 cores without GPU.</summary>
    public static DemoPlan Quick { get; } = new()
    {
        Phantom = new PhantomOptions { Depth = 20, Height = 72, Width = 72, Seed = 11 },
        TrainingCases = 20,
        TestCases = 4,
        Settings = For(steps: 650, size: 72),
    };

    private static RunSettings For(int steps, int size)
    {
        RunSettings settings = SettingsPresets.Of(SettingsPresets.Default);
        return settings with
        {
            Data = settings.Data with { Validation = 0 }, // the test cases are apart already
            Train = settings.Train with { Steps = steps, Size = size },
            Run = settings.Run with { SaveEvery = steps, ValidateEvery = 0 },
        };
    }
}
