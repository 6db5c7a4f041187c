using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;

namespace Smile.Kernels.Ops.SoftmaxLoss;

/// <summary>
/// The losses of the baseline: softmax over Classes = K + 1 with one label a pixel, cross-entropy or focal loss of the pixels, and Dice or
/// Tversky loss of each organ's region over the batch (<see cref="LossTerms"/>). Background, class 0, has no region.
/// </summary>
/// <param name="Pixels">Pixels of the batch.</param>
/// <param name="Classes">Classes, background among them: 2 to one more than <see cref="MaskedBceShape.MaxOrgans"/>.</param>
/// <param name="Terms">What the loss is made of; D is Pixels or the number of pixels with a class.</param>
public readonly record struct SoftmaxLossShape(int Pixels, int Classes, LossTerms Terms)
{
    /// <summary>Elements of the logits.</summary>
    public long Count => (long)Pixels * Classes;

    internal void Validate(Place logits, Place labels, Place sums, Place counts, Place dlogits)
    {
        Check.AtLeast(Pixels, 1);
        Check.AtLeast(Classes, 2);
        Check.AtMost(Classes, MaskedBceShape.MaxOrgans + 1);
        Terms.Validate();
        Check.Length(logits, Check.Count(Count, "logits"));
        Check.Length(labels, Pixels);
        Check.Length(sums, LossSums.Words * Classes);
        Check.Length(counts, LossCounts.Words * Classes);
        Check.Optional(dlogits, Count);
        Check.Apart([sums, counts, dlogits], [logits, labels]);
    }
}

/// <summary>The other losses of the baseline.</summary>
public interface ISoftmaxLoss
{
    /// <summary>
    /// In two passes, sums then gradient, with nothing read back between them. Over the pixels whose label is a class, p = softmax(z) and
    /// y = 1 where the label is the class: of each class the sum of the pixels' loss where it is the label, and the sums of p y, p (1 - y),
    /// (1 - p) y; counts: the pixels of which it is the label, and, save for class 0, all; dlogits = dL/dz, 0 at pixels without a class. A
    /// NaN among the logits of a pixel with a class is in all sums of p and, where regions count, in all gradients.
    /// </summary>
    /// <param name="shape">The problem.</param>
    /// <param name="logits">float32: z, (Pixels, Classes).</param>
    /// <param name="labels">uint32 (Pixels): a class, or anything else where the pixel teaches nothing.</param>
    /// <param name="sums">float32 (Classes, 4): <see cref="LossSums"/>, overwritten.</param>
    /// <param name="counts">uint32 (Classes, 2): <see cref="LossCounts"/>, overwritten.</param>
    /// <param name="dlogits">float32 (Pixels, Classes), overwritten, or <see cref="Place.None"/>.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, a place has not the length that the shape asks for, or a result
    /// overlaps what it may not. Nothing is queued.</exception>
    void SoftmaxLoss(in SoftmaxLossShape shape, Place logits, Place labels, Place sums, Place counts, Place dlogits);
}
