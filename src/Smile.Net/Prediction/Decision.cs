using Smile.Net.Data;

namespace Smile.Net.Prediction;

/// <summary>From the logits of one voxel to its label.</summary>
public static class Decision
{
    /// <summary>
    /// K sigmoids: the organ with the highest score among those with p &gt; 0.5, which is z &gt; 0; background where there is none.
    /// Of equal scores the first organ's counts.
    /// </summary>
    public static byte OfSigmoids(ReadOnlySpan<float> logits)
    {
        byte label = Labels.Background;
        float highest = 0;
        for (int k = 0; k < logits.Length; k++)
            if (logits[k] > highest)
                (label, highest) = (Labels.Of(k), logits[k]);
        return label;
    }

    /// <summary>Softmax over K + 1 classes, background first: the class with the highest logit, of equal ones the first.</summary>
    public static byte OfSoftmax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int c = 1; c < logits.Length; c++)
            if (logits[c] > logits[best])
                best = c;
        return (byte)best;
    }
}
