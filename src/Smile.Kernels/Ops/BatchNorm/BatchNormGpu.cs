using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.BatchNorm;

/// <summary>
/// Batch norm, with residual and ReLU: two launches for the statistics or the sums of the gradient, one for the elements.
/// </summary>
internal sealed class BatchNormGpu(GpuQueue queue)
{
    private readonly GpuWorkspace _partials = Columns.Workspace(queue, "batch norm", Moments.Words);

    public void Forward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y)
    {
        shape.Validate(x, residual, channels, y);
        NormArgs args = ArgsOf(shape, channels, Moments.Words);
        args.X = queue.Span(x);
        args.Residual = queue.Span(residual);
        args.Y = queue.Span(y);
        if (shape.Mode == NormMode.Batch)
        {
            queue.Launch(NormKernels.BatchMoments, args.Columns.Tiles, args.Columns.Chunks, args);
            queue.Launch(NormKernels.BatchStatistics, args.Columns.Tiles, 1, args);
        }
        else
        {
            queue.LaunchSingles(NormKernels.RunningStatistics, shape.Channels, args);
        }

        args.Tiles = Tiles(shape, args.Gamma, args.Beta, args.Mean, args.InverseStd, args.X, args.Residual, args.Y);
        queue.Launch(NormKernels.Forward, args.Tiles.RowGroups, args.Tiles.Across, args);
    }

    public void Backward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta)
    {
        shape.Validate(x, y, dy, channels, dx, dresidual, dgamma, dbeta);
        NormArgs args = ArgsOf(shape, channels, 2);
        args.X = queue.Span(x);
        args.Y = queue.Span(y);
        args.Dy = queue.Span(dy);
        args.Dx = queue.Span(dx);
        args.Dresidual = queue.Span(dresidual);
        args.Dgamma = queue.Span(dgamma);
        args.Dbeta = queue.Span(dbeta);
        args.Into = into;
        args.IntoResidual = residualInto;
        queue.Launch(NormKernels.BackwardPartials, args.Columns.Tiles, args.Columns.Chunks, args);
        queue.Launch(NormKernels.BackwardTotals, args.Columns.Tiles, 1, args);
        if (dx.IsNone && dresidual.IsNone)
            return;
        args.Tiles = Tiles(shape, args.Gamma, args.Dgamma, args.Dbeta, args.Mean, args.InverseStd, args.X, args.Y, args.Dy, args.Dx,
            args.Dresidual);
        queue.Launch(NormKernels.Backward, args.Tiles.RowGroups, args.Tiles.Across, args);
    }

    private ChannelTiles Tiles(in NormShape shape, params ReadOnlySpan<GpuSpan> operands)
    {
        bool inFloat4s = true;
        foreach (GpuSpan operand in operands)
            inFloat4s &= operand.Length == 0 || operand.Aligned != 0;
        return new ChannelTiles(shape.Rows, shape.Channels, inFloat4s, queue.GroupSize);
    }

    private NormArgs ArgsOf(in NormShape shape, in NormPlaces channels, int partialWords) => new()
    {
        Columns = new Columns(shape.Rows, shape.Channels, queue.GroupSize, _partials, partialWords),
        Gamma = queue.Span(channels.Gamma),
        Beta = queue.Span(channels.Beta),
        RunningMean = queue.Span(channels.RunningMean),
        RunningVariance = queue.Span(channels.RunningVariance),
        Mean = queue.Span(channels.Mean),
        InverseStd = queue.Span(channels.InverseStd),
        Epsilon = shape.Epsilon,
        Momentum = shape.Momentum,
        Relu = shape.Relu ? 1 : 0,
        Batch = shape.Mode == NormMode.Batch ? 1 : 0,
    };
}

/// <summary>One struct for all kernels of the operation; what a pass does not use is empty.</summary>
internal struct NormArgs
{
    public Columns Columns;
    public ChannelTiles Tiles;
    public GpuSpan X, Residual, Y, Dy, Dx, Dresidual;
    public GpuSpan Gamma, Beta, RunningMean, RunningVariance, Mean, InverseStd, Dgamma, Dbeta;
    public float Epsilon, Momentum;
    public int Relu, Batch;
    public Into Into, IntoResidual;
}

/// <summary>Number, mean and sum of squared deviations; two are combined as in Chan, Golub and LeVeque 1983.</summary>
internal struct Moments(float count, float mean, float deviations) : IPartial<Moments>
{
    public const int Words = 4;

    public float Count = count, Mean = mean, Deviations = deviations;
    public float Unused = 0; // four words are one access

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
            int rows = 1;
            for (int row = first + args.Columns.RowStep; row < end; row += args.Columns.RowStep, rows++)
            {
                float distance = args.X.Load(memory, row * args.Columns.Count + args.Columns.Column) - origin;
                sum += distance;
                squares += distance * distance;
            }

