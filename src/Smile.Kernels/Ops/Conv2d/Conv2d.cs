using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d;

/// <summary>
/// A two-dimensional cross-correlation: the whole problem in one value, and the only place where its output size is
/// computed. x is (Batch, Height, Width, InChannels); y is (Batch, OutHeight, OutWidth, OutChannels); weights are
/// (Kernel, Kernel, InChannels, OutChannels), OutChannels fastest.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Height">Input rows.</param>
/// <param name="Width">Input columns.</param>
/// <param name="InChannels">Input channels.</param>
/// <param name="OutChannels">Output channels.</param>
/// <param name="Kernel">Taps along each side.</param>
/// <param name="Stride">Step between outputs, in input pixels.</param>
/// <param name="Dilation">Distance between taps, in input pixels (1: dense; more: atrous).</param>
/// <param name="Pad">Zeros assumed on each border, in pixels.</param>
public readonly record struct ConvShape(
    int Batch, int Height, int Width, int InChannels, int OutChannels, int Kernel, int Stride = 1, int Dilation = 1, int Pad = 0)
{
    /// <summary>Output rows.</summary>
    public int OutHeight => OutSize(Height);

    /// <summary>Output columns.</summary>
    public int OutWidth => OutSize(Width);

    /// <summary>Elements of x.</summary>
    public long InputCount => (long)Batch * Height * Width * InChannels;

    /// <summary>Elements of y.</summary>
    public long OutputCount => (long)Batch * OutHeight * OutWidth * OutChannels;

    /// <summary>Elements of the weights.</summary>
    public long WeightCount => (long)Kernel * Kernel * InChannels * OutChannels;

    /// <summary>Floating-point operations of one pass: two for each multiply-add, taps over padding counted.</summary>
    public long Flops => 2 * (long)Batch * OutHeight * OutWidth * WeightCount;

    /// <summary>Pixels that the dilated kernel spans along each side.</summary>
    public int Reach => (Kernel - 1) * Dilation + 1;

    private int OutSize(int size) => Stride < 1 || size + 2 * Pad < Reach ? 0 : (size + 2 * Pad - Reach) / Stride + 1;

    /// <summary>Throws <see cref="ArgumentException"/> where the numbers make no convolution or a tensor is too large.</summary>
    public void Validate()
    {
        Check.AtLeast(Batch, 1);
        Check.AtLeast(Height, 1);
        Check.AtLeast(Width, 1);
        Check.AtLeast(InChannels, 1);
        Check.AtLeast(OutChannels, 1);
        Check.AtLeast(Kernel, 1);
        Check.AtLeast(Stride, 1);
        Check.AtLeast(Dilation, 1);
        Check.AtLeast(Pad, 0);
        Check.AtLeast(OutHeight, 1);
        Check.AtLeast(OutWidth, 1);
        Check.Count(InputCount, "x");
        Check.Count(OutputCount, "y");
        Check.Count(WeightCount, "w");
    }

    internal void Validate(Place input, Place weight, Place output)
    {
        Validate();
        Check.Length(input, InputCount);
        Check.Length(weight, WeightCount);
        Check.Length(output, OutputCount);
        Check.Apart(output, input);
        Check.Apart(output, weight);
        Check.Apart(input, weight);
    }

    internal void Validate(Place input, Place weight, Place bias, Place output)
    {
        Validate(input, weight, output);
        Check.Optional(bias, OutChannels);
        Check.Apart(output, bias);
    }
}

/// <summary>A pass of a convolution.</summary>
public enum ConvPass
{
    /// <summary><see cref="IConv2d.ConvForward"/>.</summary>
    Forward,

    /// <summary><see cref="IConv2d.ConvBackInput"/>.</summary>
    InputGradient,

    /// <summary><see cref="IConv2d.ConvBackWeight"/>.</summary>
    WeightGradient,
}

