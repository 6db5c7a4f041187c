using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.AdamW;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's AdamW: g = GradientScale * gradient;
/// w -= rate * WeightDecay * w; m = Beta1 * m + (1 - Beta1) * g; v = Beta2 * v + (1 - Beta2) * g^2;
/// w -= rate * (m / (1 - Beta1^Step)) / (sqrt(v / (1 - Beta2^Step)) + Epsilon).
/// </summary>
/// <param name="LearningRate">Rate of the words before <paramref name="Head"/>.</param>
/// <param name="Beta1">Share of the moment that stays, below 1.</param>
/// <param name="Beta2">Share of the second moment that stays, below 1.</param>
/// <param name="WeightDecay">Share of the weight that is taken off it, times the rate.</param>
/// <param name="Step">Number of this update since the moments were zero, the first is 1.</param>
/// <param name="Head">First word of the head, where places may start: a multiple of <see cref="ArenaPlan.Alignment"/>.</param>
/// <param name="HeadLearningRate">Rate of the head.</param>
/// <param name="GradientScale">Factor of the gradient: below 1 where its norm is clipped.</param>
/// <param name="Epsilon">Keeps a gradient that was always zero from a division by zero.</param>
public readonly record struct AdamWRate(
    float LearningRate, float Beta1, float Beta2, float WeightDecay, int Step, int Head = int.MaxValue, float HeadLearningRate = 0,
    float GradientScale = 1, float Epsilon = 1e-8f)
{
    internal void Validate(Place gradient, Place weight, Place moment, Place secondMoment)
    {
        Check.AtLeast(Step, 1);
        InUnit(Beta1, nameof(Beta1));
        InUnit(Beta2, nameof(Beta2));
        if (!(Epsilon > 0))
            throw new ArgumentException($"Epsilon is {Epsilon}; it must be above 0.");
        Check.AtLeast(Head, 0);
        if (Head < weight.Length && Head % ArenaPlan.Alignment != 0)
            throw new ArgumentException($"The head starts at word {Head}; it must be a multiple of {ArenaPlan.Alignment}.");
        Check.Length(gradient, weight.Length);
        Check.Length(moment, weight.Length);
        Check.Length(secondMoment, weight.Length);
        Check.Apart([weight, moment, secondMoment], [gradient]);
    }

    /// <summary>1 / (1 - Beta1^Step).</summary>
    internal float MomentScale => (float)(1 / (1 - Math.Pow(Beta1, Step)));

    /// <summary>1 / (1 - Beta2^Step).</summary>
    internal float SecondMomentScale => (float)(1 / (1 - Math.Pow(Beta2, Step)));

    private static void InUnit(float value, string name)
    {
        if (!(value is >= 0 and < 1))
            throw new ArgumentException($"{name} is {value}; it must lie in [0, 1).", name);
    }
}

public interface IAdamW
{
    /// <summary>One update of weights and both their moments, in place: backbone and head at once, each at its rate.</summary>
    void AdamW(in AdamWRate rate, Place gradient, Place weight, Place moment, Place secondMoment);
}
