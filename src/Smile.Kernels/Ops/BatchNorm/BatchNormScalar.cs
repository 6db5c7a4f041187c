using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;

namespace Smile.Kernels.Backend;

internal partial class ScalarBackend
{
    public virtual void NormForward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y)
    {
        shape.Validate(x, residual, channels, y);
        Span<float> xs = Memory.Floats(x), rs = Memory.Floats(residual), ys = Memory.Floats(y);
        Span<float> mean = Memory.Floats(channels.Mean), inverse = Memory.Floats(channels.InverseStd);
        Span<float> runMean = Memory.Floats(channels.RunningMean), runVar = Memory.Floats(channels.RunningVariance);
        Span<float> gamma = Memory.Floats(channels.Gamma), beta = Memory.Floats(channels.Beta);
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

    public virtual void NormBackward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta)
    {
        shape.Validate(x, y, dy, channels, dx, dresidual, dgamma, dbeta);
        Span<float> xs = Memory.Floats(x), ys = Memory.Floats(y), ds = Memory.Floats(dy), dxs = Memory.Floats(dx), drs = Memory.Floats(dresidual);
        Span<float> mean = Memory.Floats(channels.Mean), inverse = Memory.Floats(channels.InverseStd), gamma = Memory.Floats(channels.Gamma);
        Span<float> dg = Memory.Floats(dgamma), db = Memory.Floats(dbeta);
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
                    Put(ref drs[i], dz, residualInto);
                if (!dx.IsNone)
                    Put(ref dxs[i], gamma[c] * inverse[c] * inner, into);
            }
        }
    }
}