/// <summary>Two-dimensional convolution (cross-correlation), and its three gradients.</summary>
public interface IConv2d
{
    /// <summary>
    /// For people: the algorithm that this backend takes for one pass of a convolution, such as "direct", "winograd 4x4" or
    /// "tensor cores 128x128, bf16", and why not in the precision asked for.
    /// </summary>
    string ConvAlgorithmOf(in ConvShape shape, ConvPass pass);

    /// <summary>
    /// Words of a tensor as this backend's convolutions take it fastest, which what makes the tensor may write beside it; 0 where they take
    /// it as it is.
    /// </summary>
    /// <param name="count">Elements of the tensor.</param>
    /// <param name="channels">Channels of a pixel.</param>
    int ConvPackedWords(long count, int channels);

    /// <summary>
    /// y[n,p,q,o] = bias[o] + sum over (r,s,i) of x[n, p*stride - pad + r*dilation, q*stride - pad + s*dilation, i] * w[r,s,i,o].
    /// </summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">float32 (Batch, Height, Width, InChannels); zero is assumed outside it.</param>
    /// <param name="w">float32 (Kernel, Kernel, InChannels, OutChannels).</param>
    /// <param name="bias">float32 (OutChannels), or <see cref="Place.None"/>.</param>
    /// <param name="y">float32 (Batch, OutHeight, OutWidth, OutChannels), overwritten.</param>
    /// <param name="packedX">x as <see cref="ConvPackedWords"/> says, written by what made x; it may be missing.</param>
    /// <exception cref="ArgumentException">The numbers make no convolution, a tensor is too large for a 32-bit index, a place has not the
    /// length that the shape asks for, or places overlap. Nothing is queued.</exception>
    void ConvForward(in ConvShape shape, Place x, Place w, Place bias, Place y, Place packedX = default);

    /// <summary>The gradient of the input: the adjoint of <see cref="ConvForward"/> in x, applied to dy.</summary>
    /// <param name="shape">The problem of the forward pass.</param>
    /// <param name="dy">float32 (Batch, OutHeight, OutWidth, OutChannels), the gradient of y.</param>
    /// <param name="w">float32 (Kernel, Kernel, InChannels, OutChannels).</param>
    /// <param name="dx">float32 (Batch, Height, Width, InChannels).</param>
    /// <param name="into">Whether dx is overwritten or added to.</param>
    /// <param name="packedDy">dy packed, as of <see cref="ConvForward"/>.</param>
    /// <exception cref="ArgumentException">As of <see cref="ConvForward"/>. Nothing is queued.</exception>
    void ConvBackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into, Place packedDy = default);

    /// <summary>The gradient of the weights: the adjoint of <see cref="ConvForward"/> in w, applied to dy.</summary>
    /// <param name="shape">The problem of the forward pass.</param>
    /// <param name="x">float32 (Batch, Height, Width, InChannels), the forward input.</param>
    /// <param name="dy">float32 (Batch, OutHeight, OutWidth, OutChannels), the gradient of y.</param>
    /// <param name="dw">float32 (Kernel, Kernel, InChannels, OutChannels).</param>
    /// <param name="into">Whether dw is overwritten or added to.</param>
    /// <param name="packedX">x packed, as of <see cref="ConvForward"/>.</param>
    /// <param name="packedDy">dy packed; of use where both are.</param>
    /// <exception cref="ArgumentException">As of <see cref="ConvForward"/>. Nothing is queued.</exception>
    void ConvBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into, Place packedX = default, Place packedDy = default);

    /// <summary>The gradient of the bias: dbias[o] = sum of dy over images and pixels.</summary>
    /// <param name="shape">The problem of the forward pass.</param>
    /// <param name="dy">float32 (Batch, OutHeight, OutWidth, OutChannels), the gradient of y.</param>
    /// <param name="dbias">float32 (OutChannels).</param>
    /// <param name="into">Whether dbias is overwritten or added to.</param>
    /// <exception cref="ArgumentException">As of <see cref="ConvForward"/>. Nothing is queued.</exception>
    void ConvBackBias(in ConvShape shape, Place dy, Place dbias, Into into);
}
