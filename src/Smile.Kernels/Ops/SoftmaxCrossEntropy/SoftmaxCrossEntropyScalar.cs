namespace Smile.Kernels;

internal partial class ScalarBackend
{
    public virtual void SoftmaxCrossEntropy(in SoftmaxShape shape, Place logits, Place labels, Place lossSum, Place usedCount, Place dlogits)
    {
        shape.Validate(logits, labels, lossSum, usedCount, dlogits);
        Span<float> zs = Memory.Floats(logits), ds = Memory.Floats(dlogits);
        Span<uint> label = Memory.Words(labels);
        double loss = 0;
        uint count = 0;
        for (int p = 0; p < shape.Pixels; p++)
        {
            Span<float> z = zs.Slice(p * shape.Classes, shape.Classes);
            bool used = label[p] < (uint)shape.Classes;
            double top = double.NegativeInfinity, sum = 0;
            foreach (float value in z)
                top = Math.Max(top, value);
            foreach (float value in z)
                sum += Math.Exp(value - top);
            if (used)
            {
                loss += top + Math.Log(sum) - z[(int)label[p]];
                count++;
            }

            for (int c = 0; c < shape.Classes && !dlogits.IsNone; c++)
                ds[p * shape.Classes + c] = used ? (float)(shape.Scale * (Math.Exp(z[c] - top) / sum - (label[p] == c ? 1 : 0))) : 0;
        }

        Memory.Floats(lossSum)[0] = (float)loss;
        Memory.Words(usedCount)[0] = count;
    }
}
