using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Sgd;

/// <summary>
/// Stochastic gradient descent with momentum and weight decay, as PyTorch: g = GradientScale * gradient + WeightDecay * w;
/// m = Momentum * m + g; w -= LearningRate * m, or with Nesterov LearningRate * (g + Momentum * m).
/// </summary>
/// <param name="LearningRate">Rate of the words before <paramref name="Head"/>.</param>
/// <param name="Momentum">Share of the moment that stays.</param>
/// <param name="WeightDecay">Share of the weight that is added to its gradient.</param>
/// <param name="Head">First word of the head, where places may start: a multiple of <see cref="ArenaPlan.Alignment"/>.</param>
/// <param name="HeadLearningRate">Rate of the head.</param>
/// <param name="GradientScale">Factor of the gradient: below 1 where its norm is clipped.</param>
/// <param name="Nesterov">The weight moves by the moment that the next step begins with (Sutskever et al. 2013).</param>
public readonly record struct SgdRate(
    float LearningRate, float Momentum, float WeightDecay, int Head = int.MaxValue, float HeadLearningRate = 0, float GradientScale = 1,
    bool Nesterov = false)
{
    internal void Validate(Place gradient, Place weight, Place moment)
    {
        Check.AtLeast(Head, 0);
        if (Head < weight.Length && Head % ArenaPlan.Alignment != 0)
            throw new ArgumentException($"The head starts at word {Head}; it must be a multiple of {ArenaPlan.Alignment}.");
        Check.Length(gradient, weight.Length);
        Check.Length(moment, weight.Length);
        Check.Apart(weight, gradient);
        Check.Apart(weight, moment);
        Check.Apart(moment, gradient);
    }
}

/// <summary>The optimiser.</summary>
public interface ISgd
{
    /// <summary>
    /// One update of weights and their moments, in place: backbone and head at once, each at its rate; see <see cref="SgdRate"/>.
    /// </summary>
    /// <param name="rate">Rates, and where the head starts.</param>
    /// <param name="gradient">float32 (words of weight): g, of the mean loss over the batch.</param>
    /// <param name="weight">float32, of any length: w, read and overwritten.</param>
    /// <param name="moment">float32 (words of weight): m, read and overwritten.</param>
    /// <exception cref="ArgumentException">The head does not start where places may, the lengths differ, or places overlap. Nothing is
    /// queued.</exception>
    void Sgd(in SgdRate rate, Place gradient, Place weight, Place moment);
}
