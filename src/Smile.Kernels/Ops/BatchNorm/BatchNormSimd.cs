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
        float* parts = _partials.Floats((2L * chunks + 2) * padded), scale = parts + 2L * chunks * padded, shift = scale + padded;
        if (shape.Mode == NormMode.Batch)
            _pool.Run(chunks, new NormStatisticsJob(shape, xs, parts));
        for (int c = 0; c < count; c++)
        {
            double m = runMean[c], v = runVar[c];
            if (shape.Mode == NormMode.Batch)
            {
                double squares = MergeMoments(shape, parts, c, out m);
                runMean[c] = (float)(runMean[c] + shape.Momentum * (m - runMean[c]));
                runVar[c] = (float)(runVar[c] + shape.Momentum * (squares / (shape.Rows - 1) - runVar[c]));
                v = squares / shape.Rows;
            }

            double s = 1 / Math.Sqrt(v + shape.Epsilon);
            (mean[c], inverse[c]) = ((float)m, (float)s);

            // (x - mean) * scale + shift; the shift carries what rounding took from the mean.
            scale[c] = (float)(s * gamma[c]);
            shift[c] = (float)(beta[c] + (mean[c] - m) * s * gamma[c]);
        }

        _pool.Run(chunks, new NormaliseJob(shape, xs, rs, mean, scale, shift, ys));
    }

    public override void NormBackward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta)
    {
        shape.Validate(x, y, dy, channels, dx, dresidual, dgamma, dbeta);
        int count = shape.Channels, padded = Lanes.Padded(count), chunks = Rows.Chunks(shape.Rows, count);
        float* xs = Memory.Pointer(x), ys = shape.Relu ? Memory.Pointer(y) : null, ds = Memory.Pointer(dy);
        float* dxs = dx.IsNone ? null : Memory.Pointer(dx), drs = dresidual.IsNone ? null : Memory.Pointer(dresidual);
        float* mean = Memory.Pointer(channels.Mean), inverse = Memory.Pointer(channels.InverseStd), gamma = Memory.Pointer(channels.Gamma);
        float* dg = Memory.Pointer(dgamma), db = Memory.Pointer(dbeta);
        float* parts = _partials.Floats((2L * chunks + 3) * padded);
        float* slope = parts + 2L * chunks * padded, lean = slope + padded, level = lean + padded;
        _pool.Run(chunks, new NormSumsJob(shape, xs, ys, ds, mean, parts));
        for (int c = 0; c < count; c++)
        {
            double sum = 0, dot = 0;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                sum += parts[2L * chunk * padded + c];
                dot += parts[(2L * chunk + 1) * padded + c];
            }

            dot *= inverse[c];
            (db[c], dg[c]) = ((float)sum, (float)dot);

            // dx = slope * dz + lean * (x - mean) + level
            double factor = (double)gamma[c] * inverse[c];
            slope[c] = (float)factor;
            lean[c] = shape.Mode == NormMode.Batch ? (float)(-factor * inverse[c] * dot / shape.Rows) : 0;
            level[c] = shape.Mode == NormMode.Batch ? (float)(-factor * sum / shape.Rows) : 0;
        }

        if (dxs != null || drs != null)
            _pool.Run(chunks, new NormBackJob(shape, xs, ys, ds, mean, slope, lean, level, dxs, into == Into.Add, drs,
                residualInto == Into.Add));
    }

    /// <summary>
    /// Mean and sum of squared differences of one channel, from those of the chunks (Chan, Golub, LeVeque 1979), in their
    /// order.
    /// </summary>
    private static double MergeMoments(in NormShape shape, float* parts, int channel, out double mean)
    {
        int padded = Lanes.Padded(shape.Channels), chunks = Rows.Chunks(shape.Rows, shape.Channels), per = Rows.PerChunk(shape.Channels);
        double sum = 0, squares = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
            sum += (double)parts[2L * chunk * padded + channel] * Math.Min(per, shape.Rows - chunk * per);
        mean = sum / shape.Rows;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            double apart = parts[2L * chunk * padded + channel] - mean;
            squares += parts[(2L * chunk + 1) * padded + channel] + apart * apart * Math.Min(per, shape.Rows - chunk * per);
        }

        return squares;
    }
}
