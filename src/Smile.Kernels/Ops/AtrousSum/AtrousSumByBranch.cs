using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Add;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Kernels.Ops.AtrousSum;

/// <summary>
/// What <see cref="IAtrousSum"/> means: the backend's own convolutions, one branch after another. Hosts compute it so, and a GPU where one
/// wide matrix product does not pay.
/// </summary>
internal static class AtrousSumByBranch
{
    public static string AlgorithmOf(IConv2d backend, in AtrousSumShape shape, ReadOnlySpan<AtrousBranch> branches, ConvPass pass)
    {
        var names = new List<string>();
        foreach (AtrousBranch branch in branches)
            names.Add(backend.ConvAlgorithmOf(shape.At(branch.Rate), pass));
        return string.Join("; ", names.Distinct());
    }

    /// <summary>The sum in the order of the branches.</summary>
    public static void Forward<T>(T backend, in AtrousSumShape shape, Place x, ReadOnlySpan<AtrousBranch> branches, Place y, Place part)
        where T : IConv2d, IAdd
    {
        shape.ValidateForward(x, branches, y, part);
        for (int i = 0; i < branches.Length; i++)
        {
            backend.ConvForward(shape.At(branches[i].Rate), x, branches[i].Weight, branches[i].Bias, i == 0 ? y : part);
            if (i > 0)
                backend.AddForward(y, part, y);
        }
    }

    /// <summary>The last branch first, as a backward pass goes.</summary>
    public static void Backward(IConv2d backend, in AtrousSumShape shape, Place x, Place dy, ReadOnlySpan<AtrousBranch> branches,
        ReadOnlySpan<AtrousBranch> gradients, Place dx, Into into)
    {
        shape.ValidateBackward(x, dy, branches, gradients, dx);
        for (int i = branches.Length - 1; i >= 0; i--)
        {
            ConvShape branch = shape.At(branches[i].Rate);
            backend.ConvBackWeight(branch, x, dy, gradients[i].Weight, Into.Set);
            if (!gradients[i].Bias.IsNone)
                backend.ConvBackBias(branch, dy, gradients[i].Bias, Into.Set);
            if (!dx.IsNone)
                backend.ConvBackInput(branch, dy, branches[i].Weight, dx, i == branches.Length - 1 ? into : Into.Add);
        }
    }
}
