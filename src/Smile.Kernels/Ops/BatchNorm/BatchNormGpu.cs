using ILGPU;

namespace Smile.Kernels;

internal sealed partial class GpuBackend
{
    public void NormForward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y)
    {
        shape.Validate(x, residual, channels, y);
        NormArgs args = ArgsOf(shape, channels, Kernels.Moments.Words);
        args.X = Span(x);
        args.Residual = Span(residual);
        args.Y = Span(y);
        if (shape.Mode == NormMode.Batch)
        {
            runtime.Launch(NormKernels.BatchMoments, args.Columns.Tiles, args.Columns.Chunks, args);
            runtime.Launch(NormKernels.BatchStatistics, args.Columns.Tiles, 1, args);
        }
        else
        {
            Singles(NormKernels.RunningStatistics, shape.Channels, args);
        }

        Elements(NormKernels.Forward, y.Length, args);
    }

    public void NormBackward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta)
    {
        shape.Validate(x, y, dy, channels, dx, dresidual, dgamma, dbeta);
        NormArgs args = ArgsOf(shape, channels, 2);
        args.X = Span(x);
        args.Y = Span(y);
        args.Dy = Span(dy);
        args.Dx = Span(dx);
        args.Dresidual = Span(dresidual);
        args.Dgamma = Span(dgamma);
        args.Dbeta = Span(dbeta);
        args.Accumulate = Flag(into);
        args.AccumulateResidual = Flag(residualInto);
        runtime.Launch(NormKernels.BackwardPartials, args.Columns.Tiles, args.Columns.Chunks, args);
        runtime.Launch(NormKernels.BackwardTotals, args.Columns.Tiles, 1, args);
        if (!dx.IsNone || !dresidual.IsNone)
            Elements(NormKernels.Backward, x.Length, args);
    }

    private NormArgs ArgsOf(in NormShape shape, in NormPlaces channels, int partialWords) => new()
    {
        Columns = new Columns(shape.Rows, shape.Channels, runtime.Limits.GroupSize, _workspace, partialWords),
        Gamma = Span(channels.Gamma),
        Beta = Span(channels.Beta),
        RunningMean = Span(channels.RunningMean),
        RunningVariance = Span(channels.RunningVariance),
        Mean = Span(channels.Mean),
        InverseStd = Span(channels.InverseStd),
        Epsilon = shape.Epsilon,
        Momentum = shape.Momentum,
        Relu = Flag(shape.Relu),
        Batch = Flag(shape.Mode == NormMode.Batch),
    };
}

/// <summary>One struct for all kernels of the operation; what a pass does not use is empty.</summary>
internal struct NormArgs
{
    public Columns Columns;
    public GpuSpan X, Residual, Y, Dy, Dx, Dresidual;
    public GpuSpan Gamma, Beta, RunningMean, RunningVariance, Mean, InverseStd, Dgamma, Dbeta;
    public float Epsilon, Momentum;
    public int Relu, Batch, Accumulate, AccumulateResidual;
}

/// <summary>Number, mean and sum of squared deviations; two are combined as in Chan, Golub and LeVeque 1983.</summary>
internal struct Moments(float count, float mean, float deviations) : IPartial<Moments>
{
    public const int Words = 3;

    public float Count = count, Mean = mean, Deviations = deviations;

    public static Moments Combine(Moments a, Moments b)
    {
        if (a.Count == 0)
            return b;
        if (b.Count == 0)
            return a;
        float count = a.Count + b.Count, delta = b.Mean - a.Mean, share = b.Count / count;
        return new(count, a.Mean + delta * share, a.Deviations + b.Deviations + delta * delta * a.Count * share);
    }
}

