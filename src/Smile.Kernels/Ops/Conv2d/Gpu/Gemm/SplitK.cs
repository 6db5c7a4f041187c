using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

/// <summary>
/// Split-K: the product's depth (the weight gradient's pixels, other passes' taps x channels) is cut into splits, each with its own copy of
/// the result, and a second launch adds the copies in a fixed order. The order and the number of splits depend on the shape and on
/// the threads of a group alone.
/// </summary>
internal sealed class SplitK(GpuQueue queue)
{
    /// <summary>Words for copies of results (32 MiB): there are as many splits as fit.</summary>
    public const int WorkspaceWords = 8 << 20;

    // No split adds more in a row than the first; below the second a split is not worth its launch.
    public const int MostDepth = 4096;
    private const int LeastDepth = 64;

    // Of the sum: threads that share four words, copies that each of them is worth, groups that keep the larger devices busy.
    private const int MostLanes = 16, LeastCopies = 4, SumGroupsAimedAt = 256;

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

    /// <summary>
    /// Adds the copies, where there are several: each lane every so many in their order, then the lanes by halves.
    /// </summary>
    public void Sum(int splits, GpuSpan copies, GpuSpan result, Into into)
    {
        if (splits == 1)
            return;
        int lanes = Lanes(splits, result.Length, queue.GroupSize);
        queue.Launch(SplitKKernels.Sum, Groups(result.Length, queue.GroupSize, lanes), 1,
            new SplitKArgs(copies, splits, lanes, result, into));
    }

    /// <summary>
    /// Threads that share the copies of four words: so many that a device's processors all have groups, where there are copies enough for
    /// them. One copy after another by one thread, 512 copies of 3,136 words kept four processors for 95 us on an H200 by the model.
    /// </summary>
    public static int Lanes(int splits, int words, int groupSize)
    {
        int lanes = 1;
        while (lanes < MostLanes && 2 * lanes * LeastCopies <= splits && groupSize % (2 * lanes) == 0
            && Groups(words, groupSize, lanes) < SumGroupsAimedAt)
            lanes *= 2;
        return lanes;
    }

    private static int Groups(int words, int groupSize, int lanes) => Integers.CeilingDivide(words, 4 * (groupSize / lanes));
}

internal readonly struct SplitKArgs(GpuSpan copies, int count, int lanes, GpuSpan result, Into into)
{
    public readonly GpuSpan Copies = copies, Result = result;
    public readonly int Count = count, Lanes = lanes;
    public readonly Into Into = into;
}

internal static class SplitKKernels
{
    public static readonly GpuKernel<SplitKArgs> Sum = new(ConvSumSplitK, GpuKernel.AnyGroup);

    private static void ConvSumSplitK(ArrayView<float> memory, SplitKArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(GpuKernel.LargestGroup);
        int thread = Group.IdxX, width = Group.DimX / args.Lanes, lane = thread / width, length = args.Result.Length;
        int at = 4 * (Grid.IdxX * width + thread % width);
        Float4 sum = default;
        if (Element.IsInside(at, length))
        {
            int split = lane;
            if (length % 4 == 0 && args.Copies.Aligned != 0)
                for (; split + 3 * args.Lanes < args.Count; split += 4 * args.Lanes)
                {
                    // All four on their way before the first is waited for.
                    int word = split * length + at, step = args.Lanes * length;
                    Float4 first = args.Copies.LoadFloat4(memory, word), second = args.Copies.LoadFloat4(memory, word + step);
                    Float4 third = args.Copies.LoadFloat4(memory, word + 2 * step);
                    Float4 fourth = args.Copies.LoadFloat4(memory, word + 3 * step);
                    sum = sum + first + second + third + fourth;
                }

            for (; split < args.Count; split += args.Lanes)
                sum += MatrixRows.LoadRow(memory, args.Copies, split, at, args.Count, length);
        }

        shared[thread] = sum;
        for (int lanes = args.Lanes / 2; lanes > 0; lanes /= 2)
        {
            Group.Barrier();
            if (lane < lanes)
                shared[thread] = shared[thread] + shared[thread + lanes * width];
        }

        if (lane == 0 && Element.IsInside(at, length))
            args.Result.Store4(memory, at, shared[thread], args.Into);
    }
}
