using Smile.Net.Data;

namespace Smile.Net.Prediction;

/// <summary>From the logits of one voxel to its label.</summary>
public static class Decision
{
    /// <summary>
    /// K sigmoids: the organ with the highest score among those with p &gt; 0.5, which is z &gt; 0; background where there is none.
    /// Of equal scores the first organ's counts.
    /// </summary>
    /// <param name="logits">One an organ.</param>
    /// <param name="shifts">What each is raised by (<see cref="ThresholdCalibration.Shift"/>); empty: nothing.</param>
    public static byte OfSigmoids(ReadOnlySpan<float> logits, ReadOnlySpan<float> shifts = default)
    {
        byte label = Labels.Background;
        float highest = 0;
        for (int k = 0; k < logits.Length; k++)
        {
            float logit = shifts.IsEmpty ? logits[k] : logits[k] + shifts[k];
            if (logit > highest)
                (label, highest) = (Labels.Of(k), logit);
        }

        return label;
    }

    /// <summary>Softmax over K + 1 classes, background first: the class with the highest logit, of equal ones the first.</summary>
    /// <param name="logits">One a class.</param>
    /// <param name="shifts">What each organ's is raised by, as for sigmoids; empty: nothing.</param>
    public static byte OfSoftmax(ReadOnlySpan<float> logits, ReadOnlySpan<float> shifts = default)
    {
        int best = 0;
        float highest = logits[0];
        for (int c = 1; c < logits.Length; c++)
        {
            float logit = shifts.IsEmpty ? logits[c] : logits[c] + shifts[c - 1];
            if (logit > highest)
                (best, highest) = (c, logit);
        }

        return (byte)best;
    }
}
