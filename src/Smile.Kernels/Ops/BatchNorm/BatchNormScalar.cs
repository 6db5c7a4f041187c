using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.BatchNorm;

/// <summary><see cref="IBatchNorm"/> as plain loops with sums in double.</summary>
internal static class BatchNormScalar
{
    public static void Forward(HostMemory memory, in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y)
    {
        shape.Validate(x, residual, channels, y);
        Span<float> xs = memory.Floats(x), rs = memory.Floats(residual), ys = memory.Floats(y);
        Span<float> mean = memory.Floats(channels.Mean), inverse = memory.Floats(channels.InverseStd);
        Span<float> runMean = memory.Floats(channels.RunningMean), runVar = memory.Floats(channels.RunningVariance);
        Span<float> gamma = memory.Floats(channels.Gamma), beta = memory.Floats(channels.Beta);
        int count = shape.Channels;
        for (int c = 0; c < count; c++)
        {
            double m = runMean[c], v = runVar[c];
            if (shape.Mode == NormMode.Batch)
            {
                (m, v) = (0, 0);
                for (int i = c; i < xs.Length; i += count)
                    m += xs[i];
                m /= shape.Rows;
                for (int i = c; i < xs.Length; i += count)
                    v += (xs[i] - m) * (xs[i] - m);
                runMean[c] = (float)(runMean[c] + shape.Momentum * (m - runMean[c]));
                runVar[c] = (float)(runVar[c] + shape.Momentum * (v / (shape.Rows - 1) - runVar[c]));
                v /= shape.Rows;
            }

            double s = 1 / Math.Sqrt(v + shape.Epsilon);
            (mean[c], inverse[c]) = ((float)m, (float)s);
            for (int i = c; i < xs.Length; i += count)
            {
                double z = (xs[i] - m) * s * gamma[c] + beta[c] + (residual.IsNone ? 0 : rs[i]);
                ys[i] = shape.Relu && z <= 0 ? 0 : (float)z;
            }
        }
    }

    public static void Backward(HostMemory memory, in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx,
        Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta)
    {
        shape.Validate(x, y, dy, channels, dx, dresidual, dgamma, dbeta);
        Span<float> xs = memory.Floats(x), ys = memory.Floats(y), ds = memory.Floats(dy), dxs = memory.Floats(dx),
            drs = memory.Floats(dresidual);
        Span<float> mean = memory.Floats(channels.Mean), inverse = memory.Floats(channels.InverseStd),
            gamma = memory.Floats(channels.Gamma);
        Span<float> dg = memory.Floats(dgamma), db = memory.Floats(dbeta);
        int count = shape.Channels;
        for (int c = 0; c < count; c++)
        {
            double sum = 0, dot = 0;
            for (int i = c; i < xs.Length; i += count)
            {
                double dz = shape.Relu && !(ys[i] > 0) ? 0 : ds[i];
                sum += dz;
                dot += dz * (xs[i] - mean[c]) * inverse[c];
            }

            (db[c], dg[c]) = ((float)sum, (float)dot);
            for (int i = c; i < xs.Length; i += count)
            {
                double dz = shape.Relu && !(ys[i] > 0) ? 0 : ds[i], inner = dz;
                if (shape.Mode == NormMode.Batch)
                    inner -= (sum + (xs[i] - mean[c]) * inverse[c] * dot) / shape.Rows;
                if (!dresidual.IsNone)
                    residualInto.Store(dz, ref drs[i]);
                if (!dx.IsNone)
                    into.Store(gamma[c] * inverse[c] * inner, ref dxs[i]);
            }
        }
    }
}
