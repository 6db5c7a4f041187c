using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Tests;

namespace Smile.PtxEmulator.Tests.Kernels;

public sealed class GroupSumTests
{
    /// <summary>A group takes this many rows of a column itself before there is a second (Columns plans it so).</summary>
    private const int OfOneGroup = 16 * GpuKernel.LargestGroup;

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(200)]
    [InlineData(GpuKernel.LargestGroup)]
    [InlineData(OfOneGroup - 7)]
    public void A_sum_of_squares_is_added_as_a_tree_over_the_threads(int length)
    {
        // Powers of two, so that squares are exact; of many sizes, so that their sum is not, whatever the order.
        float[] values = [.. Enumerable.Range(0, length).Select(i => MathF.ScaleB(1, i * 37 % 23 - 11))];
        var bench = new OpBench<Emulated>();
        Place x = bench.Source(values), result = bench.Result(2);
        bench.Run(device => device.SumSquares(x, result));
        Assert.Equal(BitConverter.SingleToUInt32Bits(Tree(values)), BitConverter.SingleToUInt32Bits(bench.Floats(result)[0]));
    }

    /// <summary>Each thread adds every 256th square, then the upper half of the threads gives its sums to the lower, and so on.</summary>
    private static float Tree(float[] values)
    {
        var sums = new float[GpuKernel.LargestGroup];
        for (int i = 0; i < values.Length; i++)
            sums[i % sums.Length] += values[i] * values[i];
        for (int half = sums.Length / 2; half > 0; half /= 2)
            for (int thread = 0; thread < half; thread++)
                sums[thread] += sums[thread + half];
        return sums[0];
    }
}
