using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MeanPool;

/// <summary>Global mean over pixels: x (Batch, Pixels, Channels), y (Batch, Channels).</summary>
/// <param name="Batch">Images.</param>
/// <param name="Pixels">Height * Width.</param>
/// <param name="Channels">Channels, fastest.</param>
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

/// <summary>The mean over all pixels of an image.</summary>
public interface IMeanPool
{
    /// <summary>y[n,c] = mean of x[n,:,c].</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">float32 (Batch, Pixels, Channels).</param>
    /// <param name="y">float32 (Batch, Channels), overwritten.</param>
    /// <exception cref="ArgumentException">A place has not the length that the shape asks for, or the places overlap. Nothing is
    /// queued.</exception>
    void MeanPoolForward(in MeanShape shape, Place x, Place y);

    /// <summary>dx[n,p,c] = dy[n,c] / Pixels.</summary>
    /// <param name="shape">The problem of the forward pass.</param>
    /// <param name="dy">float32 (Batch, Channels), the gradient of y.</param>
    /// <param name="dx">float32 (Batch, Pixels, Channels).</param>
    /// <param name="into">Whether dx is overwritten or added to.</param>
    /// <exception cref="ArgumentException">As of <see cref="MeanPoolForward"/>. Nothing is queued.</exception>
    void MeanPoolBackward(in MeanShape shape, Place dy, Place dx, Into into);
}
