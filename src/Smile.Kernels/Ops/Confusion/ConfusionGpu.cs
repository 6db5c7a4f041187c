using ILGPU;

namespace Smile.Kernels;

internal sealed partial class GpuBackend
{
    public void Confusion(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into)
    {
        shape.Validate(predicted, isOrgan, isKnown, counts);
        var args = new ConfusionArgs
        {
            Organs = new Columns(shape.Pixels, shape.Organs, runtime.Limits.GroupSize, _workspace, Hits.Words),
            Predicted = Span(predicted),
            IsOrgan = Span(isOrgan),
            IsKnown = Span(isKnown),
            Counts = Span(counts),
            Accumulate = Flag(into),
        };
        runtime.Launch(ConfusionKernels.Partials, args.Organs.Tiles, args.Organs.Chunks, args);
        runtime.Launch(ConfusionKernels.Totals, args.Organs.Tiles, 1, args);
    }
}

internal struct ConfusionArgs
{
    public Columns Organs;
    public GpuSpan Predicted, IsOrgan, IsKnown, Counts;
    public int Accumulate;
}

/// <summary>True positives, false positives, false negatives.</summary>
internal struct Hits(uint right, uint extra, uint missed) : IPartial<Hits>
{
    public const int Words = 3;

    public uint Right = right, Extra = extra, Missed = missed;

    public static Hits Combine(Hits a, Hits b) => new(a.Right + b.Right, a.Extra + b.Extra, a.Missed + b.Missed);
}

internal static class ConfusionKernels
{
    public static readonly GpuKernel<ConfusionArgs> Partials = new(ConfusionPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ConfusionArgs> Totals = new(ConfusionTotals, GpuKernel.AnyGroup);

    private static void ConfusionPartials(ArrayView<float> memory, ConfusionArgs args)
    {
        int organ = args.Organs.Column;
        Hits hits = default;
        for (int pixel = args.Organs.FirstRow; pixel < args.Organs.EndRow; pixel += args.Organs.RowStep)
        {
            uint known = args.IsKnown.LoadWord(memory, pixel), guess = args.Predicted.LoadWord(memory, pixel), truth = args.IsOrgan.LoadWord(memory, pixel);
            hits.Right += (known & guess & truth) >> organ & 1;
            hits.Extra += (known & guess & ~truth) >> organ & 1;
            hits.Missed += (known & ~guess & truth) >> organ & 1;
        }

        args.Organs.Keep(memory, hits);
    }

    private static void ConfusionTotals(ArrayView<float> memory, ConfusionArgs args)
    {
        Hits total = args.Organs.Total<Hits>(memory);
        if (!args.Organs.IsFirst)
            return;
        int at = 3 * args.Organs.Column;
        PutCount(memory, args, at, total.Right);
        PutCount(memory, args, at + 1, total.Extra);
        PutCount(memory, args, at + 2, total.Missed);
    }

    private static void PutCount(ArrayView<float> memory, in ConfusionArgs args, int at, uint count) =>
        args.Counts.PutWord(memory, at, args.Accumulate != 0 ? args.Counts.LoadWord(memory, at) + count : count);
}
