namespace Smile.Net.Settings;

/// <summary>Over what the learning rate falls where a run has rounds.</summary>
public static class RoundSchedules
{
    /// <summary>Over the run, whatever the rounds.</summary>
    public const string Run = "run";

    /// <summary>Over the steps before the first round, and anew over those of each round.</summary>
    public const string Round = "round";

    /// <summary>Both, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [Run, Round];
}
