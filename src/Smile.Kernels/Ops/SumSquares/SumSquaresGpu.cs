using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.SumSquares;

/// <summary>The sum of squares of what is finite, and the number of what is not.</summary>
internal sealed class SumSquaresGpu(GpuQueue queue)
{
    private readonly GpuWorkspace _partials = Columns.Workspace(queue, "the sum of squares", 2);

    public void Compute(Place x, Place result)
    {
        SumSquaresOperands.Validate(x, result);
        var args = new SumSquaresArgs(new Columns(x.Length, 1, queue.GroupSize, _partials, 2), queue.Span(x), queue.Span(result));
        queue.Launch(SumSquaresKernels.Partials, args.Columns.Tiles, args.Columns.Chunks, args);
        queue.Launch(SumSquaresKernels.Total, args.Columns.Tiles, 1, args);
    }
}

internal readonly struct SumSquaresArgs(Columns columns, GpuSpan x, GpuSpan result)
{
    public readonly Columns Columns = columns;
    public readonly GpuSpan X = x, Result = result;
}

internal static class SumSquaresKernels
{
    public static readonly GpuKernel<SumSquaresArgs> Partials = new(SumSquaresPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<SumSquaresArgs> Total = new(SumSquaresTotal, GpuKernel.AnyGroup);

    private static void SumSquaresPartials(ArrayView<float> memory, SumSquaresArgs args)
    {
        float sum = 0;
        uint bad = 0;
        for (int row = args.Columns.FirstRow; row < args.Columns.EndRow; row += args.Columns.RowStep)
        {
            float value = args.X.Load(memory, row);
            if (float.IsNaN(value - value)) // infinite or NaN
                bad++;
            else
                sum += value * value;
        }

        args.Columns.StoreSum(memory, new CountedSum(sum, bad));
    }

    private static void SumSquaresTotal(ArrayView<float> memory, SumSquaresArgs args)
    {
        CountedSum total = args.Columns.TotalSum(memory);
        if (!args.Columns.IsFirst)
            return;
        args.Result.Store(memory, 0, total.Sum, Into.Set);
        args.Result.StoreWord(memory, 1, total.Count);
    }
}
