using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaskedBce;

/// <summary>
/// The SMILE loss (paper, equation 1): binary cross-entropy of K independent sigmoids, of which only known labels count.
/// Two words a pixel say all: bit k of isOrgan is y_k, bit k of isKnown is w_k.
/// </summary>
/// <param name="Pixels">Pixels of the batch, P.</param>
/// <param name="Organs">Organs, K: 1 to 32.</param>
/// <param name="Scale">Factor of the gradient; 1/P for the mean over pixels (docs/maths.md).</param>
public readonly record struct MaskedBceShape(int Pixels, int Organs, float Scale)
{
    /// <summary>Most organs that a mask word has bits for.</summary>
    public const int MaxOrgans = 32;

    internal void Validate(Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts, Place dlogits)
    {
        Check.AtLeast(Pixels, 1);
        Check.AtLeast(Organs, 1);
        Check.AtMost(Organs, MaxOrgans);
        Check.Length(logits, Check.Count((long)Pixels * Organs, "logits"));
        Check.Length(isOrgan, Pixels);
        Check.Length(isKnown, Pixels);
        Check.Length(lossSums, Organs);
        Check.Length(knownCounts, Organs);
        Check.Optional(dlogits, (long)Pixels * Organs);
        Check.Apart([lossSums, knownCounts, dlogits], [logits, isOrgan, isKnown]);
    }
}

/// <summary>The loss of SMILE.</summary>
public interface IMaskedBce
{
    /// <summary>
    /// In one pass: lossSums[k] = sum over pixels with w_k of max(z,0) - z*y + log(1 + exp(-|z|)); knownCounts[k] = their number;
    /// dlogits = Scale * w * (sigmoid(z) - y).
    /// </summary>
    /// <param name="shape">The problem.</param>
    /// <param name="logits">float32: z, (Pixels, Organs).</param>
    /// <param name="isOrgan">uint32 (Pixels): bit k is y_k.</param>
    /// <param name="isKnown">uint32 (Pixels): bit k is w_k.</param>
    /// <param name="lossSums">float32 (Organs), in nats, overwritten.</param>
    /// <param name="knownCounts">uint32 (Organs), overwritten.</param>
    /// <param name="dlogits">float32 (Pixels, Organs), overwritten, or <see cref="Place.None"/>.</param>
    /// <exception cref="ArgumentException">There are no organs or more than 32, a place has not the length that the shape asks for, or a
    /// result overlaps what it may not. Nothing is queued.</exception>
    void MaskedBce(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts, Place dlogits);
}
