using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Kernels.Ops.Confusion;

/// <summary>Counts of a prediction against the truth, per organ, over known pixels. Bit k of a word speaks of organ k.</summary>
/// <param name="Pixels">Words of each mask.</param>
/// <param name="Organs">Organs, 1 to 32.</param>
public readonly record struct ConfusionShape(int Pixels, int Organs)
{
    internal void Validate(Place predicted, Place isOrgan, Place isKnown, Place counts)
    {
        Check.AtLeast(Pixels, 1);
        Check.AtLeast(Organs, 1);
        Check.AtMost(Organs, MaskedBceShape.MaxOrgans);
        Check.Length(predicted, Pixels);
        Check.Length(isOrgan, Pixels);
        Check.Length(isKnown, Pixels);
        Check.Length(counts, 3L * Organs);
        Check.Apart([counts], [predicted, isOrgan, isKnown]);
    }
}

/// <summary>The counts that Dice comes from.</summary>
public interface IConfusion
{
    /// <summary>counts = true positives, false positives, false negatives of each organ among pixels whose known bit is set.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="predicted">uint32 (Pixels): bit k says that organ k is predicted.</param>
    /// <param name="isOrgan">uint32 (Pixels): bit k says that organ k is there.</param>
    /// <param name="isKnown">uint32 (Pixels): bit k says that it is known.</param>
    /// <param name="counts">uint32 (Organs, 3), in pixels.</param>
    /// <param name="into">Whether the counts are overwritten or added to.</param>
    /// <exception cref="ArgumentException">There are no organs or more than 32, a place has not the length that the shape asks for, or
    /// counts overlaps a mask. Nothing is queued.</exception>
    void Confusion(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into);
}
