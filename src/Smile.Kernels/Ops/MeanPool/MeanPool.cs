using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MeanPool;

/// <summary>Global mean over pixels: x (Batch, Pixels, Channels), y (Batch, Channels).</summary>
public readonly record struct MeanShape(int Batch, int Pixels, int Channels)
{
    internal void Validate(Place wide, Place narrow)
    {
        Check.AtLeast(Batch, 1);
        Check.AtLeast(Pixels, 1);
        Check.AtLeast(Channels, 1);
        Check.Length(wide, (long)Batch * Pixels * Channels);
        Check.Length(narrow, (long)Batch * Channels);
        Check.Apart(narrow, wide);
    }
}

public interface IMeanPool
{
    /// <summary>y[n,c] = mean of x[n,:,c].</summary>
    void MeanPoolForward(in MeanShape shape, Place x, Place y);

    /// <summary>dx[n,p,c] = dy[n,c] / Pixels.</summary>
    void MeanPoolBackward(in MeanShape shape, Place dy, Place dx, Into into);
}
