using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Concat;

/// <summary>
/// One input of a concatenation along channels: x (Rows, InChannels) goes to columns FirstChannel.. of y (Rows, OutChannels).
/// </summary>
/// <param name="Rows">Batch * Height * Width.</param>
/// <param name="InChannels">Channels of this input.</param>
/// <param name="OutChannels">Channels of all inputs together.</param>
/// <param name="FirstChannel">Channels of the inputs before this one.</param>
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

/// <summary>Concatenation along channels, one input at a time.</summary>
public interface IConcat
{
    /// <summary>Copies x into its columns of y; the other columns stay.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">float32 (Rows, InChannels).</param>
    /// <param name="y">float32 (Rows, OutChannels); columns FirstChannel to FirstChannel + InChannels - 1 are overwritten.</param>
    /// <exception cref="ArgumentException">The columns lie outside y, a place has not the length that the shape asks for, or the places
    /// overlap. Nothing is queued.</exception>
    void ConcatForward(in ConcatShape shape, Place x, Place y);

    /// <summary>dx = the columns of dy that came from x.</summary>
    /// <param name="shape">The problem of the forward pass.</param>
    /// <param name="dy">float32 (Rows, OutChannels), the gradient of y.</param>
    /// <param name="dx">float32 (Rows, InChannels).</param>
    /// <param name="into">Whether dx is overwritten or added to.</param>
    /// <exception cref="ArgumentException">As of <see cref="ConcatForward"/>. Nothing is queued.</exception>
    void ConcatBackward(in ConcatShape shape, Place dy, Place dx, Into into);
}
