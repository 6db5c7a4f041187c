namespace Smile.Kernels;

/// <summary>
/// Stochastic gradient descent with momentum and weight decay, as PyTorch: g += WeightDecay * w; m = Momentum * m + g; w -= LearningRate * m.
/// </summary>
public readonly record struct SgdRate(float LearningRate, float Momentum, float WeightDecay)
{
    internal static void Validate(Place gradient, Place weight, Place moment)
    {
        Check.Length(gradient, weight.Length);
        Check.Length(moment, weight.Length);
        Check.Apart(weight, gradient);
        Check.Apart(weight, moment);
        Check.Apart(moment, gradient);
    }
}

public partial interface IBackend
{
    /// <summary>One update of a group of weights and their moments, in place.</summary>
    void Sgd(in SgdRate rate, Place gradient, Place weight, Place moment);
}
