using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.Sgd;
using Smile.Net.Models;
using Smile.Net.Settings;
using Smile.Net.Tensors;

namespace Smile.Net.Training;

/// <summary>
/// What moves the weights once the gradients are there, as the settings say: SGD or AdamW, the gradient clipped, and the average of the
/// weights that follows.
/// </summary>
internal sealed class Optimizer
{
    /// <summary>
    /// Keeps the average from following the first steps of a run too slowly: until then a share of (1 + n) / (10 + n) stays.
    /// </summary>
    private const int AverageWarmUp = 10;

    /// <summary>As PyTorch's: a clipped gradient is never longer than asked.</summary>
    private const double ClipMargin = 1e-6;

    private readonly TrainSettings _train;
    private readonly StagedRate _schedule;

    public Optimizer(RunSettings settings) => (_train, _schedule) = (settings.Train, new StagedRate(settings));

    /// <summary>Whether <see cref="Update"/> needs the gradient's norm.</summary>
    public bool Clips => _train.ClipNorm > 0;

    /// <summary>What of a network's memory it needs.</summary>
    public OptimizerMemory Memory =>
        (_train.Optimizer == Optimizers.AdamW ? OptimizerMemory.SecondMoments : 0) | (_train.Ema > 0 ? OptimizerMemory.Averages : 0);

    /// <summary>Updates since the moments were zero.</summary>
    public int Updates { get; set; }

    /// <summary>The base learning rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public float LearningRate(int step) => _schedule.At(step);

    /// <summary>Moments of zero, and averages that are the weights.</summary>
    public void Reset(Network network)
    {
        Updates = 0;
        network.ResetOptimizer();
    }

    /// <summary>Moves the weights, and their average after them.</summary>
    /// <param name="network">Its gradients are used.</param>
    /// <param name="step">Updates of the run that are finished.</param>
    /// <param name="gradientNorm">Of all gradients, times <paramref name="share"/>; used where <see cref="Clips"/>.</param>
    /// <param name="share">What the gradients are multiplied by to be those of the batch's loss.</param>
    public void Update(Network network, int step, double gradientNorm, float share)
    {
        Updates++;
        float rate = LearningRate(step), headRate = rate * (float)_train.HeadFactor, decay = (float)_train.WeightDecay;
        float scale = share * (Clips && gradientNorm > _train.ClipNorm ? (float)(_train.ClipNorm / (gradientNorm + ClipMargin)) : 1);
        if (_train.Optimizer == Optimizers.AdamW)
            network.Update(new AdamWRate(rate, (float)_train.Beta1, (float)_train.Beta2, decay, Updates, HeadLearningRate: headRate,
                GradientScale: scale));
        else
            network.Update(new SgdRate(rate, (float)_train.Momentum, decay, HeadLearningRate: headRate, GradientScale: scale,
                Nesterov: _train.Nesterov));
        if (_train.Ema > 0)
            network.Average((float)(1 - Math.Min(_train.Ema, (1.0 + Updates) / (AverageWarmUp + Updates))));
    }
}
