using Smile.Net.Settings;

namespace Smile.Net.Training;

/// <summary>
/// Where the steps of a run go: stage 0 learns from the annotation alone, each of SMILEr's rounds after it begins with a
/// relabelling. The other methods are one stage. All methods have the same number of steps.
/// </summary>
internal sealed record StagePlan(IReadOnlyList<int> Starts, int Steps)
{
    /// <summary>Stage 0 has <c>relabel.first_share</c> of the steps, the rounds share the rest evenly.</summary>
    public static StagePlan For(RunSettings settings)
    {
        int steps = settings.Train.Steps;
        if (settings.Train.Method != Methods.Smiler)
            return new StagePlan([0], steps);
        int first = (int)Math.Round(settings.Relabel.FirstShare * steps), rest = steps - first, rounds = settings.Relabel.Rounds;
        return new StagePlan([0, .. Enumerable.Range(0, rounds).Select(t => first + (int)((long)rest * t / rounds))], steps);
    }

    /// <summary>Rounds, T; 0 for a method without.</summary>
    public int Rounds => Starts.Count - 1;

    /// <summary>The step at which the stage after <paramref name="stage"/> begins, or the run ends.</summary>
    public int End(int stage) => stage + 1 < Starts.Count ? Starts[stage + 1] : Steps;
}
