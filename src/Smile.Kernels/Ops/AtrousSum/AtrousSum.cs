using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Kernels.Ops.AtrousSum;

/// <summary>
/// Several convolutions of one input that differ in their rate (dilation), summed: the head of DeepLab v2 (Chen et al. 2018, figure 7).
/// All have stride 1 and the padding that keeps the size. x is (Batch, Height, Width, InChannels), y (Batch, Height, Width, OutChannels).
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="InChannels">Input channels.</param>
/// <param name="OutChannels">Output channels.</param>
/// <param name="Kernel">Taps along each side of every convolution; odd.</param>
public readonly record struct AtrousSumShape(int Batch, int Height, int Width, int InChannels, int OutChannels, int Kernel)
{
    /// <summary>Elements of y.</summary>
    public long OutputCount => (long)Batch * Height * Width * OutChannels;

    /// <summary>One of the convolutions.</summary>
    public ConvShape At(int rate) =>
        new(Batch, Height, Width, InChannels, OutChannels, Kernel, Stride: 1, Dilation: rate, Pad: (Kernel - 1) / 2 * rate);

    internal void ValidateForward(Place x, ReadOnlySpan<AtrousBranch> branches, Place y, Place part)
    {
        Validate(branches);
        Check.Length(part, OutputCount);
        Check.Apart([y, part], [x]);
        foreach (AtrousBranch branch in branches)
        {
            At(branch.Rate).Validate(x, branch.Weight, branch.Bias, y);
            Check.Apart([part], [branch.Weight, branch.Bias]);
        }
    }

    internal void ValidateBackward(Place x, Place dy, ReadOnlySpan<AtrousBranch> branches, ReadOnlySpan<AtrousBranch> gradients, Place dx)
    {
        Validate(branches);
        Validate(gradients);
        if (branches.Length != gradients.Length)
            throw new ArgumentException($"{branches.Length} branches have {gradients.Length} gradients.", nameof(gradients));
        for (int i = 0; i < branches.Length; i++)
        {
            if (branches[i].Rate != gradients[i].Rate || branches[i].Bias.IsNone != gradients[i].Bias.IsNone)
                throw new ArgumentException($"Branch {i} and its gradient differ in rate or bias.", nameof(gradients));
            ConvShape shape = At(branches[i].Rate);
            shape.Validate(x, gradients[i].Weight, dy);
            Check.Length(branches[i].Weight, shape.WeightCount);
            Check.Optional(branches[i].Bias, OutChannels);
            Check.Optional(gradients[i].Bias, OutChannels);
            Check.Optional(dx, shape.InputCount);
            Check.Apart([dx, gradients[i].Weight, gradients[i].Bias], [x, dy]);
            foreach (AtrousBranch branch in branches)
                Check.Apart([dx, gradients[i].Weight, gradients[i].Bias], [branch.Weight, branch.Bias]);
            foreach (AtrousBranch other in gradients[(i + 1)..])
                Check.Apart([gradients[i].Weight, gradients[i].Bias], [other.Weight, other.Bias]);
        }
    }

    private void Validate(ReadOnlySpan<AtrousBranch> branches)
    {
        Check.AtLeast(branches.Length, 1);
        if (Kernel % 2 == 0)
            throw new ArgumentException($"Kernel is {Kernel}; only an odd one keeps the size.", nameof(branches));
        foreach (AtrousBranch branch in branches)
        {
            if (branch.Bias.IsNone != branches[0].Bias.IsNone)
                throw new ArgumentException("Some branches have a bias and some have none.", nameof(branches));
        }
    }
}

/// <summary>One of the convolutions that are summed, or its gradients.</summary>
/// <param name="Rate">Its dilation.</param>
/// <param name="Weight">float32 (Kernel, Kernel, InChannels, OutChannels).</param>
/// <param name="Bias">float32 (OutChannels), or <see cref="Place.None"/> for all branches.</param>
public readonly record struct AtrousBranch(int Rate, Place Weight, Place Bias);

/// <summary>The sum of convolutions of one input at several rates, and its gradients.</summary>
public interface IAtrousSum
{
    /// <summary>For people: how this backend computes a pass.</summary>
    string AtrousSumAlgorithmOf(in AtrousSumShape shape, ReadOnlySpan<AtrousBranch> branches, ConvPass pass);

    /// <summary>y = the sum over the branches of <see cref="IConv2d.ConvForward"/> at their rates.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">float32 (Batch, Height, Width, InChannels).</param>
    /// <param name="branches">One a rate, at least one.</param>
    /// <param name="y">float32 (Batch, Height, Width, OutChannels), overwritten.</param>
    /// <param name="part">As y: room for one branch's result; what it holds afterwards means nothing.</param>
    /// <exception cref="ArgumentException">The kernel is even, the numbers make no convolution, a place has not the length that the shape
    /// asks for, places overlap, or only some branches have a bias. Nothing is queued.</exception>
    void AtrousSumForward(in AtrousSumShape shape, Place x, ReadOnlySpan<AtrousBranch> branches, Place y, Place part);

    /// <summary>The gradients of all branches' weights and biases, and of the input: dx sums over the branches.</summary>
    /// <param name="shape">The problem of the forward pass.</param>
    /// <param name="x">float32 (Batch, Height, Width, InChannels), the forward input.</param>
    /// <param name="dy">float32 (Batch, Height, Width, OutChannels), the gradient of y.</param>
    /// <param name="branches">The branches of the forward pass.</param>
    /// <param name="gradients">Where the gradients of each branch go, overwritten; rates as those of the branches.</param>
    /// <param name="dx">float32 (Batch, Height, Width, InChannels), or <see cref="Place.None"/> where it is not wanted.</param>
    /// <param name="into">Whether dx is overwritten or added to.</param>
    /// <exception cref="ArgumentException">As of <see cref="AtrousSumForward"/>, or the gradients are not those of the branches. Nothing is
    /// queued.</exception>
    void AtrousSumBackward(in AtrousSumShape shape, Place x, Place dy, ReadOnlySpan<AtrousBranch> branches,
        ReadOnlySpan<AtrousBranch> gradients, Place dx, Into into);
}
