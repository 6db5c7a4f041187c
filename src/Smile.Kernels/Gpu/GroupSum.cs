using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Algorithms.ScanReduceOperations;

namespace Smile.Kernels.Gpu;

/// <summary>
/// The counted sum of a group's threads, added in the order of the tree of <see cref="Columns.GroupTotal"/>, so to the same bits; but its
/// last levels are shuffles within the first warp (ILGPU.Algorithms), which need no barrier. The library's own reduction of a group adds
/// the warps' sums by atomics: in no fixed order.
/// </summary>
internal static class GroupSum
{
    /// <summary>The total; of use in the first thread. All threads of the group call it, once.</summary>
    public static CountedSum Total(CountedSum value)
    {
        ArrayView<CountedSum> shared = SharedMemory.Allocate<CountedSum>(GpuKernel.LargestGroup);
        int thread = Group.IdxX, lanes = Group.DimX;
        shared[thread] = value;
        for (; lanes > Warp.WarpSize; lanes = (lanes + 1) / 2)
        {
            int half = (lanes + 1) / 2;
            Group.Barrier();
            if (thread + half < lanes)
                shared[thread] = CountedSum.Combine(shared[thread], shared[thread + half]);
        }

        CountedSum rest = thread < lanes ? shared[thread] : default;
        if (thread < Warp.WarpSize) // all of the first warp and none of the others
            rest = new CountedSum(WarpExtensions.Reduce<float, AddFloat>(rest.Sum), WarpExtensions.Reduce<uint, AddUInt32>(rest.Count));
        return rest;
    }
}