internal static class NormKernels
{
    public static readonly GpuKernel<NormArgs> BatchMoments = new(NormBatchMoments, GpuKernel.AnyGroup);
    public static readonly GpuKernel<NormArgs> BatchStatistics = new(NormBatchStatistics, GpuKernel.AnyGroup);
    public static readonly GpuKernel<NormArgs> RunningStatistics = new(NormRunningStatistics, GpuKernel.AnyGroup);
    public static readonly GpuKernel<NormArgs> Forward = new(NormForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<NormArgs> BackwardPartials = new(NormBackwardPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<NormArgs> BackwardTotals = new(NormBackwardTotals, GpuKernel.AnyGroup);
    public static readonly GpuKernel<NormArgs> Backward = new(NormBackward, GpuKernel.AnyGroup);

    /// <summary>One pass over x. A thread sums distances from its first value, so that a large mean costs no digits.</summary>
    private static void NormBatchMoments(ArrayView<float> memory, NormArgs args)
    {
        int first = args.Columns.FirstRow, end = args.Columns.EndRow;
        Moments moments = default;
        if (first < end)
        {
            float origin = args.X.Load(memory, first * args.Columns.Count + args.Columns.Column), sum = 0, squares = 0;
            int rows = 0;
            for (int row = first; row < end; row += args.Columns.RowStep, rows++)
            {
                float distance = args.X.Load(memory, row * args.Columns.Count + args.Columns.Column) - origin;
                sum += distance;
                squares += distance * distance;
            }

            float mean = sum / rows;
            moments = new Moments(rows, origin + mean, squares - sum * mean);
        }

        args.Columns.Keep(memory, moments);
    }

    private static void NormBatchStatistics(ArrayView<float> memory, NormArgs args)
    {
        Moments total = args.Columns.Total<Moments>(memory);
        if (!args.Columns.IsFirst)
            return;
        int channel = args.Columns.Column;
        float deviations = total.Deviations < 0 ? 0 : total.Deviations;
        float runningMean = args.RunningMean.Load(memory, channel), runningVariance = args.RunningVariance.Load(memory, channel);
        args.RunningMean.Put(memory, channel, runningMean + args.Momentum * (total.Mean - runningMean), 0);
        args.RunningVariance.Put(memory, channel, runningVariance + args.Momentum * (deviations / (args.Columns.Rows - 1) - runningVariance), 0);
        args.Mean.Put(memory, channel, total.Mean, 0);
        args.InverseStd.Put(memory, channel, 1 / MathF.Sqrt(deviations / args.Columns.Rows + args.Epsilon), 0);
    }

    private static void NormRunningStatistics(ArrayView<float> memory, NormArgs args)
    {
        int channel = Element.Single;
        if (!Element.IsInside(channel, args.Mean.Length))
            return;
        args.Mean.Put(memory, channel, args.RunningMean.Load(memory, channel), 0);
        args.InverseStd.Put(memory, channel, 1 / MathF.Sqrt(args.RunningVariance.Load(memory, channel) + args.Epsilon), 0);
    }

    private static void NormForward(ArrayView<float> memory, NormArgs args)
    {
        int at = Element.FirstOfFour;
        if (!Element.IsInside(at, args.Y.Length))
            return;
        Float4 y = Normalised(memory, args, at) * args.Gamma.LoadChannels4(memory, at) + args.Beta.LoadChannels4(memory, at);
        if (args.Residual.Length > 0)
            y += args.Residual.Load4(memory, at);
        args.Y.Put4(memory, at, args.Relu != 0 ? y.Clamped() : y, 0);
    }

    private static void NormBackwardPartials(ArrayView<float> memory, NormArgs args)
    {
        int channel = args.Columns.Column;
        float sum = 0, dot = 0;
        if (args.Columns.FirstRow < args.Columns.EndRow)
        {
            float mean = args.Mean.Load(memory, channel), inverseStd = args.InverseStd.Load(memory, channel);
            for (int row = args.Columns.FirstRow; row < args.Columns.EndRow; row += args.Columns.RowStep)
            {
                int at = row * args.Columns.Count + channel;
                float dz = args.Relu != 0 && !(args.Y.Load(memory, at) > 0) ? 0 : args.Dy.Load(memory, at);
                sum += dz;
                dot += dz * ((args.X.Load(memory, at) - mean) * inverseStd);
            }
        }

        args.Columns.Keep(memory, new Sums(sum, dot));
    }

    private static void NormBackwardTotals(ArrayView<float> memory, NormArgs args)
    {
        Sums total = args.Columns.Total<Sums>(memory);
        if (!args.Columns.IsFirst)
            return;
        args.Dbeta.Put(memory, args.Columns.Column, total.First, 0);
        args.Dgamma.Put(memory, args.Columns.Column, total.Second, 0);
    }

    private static void NormBackward(ArrayView<float> memory, NormArgs args)
    {
        int at = Element.FirstOfFour;
        if (!Element.IsInside(at, args.X.Length))
            return;
        Float4 dz = args.Dy.Load4(memory, at);
        if (args.Relu != 0)
            dz = dz.WherePositive(args.Y.Load4(memory, at));
        if (args.Dresidual.Length > 0)
            args.Dresidual.Put4(memory, at, dz, args.AccumulateResidual);
        if (args.Dx.Length == 0)
            return;
        if (args.Batch != 0)
        {
            Float4 along = Normalised(memory, args, at) * args.Dgamma.LoadChannels4(memory, at) + args.Dbeta.LoadChannels4(memory, at);
            dz = Float4.MultiplyAdd(-1f / args.Columns.Rows, along, dz);
        }

        args.Dx.Put4(memory, at, args.Gamma.LoadChannels4(memory, at) * args.InverseStd.LoadChannels4(memory, at) * dz, args.Accumulate);
    }

    private static Float4 Normalised(ArrayView<float> memory, in NormArgs args, int at) =>
        (args.X.Load4(memory, at) - args.Mean.LoadChannels4(memory, at)) * args.InverseStd.LoadChannels4(memory, at);
}
