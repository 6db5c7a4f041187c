using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.BatchNorm;

/// <summary><see cref="IBatchNorm"/> on vectors and all cores.</summary>
internal sealed unsafe class BatchNormSimd(SimdContext context) : IDisposable
{
    /// <summary>Rows of channels that the chunks leave, and those that hold for all of them.</summary>
    private readonly NativeScratch<float> _parts = new(), _rows = new();

    private readonly NativeScratch<double> _totals = new();

    public void Forward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y)
    {
        shape.Validate(x, residual, channels, y);
        int count = shape.Channels, padded = Lanes.Padded(count), chunks = Rows.Chunks(shape.Rows, count);
        float* xs = context.Memory.Pointer(x), rs = residual.IsNone ? null : context.Memory.Pointer(residual),
            ys = context.Memory.Pointer(y);
        float* mean = context.Memory.Pointer(channels.Mean), inverse = context.Memory.Pointer(channels.InverseStd);
        float* runMean = context.Memory.Pointer(channels.RunningMean), runVar = context.Memory.Pointer(channels.RunningVariance);
        float* gamma = context.Memory.Pointer(channels.Gamma), beta = context.Memory.Pointer(channels.Beta);
        float* parts = _parts.Allocate((long)NormSums.PartRows * chunks * padded), scale = _rows.Allocate(2L * padded),
            shift = scale + padded;
        double* means = _totals.Allocate(2L * padded), squares = means + padded;
        if (shape.Mode == NormMode.Batch)
        {
            Statistics(shape, xs, parts, chunks);
            NormSums.MergeMoments(shape, parts, means, squares);
        }

        for (int c = 0; c < count; c++)
        {
            double m = runMean[c], v = runVar[c];
            if (shape.Mode == NormMode.Batch)
            {
                m = means[c];
                v = Math.Max(0, squares[c]);
                runMean[c] = (float)(runMean[c] + shape.Momentum * (m - runMean[c]));
                runVar[c] = (float)(runVar[c] + shape.Momentum * (v / (shape.Rows - 1) - runVar[c]));
                v /= shape.Rows;
            }

            double s = 1 / Math.Sqrt(v + shape.Epsilon);
            (mean[c], inverse[c]) = ((float)m, (float)s);

            // (x - mean) * scale + shift; the shift carries what rounding took from the mean.
            scale[c] = (float)(s * gamma[c]);
            shift[c] = (float)(beta[c] + (mean[c] - m) * s * gamma[c]);
        }

        if (context.Streams(shape.Count, ys, count))
            Normalise<NonTemporal>(shape, xs, rs, mean, scale, shift, ys, chunks);
        else
            Normalise<Overwrite>(shape, xs, rs, mean, scale, shift, ys, chunks);
    }

    public void Backward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta)
    {
        shape.Validate(x, y, dy, channels, dx, dresidual, dgamma, dbeta);
        int count = shape.Channels, padded = Lanes.Padded(count), chunks = Rows.Chunks(shape.Rows, count);
        float* xs = context.Memory.Pointer(x), ys = context.Memory.Pointer(y), ds = context.Memory.Pointer(dy);
        float* dxs = dx.IsNone ? null : context.Memory.Pointer(dx), drs = dresidual.IsNone ? null : context.Memory.Pointer(dresidual);
        float* mean = context.Memory.Pointer(channels.Mean), inverse = context.Memory.Pointer(channels.InverseStd),
            gamma = context.Memory.Pointer(channels.Gamma);
        float* dg = context.Memory.Pointer(dgamma), db = context.Memory.Pointer(dbeta);
        float* parts = _parts.Allocate(2L * chunks * padded), slope = _rows.Allocate(3L * padded), lean = slope + padded,
            level = lean + padded;
        double* sums = _totals.Allocate(2L * padded), dots = sums + padded;
        if (shape.Relu)
            Sums<Yes>(shape, xs, ys, ds, mean, parts, chunks);
        else
            Sums<No>(shape, xs, ys, ds, mean, parts, chunks);
        new Span<double>(sums, 2 * padded).Clear();
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            Rows.Total(parts + 2L * chunk * padded, count, sums);
            Rows.Total(parts + (2L * chunk + 1) * padded, count, dots);
        }

        for (int c = 0; c < count; c++)
        {
            double sum = sums[c], dot = dots[c] * inverse[c];
            (db[c], dg[c]) = ((float)sum, (float)dot);

            // dx = slope * dz + lean * (x - mean) + level
            double factor = (double)gamma[c] * inverse[c];
            slope[c] = (float)factor;
            lean[c] = shape.Mode == NormMode.Batch ? (float)(-factor * inverse[c] * dot / shape.Rows) : 0;
            level[c] = shape.Mode == NormMode.Batch ? (float)(-factor * sum / shape.Rows) : 0;
        }

        if (dxs == null && drs == null)
            return;
        var rows = new NormBackRows(mean, slope, lean, level);
        if (shape.Relu)
            Back<Yes>(shape, xs, ys, ds, rows, dxs, into, drs, residualInto, chunks);
        else
            Back<No>(shape, xs, ys, ds, rows, dxs, into, drs, residualInto, chunks);
    }

    public void Dispose()
    {
        _parts.Dispose();
        _rows.Dispose();
        _totals.Dispose();
    }

    private void Statistics(in NormShape shape, float* x, float* parts, int chunks)
    {
        switch (context.Kernels.Bits)
        {
            case 512:
                context.Pool.Run(chunks, new NormStatisticsJob<Lanes512>(shape, x, parts));
                break;
            case 256:
                context.Pool.Run(chunks, new NormStatisticsJob<Lanes256>(shape, x, parts));
                break;
            default:
                context.Pool.Run(chunks, new NormStatisticsJob<Lanes128>(shape, x, parts));
                break;
        }
    }

    private void Normalise<TStore>(in NormShape shape, float* x, float* residual, float* mean, float* scale, float* shift, float* y,
        int chunks)
        where TStore : struct, IStore
    {
        switch (shape.Relu, residual != null)
        {
            case (true, true):
                context.Pool.Run(chunks, new NormaliseJob<Yes, Yes, TStore>(shape, x, residual, mean, scale, shift, y));
                break;
            case (true, false):
                context.Pool.Run(chunks, new NormaliseJob<Yes, No, TStore>(shape, x, residual, mean, scale, shift, y));
                break;
            case (false, true):
                context.Pool.Run(chunks, new NormaliseJob<No, Yes, TStore>(shape, x, residual, mean, scale, shift, y));
                break;
            default:
                context.Pool.Run(chunks, new NormaliseJob<No, No, TStore>(shape, x, residual, mean, scale, shift, y));
                break;
        }
    }

    private void Sums<TRelu>(in NormShape shape, float* x, float* y, float* dy, float* mean, float* parts, int chunks)
        where TRelu : struct, IChoice
    {
        switch (context.Kernels.Bits)
        {
            case 512:
                context.Pool.Run(chunks, new NormSumsJob<Lanes512, TRelu>(shape, x, y, dy, mean, parts));
                break;
            case 256:
                context.Pool.Run(chunks, new NormSumsJob<Lanes256, TRelu>(shape, x, y, dy, mean, parts));
                break;
            default:
                context.Pool.Run(chunks, new NormSumsJob<Lanes128, TRelu>(shape, x, y, dy, mean, parts));
                break;
        }
    }

    private void Back<TRelu>(in NormShape shape, float* x, float* y, float* dy, NormBackRows rows, float* dx, Into into, float* dresidual,
        Into residualInto, int chunks)
        where TRelu : struct, IChoice
    {
        bool stream = dx == null || (into == Into.Set && dx != dy && context.Streams(shape.Count, dx, shape.Channels));
        bool residualStream = dresidual == null || (residualInto == Into.Set && context.Streams(shape.Count, dresidual, shape.Channels));
        if (stream && residualStream)
            context.Pool.Run(chunks, new NormBackJob<TRelu, NonTemporal, NonTemporal>(shape, x, y, dy, rows, dx, dresidual));
        else
            switch (into, residualInto)
            {
                case (Into.Set, Into.Set):
                    context.Pool.Run(chunks, new NormBackJob<TRelu, Overwrite, Overwrite>(shape, x, y, dy, rows, dx, dresidual));
                    break;
                case (Into.Set, Into.Add):
                    context.Pool.Run(chunks, new NormBackJob<TRelu, Overwrite, Accumulate>(shape, x, y, dy, rows, dx, dresidual));
                    break;
                case (Into.Add, Into.Set):
                    context.Pool.Run(chunks, new NormBackJob<TRelu, Accumulate, Overwrite>(shape, x, y, dy, rows, dx, dresidual));
                    break;
                default:
                    context.Pool.Run(chunks, new NormBackJob<TRelu, Accumulate, Accumulate>(shape, x, y, dy, rows, dx, dresidual));
                    break;
            }
    }
}
