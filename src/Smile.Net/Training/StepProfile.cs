using Smile.Net.Layers;

namespace Smile.Net.Training;

/// <summary>Where the time of a training step goes: medians over the steps measured, in milliseconds.</summary>
/// <param name="Backend">What it ran on.</param>
/// <param name="Steps">Steps measured, after those that warmed up.</param>
/// <param name="Layers">Each layer's forward pass, then each layer's backward pass, in the order in which they ran.</param>
/// <param name="Whole">A whole step.</param>
/// <param name="Waiting">Of it, waiting for the batch to be drawn; the mean, because a few long waits are what matters.</param>
/// <param name="Input">From the step's beginning to the first layer: waiting, and the batch copied to the device.</param>
/// <param name="Loss">Between the passes: the loss, its gradient, the sums read back.</param>
/// <param name="Update">After the last layer: gradients checked, weights moved.</param>
/// <param name="Weights">Numbers that are trained.</param>
/// <param name="DeviceBytes">Memory on the device: weights and what the optimiser keeps beside them, activations, the batch.</param>
/// <param name="Trace">The last step, event by event.</param>
public sealed record StepProfile(
    string Backend,
    int Steps,
    IReadOnlyList<LayerTime> Layers,
    double Whole,
    double Waiting,
    double Input,
    double Loss,
    double Update,
    long Weights,
    long DeviceBytes,
    IReadOnlyList<TraceEvent> Trace);

/// <summary>One layer in one direction.</summary>
/// <param name="Name">The layer's.</param>
/// <param name="Pass">The direction.</param>
/// <param name="Output">Its output's shape, (N, H, W, C).</param>
/// <param name="Cost">The work that the pass needs.</param>
/// <param name="Algorithm">
/// How it is computed, where the backend has a choice: of a backward pass the weight's gradient, then the input's.
/// </param>
/// <param name="Milliseconds">The median.</param>
public sealed record LayerTime(string Name, Pass Pass, string Output, Cost Cost, string Algorithm, double Milliseconds)
{
    /// <summary>
    /// The least time the pass could take: its FLOP or its bytes at the given peaks, whichever is longer, in milliseconds.
    /// </summary>
    public double Bound(double flopsPerSecond, double bytesPerSecond) =>
        1e3 * Math.Max(Cost.Flops / flopsPerSecond, Cost.Bytes / bytesPerSecond);
}

/// <summary>A stretch of time in a step.</summary>
/// <param name="Name">What ran.</param>
/// <param name="Part">input, forward, loss, backward or update.</param>
/// <param name="Start">Milliseconds after the step began.</param>
/// <param name="Milliseconds">How long.</param>
public sealed record TraceEvent(string Name, string Part, double Start, double Milliseconds);
