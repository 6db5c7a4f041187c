using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Kernels.Ops.BatchNorm;

/// <summary>Which statistics normalise.</summary>
public enum NormMode
{
    /// <summary>The batch's own; the running statistics follow them; gradients flow through them.</summary>
    Batch,

    /// <summary>The running ones, as constants: inference, and training with a frozen backbone.</summary>
    Running,
}

/// <summary>
/// Batch normalisation over rows = images x pixels, with an optional residual added and an optional ReLU, in one pass
/// over memory: y = act((x - mean) * inverseStd * gamma + beta + residual). Ioffe and Szegedy 2015; running variance unbiased, as PyTorch.
/// </summary>
/// <param name="Rows">Batch * Height * Width.</param>
/// <param name="Channels">Channels, fastest.</param>
/// <param name="Mode">Which statistics normalise.</param>
/// <param name="Relu">Clamp at zero at the end.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="Momentum">Weight of the new value in the running statistics.</param>
public readonly record struct NormShape(
    int Rows, int Channels, NormMode Mode, bool Relu = false, float Epsilon = 1e-5f, float Momentum = 0.1f)
{
    /// <summary>Elements of x and y.</summary>
    public long Count => (long)Rows * Channels;

    /// <summary>Throws where a place of the forward pass does not fit.</summary>
    internal void Validate(Place x, Place residual, in NormPlaces channels, Place y)
    {
        Validate(channels);
        Check.Length(x, Count);
        Check.Optional(residual, Count);
        Check.Length(y, Count);
        if (Mode == NormMode.Batch)
            Check.Apart([y, channels.Mean, channels.InverseStd, channels.RunningMean, channels.RunningVariance],
                [x, residual, channels.Gamma, channels.Beta]);
        else
            Check.Apart([y, channels.Mean, channels.InverseStd],
                [x, residual, channels.Gamma, channels.Beta, channels.RunningMean, channels.RunningVariance]);
    }

    /// <summary>Throws where a place of the backward pass does not fit.</summary>
    internal void Validate(Place x, Place y, Place dy, in NormPlaces channels, Place dx,
        Place dresidual, Place dgamma, Place dbeta)
    {
        Validate(channels);
        Check.Length(x, Count);
        Check.Length(y, Count);
        Check.Length(dy, Count);
        Check.Optional(dx, Count);
        Check.Optional(dresidual, Count);
        Check.Length(dgamma, Channels);
        Check.Length(dbeta, Channels);
        Check.Apart([dx, dresidual, dgamma, dbeta],
            [x, y, dx == dy ? Place.None : dy, channels.Gamma, channels.Beta, channels.RunningMean, channels.RunningVariance, channels.Mean,
                channels.InverseStd]);
    }

    private void Validate(in NormPlaces p)
    {
        Check.AtLeast(Rows, Mode == NormMode.Batch ? 2 : 1);
        Check.AtLeast(Channels, 1);
        Check.Count(Count, "x");
        Check.Length(p.Gamma, Channels);
        Check.Length(p.Beta, Channels);
        Check.Length(p.RunningMean, Channels);
        Check.Length(p.RunningVariance, Channels);
        Check.Length(p.Mean, Channels);
        Check.Length(p.InverseStd, Channels);
    }
}

/// <summary>The per-channel tensors of one normalisation, each (Channels).</summary>
/// <param name="Gamma">Scale.</param>
/// <param name="Beta">Shift.</param>
/// <param name="RunningMean">Followed in <see cref="NormMode.Batch"/>, used in <see cref="NormMode.Running"/>.</param>
/// <param name="RunningVariance">As the running mean.</param>
/// <param name="Mean">Written by the forward pass, read by the backward pass: the mean that was used.</param>
/// <param name="InverseStd">Written by the forward pass: 1 / sqrt(variance + epsilon) that was used.</param>
public readonly record struct NormPlaces(Place Gamma, Place Beta, Place RunningMean, Place RunningVariance, Place Mean, Place InverseStd);

/// <summary>Batch normalisation, with what mostly follows it.</summary>
public interface IBatchNorm
{
    /// <summary>Normalises x into y; see <see cref="NormShape"/>.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">float32 (Rows, Channels).</param>
    /// <param name="residual">(Rows, Channels) added before the ReLU, or <see cref="Place.None"/>.</param>
    /// <param name="channels">Per-channel tensors; running statistics and saved ones are written.</param>
    /// <param name="y">(Rows, Channels), overwritten.</param>
    /// <param name="packed">y once more as the backend's convolutions take it, of <see cref="IConv2d.ConvPackedWords"/> words, overwritten;
    /// <see cref="Place.None"/> where that is not wanted. With it all operands start on 16 bytes.</param>
    /// <exception cref="ArgumentException">There are fewer than 2 rows to take statistics of, or a place has not the length that the shape
    /// asks for, or overlaps what it may not. Nothing is queued.</exception>
    void NormForward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y, Place packed = default);

    /// <summary>
    /// With dz = dy where y &gt; 0 (or dy without ReLU): dbeta = sum dz; dgamma = sum dz * xhat;
    /// dx = gamma * inverseStd * (dz - dbeta/Rows - xhat * dgamma/Rows), without the two means in <see cref="NormMode.Running"/>;
    /// dresidual = dz.
    /// </summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">float32 (Rows, Channels), the forward input.</param>
    /// <param name="y">(Rows, Channels), the forward output; read only with ReLU.</param>
    /// <param name="dy">(Rows, Channels), the gradient of y.</param>
    /// <param name="channels">Per-channel tensors of the forward pass.</param>
    /// <param name="dx">(Rows, Channels), the gradient of x, or <see cref="Place.None"/>; it may be the same place as dy.</param>
    /// <param name="into">For dx.</param>
    /// <param name="dresidual">(Rows, Channels), the gradient of the residual, or <see cref="Place.None"/>.</param>
    /// <param name="residualInto">For dresidual.</param>
    /// <param name="dgamma">(Channels), overwritten.</param>
    /// <param name="dbeta">(Channels), overwritten.</param>
    /// <param name="packed">dx once more, as of <see cref="NormForward"/>; only where dx is overwritten.</param>
    /// <exception cref="ArgumentException">As of <see cref="NormForward"/>. Nothing is queued.</exception>
    void NormBackward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta, Place packed = default);
}