            float mean = sum / rows;
            moments = new Moments(rows, origin + mean, squares - sum * mean);
        }

        args.Columns.StorePartial(memory, moments);
    }

    private static void NormBatchStatistics(ArrayView<float> memory, NormArgs args)
    {
        Moments total = args.Columns.Total<Moments>(memory);
        if (!args.Columns.IsFirst)
            return;
        int channel = args.Columns.Column;
        float deviations = total.Deviations < 0 ? 0 : total.Deviations;
        float runningMean = args.RunningMean.Load(memory, channel), runningVariance = args.RunningVariance.Load(memory, channel);
        args.RunningMean.Store(memory, channel, runningMean + args.Momentum * (total.Mean - runningMean), Into.Set);
        args.RunningVariance.Store(memory, channel,
            runningVariance + args.Momentum * (deviations / (args.Columns.Rows - 1) - runningVariance), Into.Set);
        args.Mean.Store(memory, channel, total.Mean, Into.Set);
        args.InverseStd.Store(memory, channel, 1 / MathF.Sqrt(deviations / args.Columns.Rows + args.Epsilon), Into.Set);
    }

    private static void NormRunningStatistics(ArrayView<float> memory, NormArgs args)
    {
        int channel = Element.Single;
        if (!Element.IsInside(channel, args.Mean.Length))
            return;
        args.Mean.Store(memory, channel, args.RunningMean.Load(memory, channel), Into.Set);
        args.InverseStd.Store(memory, channel, 1 / MathF.Sqrt(args.RunningVariance.Load(memory, channel) + args.Epsilon), Into.Set);
    }

    private static void NormForward(ArrayView<float> memory, NormArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(4 * ChannelTiles.MaxWidth);
        int unit = args.Tiles.Unit;
        if (args.Tiles.IsFirst)
        {
            shared[unit] = args.Tiles.Load(memory, args.Mean, args.Tiles.Channel);
            shared[ChannelTiles.MaxWidth + unit] = args.Tiles.Load(memory, args.InverseStd, args.Tiles.Channel);
            shared[2 * ChannelTiles.MaxWidth + unit] = args.Tiles.Load(memory, args.Gamma, args.Tiles.Channel);
            shared[3 * ChannelTiles.MaxWidth + unit] = args.Tiles.Load(memory, args.Beta, args.Tiles.Channel);
        }

        Group.Barrier();
        int end = args.Tiles.EndRow;
        if (end == 0)
            return;
        Float4 mean = shared[unit], inverseStd = shared[ChannelTiles.MaxWidth + unit];
        Float4 gamma = shared[2 * ChannelTiles.MaxWidth + unit], beta = shared[3 * ChannelTiles.MaxWidth + unit];
        for (int row = args.Tiles.FirstRow; row < end; row += args.Tiles.RowStep)
        {
            int at = args.Tiles.At(row);
            Float4 y = (args.Tiles.Load(memory, args.X, at) - mean) * inverseStd * gamma + beta;
            if (args.Residual.Length > 0)
                y += args.Tiles.Load(memory, args.Residual, at);
            args.Tiles.Store(memory, args.Y, at, args.Relu != 0 ? y.Clamped() : y, Into.Set);
        }
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

        args.Columns.StorePartial(memory, new Sums(sum, dot));
    }

    private static void NormBackwardTotals(ArrayView<float> memory, NormArgs args)
    {
        Sums total = args.Columns.Total<Sums>(memory);
        if (!args.Columns.IsFirst)
            return;
        args.Dbeta.Store(memory, args.Columns.Column, total.First, Into.Set);
        args.Dgamma.Store(memory, args.Columns.Column, total.Second, Into.Set);
    }

    /// <summary>dx = gamma inverseStd (dz - (dbeta + xhat dgamma) / rows); the last term only in mode Batch.</summary>
    private static void NormBackward(ArrayView<float> memory, NormArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(5 * ChannelTiles.MaxWidth);
        int unit = args.Tiles.Unit;
        if (args.Tiles.IsFirst)
        {
            shared[unit] = args.Tiles.Load(memory, args.Mean, args.Tiles.Channel);
            shared[ChannelTiles.MaxWidth + unit] = args.Tiles.Load(memory, args.InverseStd, args.Tiles.Channel);
            shared[2 * ChannelTiles.MaxWidth + unit] = args.Tiles.Load(memory, args.Gamma, args.Tiles.Channel);
            shared[3 * ChannelTiles.MaxWidth + unit] = args.Tiles.Load(memory, args.Dgamma, args.Tiles.Channel);
            shared[4 * ChannelTiles.MaxWidth + unit] = args.Tiles.Load(memory, args.Dbeta, args.Tiles.Channel);
        }

        Group.Barrier();
        int end = args.Tiles.EndRow;
        if (end == 0)
            return;
        Float4 mean = shared[unit], inverseStd = shared[ChannelTiles.MaxWidth + unit],
            slope = shared[2 * ChannelTiles.MaxWidth + unit] * inverseStd;
        Float4 dgamma = shared[3 * ChannelTiles.MaxWidth + unit], dbeta = shared[4 * ChannelTiles.MaxWidth + unit];
        for (int row = args.Tiles.FirstRow; row < end; row += args.Tiles.RowStep)
        {
            int at = args.Tiles.At(row);
            Float4 dz = args.Tiles.Load(memory, args.Dy, at);
            if (args.Relu != 0)
                dz = dz.WherePositive(args.Tiles.Load(memory, args.Y, at));
            if (args.Dresidual.Length > 0)
                args.Tiles.Store(memory, args.Dresidual, at, dz, args.IntoResidual);
            if (args.Dx.Length == 0)
                continue;
            if (args.Batch != 0)
            {
                Float4 along = (args.Tiles.Load(memory, args.X, at) - mean) * inverseStd * dgamma + dbeta;
                dz = Float4.MultiplyAdd(-1f / args.Columns.Rows, along, dz);
            }

            args.Tiles.Store(memory, args.Dx, at, slope * dz, args.Into);
        }
    }
}
