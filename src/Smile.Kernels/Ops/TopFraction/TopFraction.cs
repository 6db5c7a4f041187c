using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.TopFraction;

/// <summary>
/// SMILEr's selection (paper, section 2.2): of all candidates, the floor(Fraction * candidates) with the highest scores;
/// among equal scores the lowest index goes first. Exact: the threshold comes from a radix histogram of the score bits, nothing is sorted.
/// </summary>
/// <param name="Length">Elements.</param>
/// <param name="Fraction">gamma, 0 to 1; the product with the count is taken in double.</param>
public readonly record struct TopFractionShape(int Length, double Fraction)
{
    /// <summary>Words of the summary: candidates, selected.</summary>
    public const int SummaryWords = 2;

    internal void Validate(Place scores, Place candidates, Place selected, Place summary)
    {
        Check.AtLeast(Length, 1);
        if (!(Fraction >= 0 && Fraction <= 1))
            throw new ArgumentException($"Fraction is {Fraction}, it must lie in [0, 1].");
        Check.Length(scores, Length);
        Check.Length(candidates, Length);
        Check.Length(selected, Length);
        Check.Length(summary, SummaryWords);
        Check.Apart([selected, summary], [scores, candidates]);
    }

    /// <summary>How many of <paramref name="candidates"/> are selected.</summary>
    public long SelectedOf(long candidates) => (long)Math.Floor(Fraction * candidates);

    /// <summary>A key that orders as the scores do: floats of either sign as unsigned integers; -0 and 0 are equal.</summary>
    public static uint Key(float score)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
    }
}

/// <summary>The selection of SMILEr.</summary>
public interface ITopFraction
{
    /// <summary>Selects the top fraction; see <see cref="TopFractionShape"/>. A NaN score is no candidate.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="scores">float32 (Length).</param>
    /// <param name="candidates">uint32 (Length): not zero marks a candidate.</param>
    /// <param name="selected">uint32 (Length), overwritten: 1 where selected, else 0.</param>
    /// <param name="summary">uint32 (2), overwritten: the number of candidates, the number selected.</param>
    /// <exception cref="ArgumentException">Fraction lies outside 0 to 1, a place has not the length that the shape asks for, or a result
    /// overlaps what it may not. Nothing is queued.</exception>
    void TopFraction(in TopFractionShape shape, Place scores, Place candidates, Place selected, Place summary);
}
