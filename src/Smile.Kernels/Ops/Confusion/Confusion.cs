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

public interface IConfusion
{
    /// <summary>counts (uint32, (Organs, 3)) = true positives, false positives, false negatives among pixels whose known bit is set.</summary>
    void Confusion(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into);
}
