using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.SoftmaxCrossEntropy;

/// <summary>The baseline's loss: softmax over Classes = K + 1 (class 0 is background) and cross-entropy with one label a pixel.</summary>
/// <param name="Pixels">Pixels of the batch, P.</param>
/// <param name="Classes">Classes, background among them.</param>
/// <param name="Scale">Factor of the gradient; 1/P.</param>
public readonly record struct SoftmaxShape(int Pixels, int Classes, float Scale)
{
    /// <summary>The label of a pixel that teaches nothing (the ignore label).</summary>
    public const uint Ignored = uint.MaxValue;

    internal void Validate(Place logits, Place labels, Place lossSum, Place usedCount, Place dlogits)
    {
        Check.AtLeast(Pixels, 1);
        Check.AtLeast(Classes, 2);
        Check.Length(logits, Check.Count((long)Pixels * Classes, "logits"));
        Check.Length(labels, Pixels);
        Check.Length(lossSum, 1);
        Check.Length(usedCount, 1);
        Check.Optional(dlogits, (long)Pixels * Classes);
        Check.Apart([lossSum, usedCount, dlogits], [logits, labels]);
    }
}

/// <summary>The loss of the baseline.</summary>
public interface ISoftmaxCrossEntropy
{
    /// <summary>
    /// lossSum = sum over pixels with a label below Classes of log(sum exp z) - z[label]; usedCount (uint32) = their number;
    /// dlogits = Scale * (softmax(z) - onehot(label)) there, 0 at other pixels.
    /// </summary>
    /// <param name="shape">The problem.</param>
    /// <param name="logits">float32: z, (Pixels, Classes).</param>
    /// <param name="labels">uint32 (Pixels): a class, or <see cref="SoftmaxShape.Ignored"/>.</param>
    /// <param name="lossSum">float32 (1), in nats, overwritten.</param>
    /// <param name="usedCount">uint32 (1), overwritten.</param>
    /// <param name="dlogits">float32 (Pixels, Classes), overwritten, or <see cref="Place.None"/>.</param>
    /// <exception cref="ArgumentException">There are fewer than 2 classes, a place has not the length that the shape asks for, or a result
    /// overlaps what it may not. Nothing is queued.</exception>
    void SoftmaxCrossEntropy(in SoftmaxShape shape, Place logits, Place labels, Place lossSum, Place usedCount, Place dlogits);
}
