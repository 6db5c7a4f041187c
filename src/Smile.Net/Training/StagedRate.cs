using Smile.Net.Settings;

namespace Smile.Net.Training;

/// <summary>
/// The learning rate of a run: one <see cref="RateSchedule"/> over the whole budget, or with <see cref="RoundSchedules.Round"/> one over
/// each stage, SMILEr's first and each round, so that the model that a round asks has been trained to its end. It depends on the step
/// alone: where the rounds end early, or are undone, training goes on through the rates that they would have had.
/// </summary>
internal sealed class StagedRate
{
    private readonly int[] _starts;
    private readonly RateSchedule[] _schedules;

    public StagedRate(RunSettings settings)
    {
        StagePlan plan = StagePlan.For(settings);
        bool each = settings.Relabel.Schedule == RoundSchedules.Round;
        _starts = each ? [.. plan.Starts] : [0];
        _schedules = each
            ? [.. plan.Starts.Select((start, stage) => RateSchedule.Of(settings.Train with { Steps = plan.End(stage) - start }))]
            : [RateSchedule.Of(settings.Train)];
    }

    /// <summary>The rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public float At(int step)
    {
        int stage = _starts.Length - 1;
        while (_starts[stage] > step)
            stage--;
        return _schedules[stage].At(step - _starts[stage]);
    }
}
