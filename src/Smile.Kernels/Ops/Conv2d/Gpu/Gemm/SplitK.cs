using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

/// <summary>
/// Split-K: the product's depth (the weight gradient's pixels, the forward pass's taps x channels) is cut into splits, each with its own
/// copy of the result, and a second launch adds the copies in their order. The number of splits depends on the shape alone, so the order of
/// the sums does too.
/// </summary>
internal sealed class SplitK(GpuQueue queue)
{
    /// <summary>Words for copies of results (16 MiB): there are as many splits as fit.</summary>
    public const int WorkspaceWords = 4 << 20;

    // No split adds more in a row than the first; below the second a split is not worth its launch.
    private const int MostDepth = 4096, LeastDepth = 64;

    private readonly GpuWorkspace _copies = queue.Workspace("split-K copies of a convolution's result", WorkspaceWords);

    /// <summary>
    /// What a split adds of the depth, in whole steps: enough splits for the groups aimed at, and no more copies than the workspace holds.
    /// </summary>
    /// <param name="depth">Depth of the product.</param>
    /// <param name="tiles">Tiles of the result: groups without splits.</param>
    /// <param name="groupsAimedAt">Groups that keep a device busy.</param>
    /// <param name="words">Words of the result.</param>
    /// <param name="step">Depth of a step of the kernel.</param>
    public static int DepthPerSplit(int depth, int tiles, int groupsAimedAt, long words, int step)
    {
        int wanted = Math.Max(Integers.CeilingDivide(groupsAimedAt, tiles), Integers.CeilingDivide(depth, MostDepth));
        int splits = Math.Max(1, (int)Math.Min(Math.Min(wanted, depth / LeastDepth), WorkspaceWords / words));
        return Integers.CeilingDivide(Integers.CeilingDivide(depth, splits), step) * step;
    }

    /// <summary>Where the splits write: the result itself where there is one, else a copy each.</summary>
    public GpuSpan Copies(int splits, GpuSpan result) => splits == 1 ? result : _copies.Part(0, (long)splits * result.Length);

    /// <summary>What a split does to where it writes: copies are overwritten, and added to the result by <see cref="Sum"/>.</summary>
    public static Into IntoCopies(int splits, Into into) => splits == 1 ? into : Into.Set;

    /// <summary>Adds the copies, where there are several.</summary>
    public void Sum(int splits, GpuSpan copies, GpuSpan result, Into into)
    {
        if (splits > 1)
            queue.LaunchFloat4s(SplitKKernels.Sum, result.Length, new SplitKArgs(copies, splits, result, into));
    }
}

internal readonly struct SplitKArgs(GpuSpan copies, int count, GpuSpan result, Into into)
{
    public readonly GpuSpan Copies = copies, Result = result;
    public readonly int Count = count;
    public readonly Into Into = into;
}

internal static class SplitKKernels
{
    public static readonly GpuKernel<SplitKArgs> Sum = new(ConvSumSplitK, GpuKernel.AnyGroup);

    private static void ConvSumSplitK(ArrayView<float> memory, SplitKArgs args)
    {
        int at = Element.FirstOfFour, length = args.Result.Length;
        if (!Element.IsInside(at, length))
            return;
        Float4 sum = default;
        for (int split = 0; split < args.Count; split++)
            sum += MatrixRows.LoadRow(memory, args.Copies, split, at, args.Count, length);
        args.Result.Store4(memory, at, sum, args.Into);
    }
}
