using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.SoftmaxCrossEntropy;

/// <summary><see cref="ISoftmaxCrossEntropy"/> as plain loops with sums in double.</summary>
internal static class SoftmaxCrossEntropyScalar
{
    public static void Compute(HostMemory memory, in SoftmaxShape shape, Place logits, Place labels, Place lossSum, Place usedCount,
        Place dlogits)
    {
        shape.Validate(logits, labels, lossSum, usedCount, dlogits);
        Span<float> zs = memory.Floats(logits), ds = memory.Floats(dlogits), total = memory.Floats(lossSum);
        Span<uint> label = memory.Words(labels), used = memory.Words(usedCount);
        double loss = 0;
        uint count = 0;
        for (int p = 0; p < shape.Pixels; p++)
        {
            Span<float> z = zs.Slice(p * shape.Classes, shape.Classes);
            bool known = label[p] < (uint)shape.Classes;
            double top = double.NegativeInfinity, sum = 0;
            foreach (float value in z)
                top = Math.Max(top, value);
            foreach (float value in z)
                sum += Math.Exp(value - top);
            if (known)
            {
                loss += top + Math.Log(sum) - z[(int)label[p]];
                count++;
            }

            for (int c = 0; c < shape.Classes && !dlogits.IsNone; c++)
                ds[p * shape.Classes + c] = known ? (float)(shape.Scale * (Math.Exp(z[c] - top) / sum - (label[p] == c ? 1 : 0))) : 0;
        }

        (total[0], used[0]) = ((float)loss, count);
    }
}
