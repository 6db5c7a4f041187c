using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.Resize;

namespace Smile.Kernels.Ops.ResizedBce;

/// <summary>
/// The SMILE loss of logits at the network's own size: they are resampled to the labels' size (<see cref="ResizeShape"/>), meet
/// <see cref="MaskedBceShape"/>, and the gradient goes back by the adjoint. Neither the resampled logits nor their gradient are ever in
/// memory.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Height">Rows of the logits.</param>
/// <param name="Width">Columns of the logits.</param>
/// <param name="OutHeight">Rows of the labels.</param>
/// <param name="OutWidth">Columns of the labels.</param>
/// <param name="Organs">Organs, K: 1 to <see cref="MaskedBceShape.MaxOrgans"/>.</param>
/// <param name="Scale">Factor of the gradient; 1/P for the mean over the labels' pixels, P (docs/maths.md).</param>
public readonly record struct ResizedBceShape(int Batch, int Height, int Width, int OutHeight, int OutWidth, int Organs, float Scale)
{
    /// <summary>The resampling of the logits.</summary>
    public ResizeShape Resize => new(Batch, Height, Width, OutHeight, OutWidth, Organs);

    /// <summary>Elements of the logits.</summary>
    public long Count => Resize.InputCount;

    /// <summary>Pixels of the labels, P.</summary>
    public long Pixels => (long)Batch * OutHeight * OutWidth;

    internal void Validate(Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts, Place dlogits)
    {
        Check.AtLeast(Batch, 1);
        Check.AtLeast(Height, 1);
        Check.AtLeast(Width, 1);
        Check.AtLeast(OutHeight, 1);
        Check.AtLeast(OutWidth, 1);
        Check.AtLeast(Organs, 1);
        Check.AtMost(Organs, MaskedBceShape.MaxOrgans);
        Check.Length(logits, Check.Count(Count, "logits"));
        Check.Length(isOrgan, Check.Count(Pixels, "isOrgan"));
        Check.Length(isKnown, Pixels);
        Check.Length(lossSums, Organs);
        Check.Length(knownCounts, Organs);
        Check.Optional(dlogits, Count);
        Check.Apart([lossSums, knownCounts, dlogits], [logits, isOrgan, isKnown]);
    }
}

/// <summary>The loss of SMILE on logits that are smaller than the labels.</summary>
public interface IResizedBce
{
    /// <summary>
    /// With z the logits resampled to the labels' size: lossSums and knownCounts as of <see cref="MaskedBce"/>, dlogits = the adjoint of
    /// the resampling applied to Scale * w * (sigmoid(z) - y). A NaN among the logits is in z, as of <see cref="IResize.ResizeForward"/>,
    /// and from there on as of <see cref="MaskedBce"/>.
    /// </summary>
    /// <param name="shape">The problem.</param>
    /// <param name="logits">float32 (Batch, Height, Width, Organs).</param>
    /// <param name="isOrgan">uint32 a pixel of (Batch, OutHeight, OutWidth): bit k is y_k.</param>
    /// <param name="isKnown">uint32 a pixel of (Batch, OutHeight, OutWidth): bit k is w_k.</param>
    /// <param name="lossSums">float32 (Organs), in nats, overwritten.</param>
    /// <param name="knownCounts">uint32 (Organs), overwritten.</param>
    /// <param name="dlogits">float32 (Batch, Height, Width, Organs), overwritten, or <see cref="Place.None"/>.</param>
    /// <exception cref="ArgumentException">There are no organs or more than 32, a place has not the length that the shape asks for, or a
    /// result overlaps what it may not. Nothing is queued.</exception>
    void ResizedBce(in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts, Place dlogits);
}
