using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaskedLoss;

/// <summary>What the masked and the softmax loss do alike between their two passes, of a column each: an organ or a class.</summary>
internal static class LossTotals
{
    /// <summary>
    /// The total of each column's partials to sums and counts; columns before <paramref name="firstWithRegion"/>, as background is, have no
    /// region. All threads of the group call it, once.
    /// </summary>
    public static void Store(ArrayView<float> memory, Columns sumsOf, Columns countsOf, GpuSpan sumsAt, GpuSpan countsAt,
        int firstWithRegion)
    {
        Float4 sums = sumsOf.Total<LossPart>(memory).Sums;
        CountPart counts = countsOf.Total<CountPart>(memory);
        if (!sumsOf.IsFirst)
            return;
        int column = sumsOf.Column;
        uint region = counts.Region;
        if (column < firstWithRegion)
            region = 0;
        sumsAt.Store4(memory, LossSums.Words * column, sums, Into.Set);
        countsAt.StoreWord(memory, LossCounts.Words * column, counts.Known);
        countsAt.StoreWord(memory, LossCounts.Words * column + 1, region);
    }

    /// <summary>
    /// From the totals the factors of the gradient, of all columns, to shared memory. Each group works them out for itself; they are there
    /// after the next barrier.
    /// </summary>
    public static void Factors(ArrayView<float> memory, Columns columns, GpuSpan sumsAt, GpuSpan countsAt, LossArgs terms,
        ArrayView<RegionSlopes> slopes, ArrayView<float> pixelWeight)
    {
        for (int k = Group.IdxX; k < columns.Count; k += Group.DimX)
        {
            int regions = 0;
            uint known = 0;
            for (int column = 0; column < columns.Count; column++)
            {
                known += countsAt.LoadWord(memory, LossCounts.Words * column);
                regions += countsAt.LoadWord(memory, LossCounts.Words * column + 1) != 0 ? 1 : 0;
            }

            uint region = countsAt.LoadWord(memory, LossCounts.Words * k + 1);
            slopes[k] = terms.RegionSlopes(sumsAt.Load4(memory, LossSums.Words * k), region, regions);
            if (k == 0)
                pixelWeight[0] = terms.PixelWeight / (terms.PerKnown == 0 ? columns.Rows : (float)IntrinsicMath.Max(known, 1u));
        }
    }
}
