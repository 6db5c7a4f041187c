using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.SumSquares;

namespace Smile.Kernels.Backend;

internal sealed partial class GpuBackend
{
    public void SumSquares(Place x, Place result)
    {
        SumSquaresOperands.Validate(x, result);
        var args = new SumSquaresArgs(new Columns(x.Length, 1, runtime.Limits.GroupSize, _workspace, 2), Span(x), Span(result));
        runtime.Launch(SumSquaresKernels.Partials, args.Columns.Tiles, args.Columns.Chunks, args);
        runtime.Launch(SumSquaresKernels.Total, args.Columns.Tiles, 1, args);
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

        args.Columns.Keep(memory, new CountedSum(sum, bad));
    }

    private static void SumSquaresTotal(ArrayView<float> memory, SumSquaresArgs args)
    {
        CountedSum total = args.Columns.Total<CountedSum>(memory);
        if (!args.Columns.IsFirst)
            return;
        args.Result.Put(memory, 0, total.Sum, 0);
        args.Result.PutWord(memory, 1, total.Count);
    }
}
