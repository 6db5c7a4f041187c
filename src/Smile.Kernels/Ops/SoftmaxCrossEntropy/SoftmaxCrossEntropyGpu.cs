using ILGPU;

namespace Smile.Kernels;

internal sealed partial class GpuBackend
{
    public void SoftmaxCrossEntropy(in SoftmaxShape shape, Place logits, Place labels, Place lossSum, Place usedCount, Place dlogits)
    {
        shape.Validate(logits, labels, lossSum, usedCount, dlogits);
        var args = new SoftmaxArgs
        {
            Pixels = new Columns(shape.Pixels, 1, runtime.Limits.GroupSize, _workspace, 2),
            Logits = Span(logits),
            Labels = Span(labels),
            LossSum = Span(lossSum),
            UsedCount = Span(usedCount),
            Dlogits = Span(dlogits),
            Classes = shape.Classes,
            Scale = shape.Scale,
        };
        runtime.Launch(SoftmaxKernels.Partials, args.Pixels.Tiles, args.Pixels.Chunks, args);
        runtime.Launch(SoftmaxKernels.Total, args.Pixels.Tiles, 1, args);
    }
}

internal struct SoftmaxArgs
{
    public Columns Pixels;
    public GpuSpan Logits, Labels, LossSum, UsedCount, Dlogits;
    public int Classes;
    public float Scale;
}

internal static class SoftmaxKernels
{
    public static readonly GpuKernel<SoftmaxArgs> Partials = new(SoftmaxPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<SoftmaxArgs> Total = new(SoftmaxTotal, GpuKernel.AnyGroup);

    private static void SoftmaxPartials(ArrayView<float> memory, SoftmaxArgs args)
    {
        float loss = 0;
        uint count = 0;
        for (int pixel = args.Pixels.FirstRow; pixel < args.Pixels.EndRow; pixel += args.Pixels.RowStep)
        {
            int at = pixel * args.Classes;
            uint label = args.Labels.LoadWord(memory, pixel);
            bool used = label < (uint)args.Classes;
            float top = args.Logits.Load(memory, at), rest = 0;
            int winner = 0;
            for (int c = 1; c < args.Classes; c++)
            {
                float z = args.Logits.Load(memory, at + c);
                if (!(z <= top)) // a NaN takes over and stays
                {
                    top = z;
                    winner = c;
                }
            }

            // The winner's own term is exactly 1; the others are kept apart from it so that a small loss keeps its digits.
            for (int c = 0; c < args.Classes; c++)
                if (c != winner)
                    rest += GpuMath.ExpOfNegative(args.Logits.Load(memory, at + c) - top);
            if (used)
            {
                loss += top - args.Logits.Load(memory, at + (int)label) + GpuMath.Log1P(rest);
                count++;
            }

            if (args.Dlogits.Length > 0)
                PutGradient(memory, args, at, used ? (int)label : -1, winner, top, rest);
        }

        args.Pixels.Keep(memory, new CountedSum(loss, count));
    }

    // c == label ? 1f : 0f, not 1 : 0: ILGPU 1.5.3 makes a float of a selected integer by its bits, so 1 became 1.4e-45.
    private static void PutGradient(ArrayView<float> memory, in SoftmaxArgs args, int at, int label, int winner, float top, float rest)
    {
        float share = 1 / (1 + rest);
        for (int c = 0; c < args.Classes; c++)
        {
            float gradient = 0;
            if (label == winner && c == winner)
                gradient = -rest * share;
            else if (label >= 0)
                gradient = GpuMath.ExpOfNegative(args.Logits.Load(memory, at + c) - top) * share - (c == label ? 1f : 0f);
            args.Dlogits.Put(memory, at + c, args.Scale * gradient, 0);
        }
    }

    private static void SoftmaxTotal(ArrayView<float> memory, SoftmaxArgs args)
    {
        CountedSum total = args.Pixels.Total<CountedSum>(memory);
        if (!args.Pixels.IsFirst)
            return;
        args.LossSum.Put(memory, 0, total.Sum, 0);
        args.UsedCount.PutWord(memory, 0, total.Count);
    }
}
