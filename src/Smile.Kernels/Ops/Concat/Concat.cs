using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Concat;

/// <summary>One input of a concatenation along channels: x (Rows, InChannels) goes to columns FirstChannel.. of y (Rows, OutChannels).</summary>
public readonly record struct ConcatShape(int Rows, int InChannels, int OutChannels, int FirstChannel)
{
    internal void Validate(Place narrow, Place wide)
    {
        Check.AtLeast(Rows, 1);
        Check.AtLeast(InChannels, 1);
        Check.AtLeast(FirstChannel, 0);
        Check.AtLeast(OutChannels, FirstChannel + InChannels);
        Check.Length(narrow, (long)Rows * InChannels);
        Check.Length(wide, (long)Rows * OutChannels);
        Check.Apart(narrow, wide);
    }
}

public interface IConcat
{
    /// <summary>Copies x into its columns of y; the other columns stay.</summary>
    void ConcatForward(in ConcatShape shape, Place x, Place y);

    /// <summary>dx = the columns of dy that came from x.</summary>
    void ConcatBackward(in ConcatShape shape, Place dy, Place dx, Into into);
}
