using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Kernels.Ops.MaskedLoss;

/// <summary>
/// The losses of K independent sigmoids of which only known labels count: cross-entropy or focal loss of the pixels, and Dice or Tversky
/// loss of each organ's region over the batch (<see cref="LossTerms"/>). An organ's region is what is known of it in the images in which it
/// is annotated: in the others only voxels of other organs are known, and its share of those says nothing of its shape.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Pixels">Pixels of an image.</param>
/// <param name="Organs">Organs, K: 1 to <see cref="MaskedBceShape.MaxOrgans"/>.</param>
/// <param name="Terms">What the loss is made of; D is Batch * Pixels or the number of known pairs of pixel and organ.</param>
public readonly record struct MaskedLossShape(int Batch, int Pixels, int Organs, LossTerms Terms)
{
    /// <summary>Elements of the logits.</summary>
    public long Count => AllPixels * Organs;

    /// <summary>Pixels of the batch.</summary>
    public long AllPixels => (long)Batch * Pixels;

    internal void Validate(Place logits, Place isOrgan, Place isKnown, Place annotated, Place sums, Place counts, Place dlogits)
    {
        Check.AtLeast(Batch, 1);
        Check.AtLeast(Pixels, 1);
        Check.AtLeast(Organs, 1);
        Check.AtMost(Organs, MaskedBceShape.MaxOrgans);
        Terms.Validate();
        Check.Length(logits, Check.Count(Count, "logits"));
        Check.Length(isOrgan, AllPixels);
        Check.Length(isKnown, AllPixels);
        Check.Length(annotated, Batch);
        Check.Length(sums, LossSums.Words * Organs);
        Check.Length(counts, LossCounts.Words * Organs);
        Check.Optional(dlogits, Count);
        Check.Apart([sums, counts, dlogits], [logits, isOrgan, isKnown, annotated]);
    }
}

public interface IMaskedLoss
{
    /// <summary>
    /// In two passes, sums then gradient, with nothing read back between them. With w and y the bits of a pixel and organ, p = sigmoid(z),
    /// a the organ's bit of the image's annotated: sums over the pixels with w of the pixels' loss, and over those with w and a of p y,
    /// p (1 - y), (1 - p) y; counts of both; dlogits = dL/dz, 0 where not w. A NaN among the known logits of an organ is in its sums, in
    /// its element of dlogits and, where regions count, in the organ's other elements.
    /// </summary>
    /// <param name="shape">The problem.</param>
    /// <param name="logits">z, (Batch, Pixels, Organs).</param>
    /// <param name="isOrgan">uint32 a pixel: bit k is y.</param>
    /// <param name="isKnown">uint32 a pixel: bit k is w.</param>
    /// <param name="annotated">uint32 an image: bit k is a.</param>
    /// <param name="sums"><see cref="LossSums"/>, (Organs, 4), overwritten.</param>
    /// <param name="counts"><see cref="LossCounts"/>, uint32 (Organs, 2), overwritten.</param>
    /// <param name="dlogits">(Batch, Pixels, Organs), overwritten, or <see cref="Place.None"/>.</param>
    void MaskedLoss(in MaskedLossShape shape, Place logits, Place isOrgan, Place isKnown, Place annotated, Place sums, Place counts,
        Place dlogits);
}
