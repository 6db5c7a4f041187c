using Smile.Net.Prediction;
using Smile.Net.Relabel;

namespace Smile.Net.Runs;

/// <summary>One update of the weights.</summary>
/// <param name="Step">Updates done, this one among them.</param>
/// <param name="Steps">Updates of the whole run.</param>
/// <param name="Stage">0, or the SMILEr round.</param>
/// <param name="Loss">Of the batch, before the update.</param>
/// <param name="LearningRate">The backbone's.</param>
/// <param name="OrganLoss">Mean over each organ's known pixels, 0 where none is; empty for the baseline; valid during the call.</param>
/// <param name="Seconds">The step took.</param>
public readonly record struct StepReport(
    int Step, int Steps, int Stage, double Loss, double LearningRate, ReadOnlyMemory<float> OrganLoss, double Seconds)
{
    /// <summary>The regions' part of the loss (dice, tversky), without its weight; NaN where there is none.</summary>
    public double RegionLoss { get; init; } = double.NaN;

    /// <summary>
    /// Length of the gradient of all weights, before it was clipped; NaN in a step in which it is neither clipped nor checked.
    /// </summary>
    public double GradientNorm { get; init; } = double.NaN;
}

/// <summary>One validation: Dice over the annotated organs of the held-out cases.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Stage">0, or the SMILEr round.</param>
/// <param name="MeanDice">Mean of the organs' Dice; NaN where nothing could be scored.</param>
/// <param name="OrganDice">Means over the cases in which the organ is annotated and not empty on both sides; NaN where none is.</param>
/// <param name="Best">True where no earlier validation was better.</param>
public sealed record ValidationReport(int Step, int Stage, double MeanDice, IReadOnlyList<double> OrganDice, bool Best)
{
    /// <summary>
    /// Of each organ the probability above which Dice over the same cases is highest (<see cref="ThresholdCalibration"/>); empty in runs of
    /// earlier versions. The Dice of this report are those of 1/2.
    /// </summary>
    public IReadOnlyList<double> Thresholds { get => field ?? []; init; } // absent in files of earlier versions
}

/// <summary>What is told while a run goes on; called from the thread that trains.</summary>
public interface IRunListener
{
    /// <summary>After each update; must not keep the report's memory.</summary>
    void OnStep(in StepReport report);

    /// <summary>After each SMILEr round's relabelling; the pseudo labels are stored already.</summary>
    void OnRound(RoundReport report);

    /// <summary>After each validation.</summary>
    void OnValidation(ValidationReport report);

    /// <summary>A line for people.</summary>
    void OnMessage(string message);
}
