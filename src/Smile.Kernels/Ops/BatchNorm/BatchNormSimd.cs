namespace Smile.Kernels;

internal sealed unsafe partial class SimdBackend
{
    public override void NormForward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y)
    {
        shape.Validate(x, residual, channels, y);
        int count = shape.Channels, padded = Lanes.Padded(count), chunks = Rows.Chunks(shape.Rows, count);
        float* xs = Memory.Pointer(x), rs = residual.IsNone ? null : Memory.Pointer(residual), ys = Memory.Pointer(y);
        float* mean = Memory.Pointer(channels.Mean), inverse = Memory.Pointer(channels.InverseStd);
        float* runMean = Memory.Pointer(channels.RunningMean), runVar = Memory.Pointer(channels.RunningVariance);
        float* gamma = Memory.Pointer(channels.Gamma), beta = Memory.Pointer(channels.Beta);
        long partWords = (long)NormStatisticsJob.PartRows * chunks * padded;
        float* parts = _partials.Floats(partWords + 6L * padded), scale = parts + partWords, shift = scale + padded;
        double* means = (double*)(shift + padded), squares = means + padded;
        if (shape.Mode == NormMode.Batch)
        {
            _pool.Run(chunks, new NormStatisticsJob(shape, xs, parts));
            MergeMoments(shape, parts, means, squares);
        }

        for (int c = 0; c < count; c++)
        {
            double m = runMean[c], v = runVar[c];
            if (shape.Mode == NormMode.Batch)
            {
                m = means[c];
                runMean[c] = (float)(runMean[c] + shape.Momentum * (m - runMean[c]));
                runVar[c] = (float)(runVar[c] + shape.Momentum * (squares[c] / (shape.Rows - 1) - runVar[c]));
                v = squares[c] / shape.Rows;
            }

            double s = 1 / Math.Sqrt(v + shape.Epsilon);
            (mean[c], inverse[c]) = ((float)m, (float)s);

            // (x - mean) * scale + shift; the shift carries what rounding took from the mean.
            scale[c] = (float)(s * gamma[c]);
            shift[c] = (float)(beta[c] + (mean[c] - m) * s * gamma[c]);
        }

        switch (shape.Relu, rs != null)
        {
            case (true, true):
                _pool.Run(chunks, new NormaliseJob<Yes, Yes>(shape, xs, rs, mean, scale, shift, ys));
                break;
            case (true, false):
                _pool.Run(chunks, new NormaliseJob<Yes, No>(shape, xs, rs, mean, scale, shift, ys));
                break;
            case (false, true):
                _pool.Run(chunks, new NormaliseJob<No, Yes>(shape, xs, rs, mean, scale, shift, ys));
                break;
            default:
                _pool.Run(chunks, new NormaliseJob<No, No>(shape, xs, rs, mean, scale, shift, ys));
                break;
        }
    }

    public override void NormBackward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta)
    {
        shape.Validate(x, y, dy, channels, dx, dresidual, dgamma, dbeta);
        int count = shape.Channels, padded = Lanes.Padded(count), chunks = Rows.Chunks(shape.Rows, count);
        float* xs = Memory.Pointer(x), ys = Memory.Pointer(y), ds = Memory.Pointer(dy);
        float* dxs = dx.IsNone ? null : Memory.Pointer(dx), drs = dresidual.IsNone ? null : Memory.Pointer(dresidual);
        float* mean = Memory.Pointer(channels.Mean), inverse = Memory.Pointer(channels.InverseStd), gamma = Memory.Pointer(channels.Gamma);
        float* dg = Memory.Pointer(dgamma), db = Memory.Pointer(dbeta);
        float* parts = _partials.Floats((2L * chunks + 7) * padded);
        float* slope = parts + 2L * chunks * padded, lean = slope + padded, level = lean + padded;
        double* sums = (double*)(level + padded), dots = sums + padded;
        if (shape.Relu)
            _pool.Run(chunks, new NormSumsJob<Yes>(shape, xs, ys, ds, mean, parts));
        else
            _pool.Run(chunks, new NormSumsJob<No>(shape, xs, ys, ds, mean, parts));
        new Span<double>(sums, 2 * padded).Clear();
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            float* sum = parts + 2L * chunk * padded, dot = sum + padded;
            for (int c = 0; c < count; c++)
            {
                sums[c] += sum[c];
                dots[c] += dot[c];
            }
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
            _pool.Run(chunks, new NormBackJob<Yes>(shape, xs, ys, ds, rows, dxs, into == Into.Add, drs, residualInto == Into.Add));
        else
            _pool.Run(chunks, new NormBackJob<No>(shape, xs, ys, ds, rows, dxs, into == Into.Add, drs, residualInto == Into.Add));
    }

    /// <summary>Means and sums of squared differences of the channels, from those of the chunks (Chan, Golub, LeVeque 1979), in their order.</summary>
    private static void MergeMoments(in NormShape shape, float* parts, double* means, double* squares)
    {
        int count = shape.Channels, padded = Lanes.Padded(count), chunks = Rows.Chunks(shape.Rows, count), per = Rows.PerChunk(count);
        new Span<double>(means, count).Clear();
        new Span<double>(squares, count).Clear();
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            float* mean = parts + (long)NormStatisticsJob.PartRows * chunk * padded;
            double rows = Math.Min(per, shape.Rows - chunk * per);
            for (int c = 0; c < count; c++)
                means[c] += mean[c] * rows;
        }

        for (int c = 0; c < count; c++)
            means[c] /= shape.Rows;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            float* mean = parts + (long)NormStatisticsJob.PartRows * chunk * padded, square = mean + padded;
            double rows = Math.Min(per, shape.Rows - chunk * per);
            for (int c = 0; c < count; c++)
            {
                double apart = mean[c] - means[c];
                squares[c] += square[c] + apart * apart * rows;
            }
        }
    }
}
