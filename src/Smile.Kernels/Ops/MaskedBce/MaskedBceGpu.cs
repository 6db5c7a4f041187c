using ILGPU;

namespace Smile.Kernels;

internal sealed partial class GpuBackend
{
    public void MaskedBce(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        var args = new BceArgs
        {
            Organs = new Columns(shape.Pixels, shape.Organs, runtime.Limits.GroupSize, _workspace, 2),
            Logits = Span(logits),
            IsOrgan = Span(isOrgan),
            IsKnown = Span(isKnown),
            LossSums = Span(lossSums),
            KnownCounts = Span(knownCounts),
            Dlogits = Span(dlogits),
            Scale = shape.Scale,
        };
        runtime.Launch(BceKernels.Partials, args.Organs.Tiles, args.Organs.Chunks, args);
        runtime.Launch(BceKernels.Totals, args.Organs.Tiles, 1, args);
    }
}

internal struct BceArgs
{
    public Columns Organs;
    public GpuSpan Logits, IsOrgan, IsKnown, LossSums, KnownCounts, Dlogits;
    public float Scale;
}

/// <summary>The loss of one logit and its derivative.</summary>
internal readonly struct BceTerm(float loss, float gradient)
{
    public readonly float Loss = loss, Gradient = gradient;

    /// <param name="z">The logit.</param>
    /// <param name="isOrgan">The label, 0 or 1.</param>
    public static BceTerm Of(float z, uint isOrgan)
    {
        bool positive = isOrgan != 0;
        float e = GpuMath.ExpOfNegative(-MathF.Abs(z)), near = 1 / (1 + e), far = e * near;
        float wrong = positive == z >= 0 ? 0 : MathF.Abs(z);

        // sigmoid(z) - y without taking a difference of near-equal numbers
        return new(wrong + GpuMath.Log1P(e), positive ? (z >= 0 ? -far : -near) : (z >= 0 ? near : far));
    }
}

internal static class BceKernels
{
    public static readonly GpuKernel<BceArgs> Partials = new(BcePartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<BceArgs> Totals = new(BceTotals, GpuKernel.AnyGroup);

    private static void BcePartials(ArrayView<float> memory, BceArgs args)
    {
        int organ = args.Organs.Column;
        float sum = 0;
        uint count = 0;
        for (int pixel = args.Organs.FirstRow; pixel < args.Organs.EndRow; pixel += args.Organs.RowStep)
        {
            int at = pixel * args.Organs.Count + organ;
            float gradient = 0;
            if ((args.IsKnown.LoadWord(memory, pixel) >> organ & 1) != 0)
            {
                BceTerm term = BceTerm.Of(args.Logits.Load(memory, at), args.IsOrgan.LoadWord(memory, pixel) >> organ & 1);
                sum += term.Loss;
                count++;
                gradient = term.Gradient;
            }

            if (args.Dlogits.Length > 0)
                args.Dlogits.Put(memory, at, args.Scale * gradient, 0);
        }

        args.Organs.Keep(memory, new CountedSum(sum, count));
    }

    private static void BceTotals(ArrayView<float> memory, BceArgs args)
    {
        CountedSum total = args.Organs.Total<CountedSum>(memory);
        if (!args.Organs.IsFirst)
            return;
        args.LossSums.Put(memory, args.Organs.Column, total.Sum, 0);
        args.KnownCounts.PutWord(memory, args.Organs.Column, total.Count);
    }
}
