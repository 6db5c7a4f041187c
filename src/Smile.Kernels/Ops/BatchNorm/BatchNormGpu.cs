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

    public void Forward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y, Place packed)
    {
        shape.Validate(x, residual, channels, y);
        NormArgs args = ArgsOf(shape, channels);
        args.X = queue.Span(x);
        args.Residual = queue.Span(residual);
        args.Y = queue.Span(y);
        args.Packed = Packed(shape, packed, y, Into.Set);
        if (shape.Mode == NormMode.Batch)
        {
            Reduce(NormKernels.BatchMoments, NormKernels.BatchStatistics, shape, Moments.Words, Tiles(shape, args.X), ref args);
        }
        else
        {
            queue.LaunchSingles(NormKernels.RunningStatistics, shape.Channels, args);
        }

        args.Tiles = Tiles(shape, args.Gamma, args.Beta, args.Mean, args.InverseStd, args.X, args.Residual, args.Y);
        queue.Launch(NormKernels.Forward, args.Tiles.RowGroups, args.Tiles.Across, args);
    }

    public void Backward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta, Place packed)
    {
        shape.Validate(x, y, dy, channels, dx, dresidual, dgamma, dbeta);
        NormArgs args = ArgsOf(shape, channels);
        args.X = queue.Span(x);
        args.Y = queue.Span(y);
        args.Dy = queue.Span(dy);
        args.Dx = queue.Span(dx);
        args.Dresidual = queue.Span(dresidual);
        args.Dgamma = queue.Span(dgamma);
        args.Dbeta = queue.Span(dbeta);
        args.Into = into;
        args.IntoResidual = residualInto;
        args.Packed = Packed(shape, packed, dx, into);
        Reduce(NormKernels.BackwardPartials, NormKernels.BackwardTotals, shape, 2,
            Tiles(shape, args.X, args.Y, args.Dy, args.Mean, args.InverseStd), ref args);
        if (dx.IsNone && dresidual.IsNone)
            return;
        args.Tiles = Tiles(shape, args.Gamma, args.Dgamma, args.Dbeta, args.Mean, args.InverseStd, args.X, args.Y, args.Dy, args.Dx,
            args.Dresidual);
        queue.Launch(NormKernels.Backward, args.Tiles.RowGroups, args.Tiles.Across, args);
    }

    /// <summary>A partial a group of rows and channel, then their totals.</summary>
    private void Reduce(GpuKernel<NormArgs> partials, GpuKernel<NormArgs> totals, in NormShape shape, int partialWords, ChannelTiles tiles,
        ref NormArgs args)
    {
        args.Tiles = tiles.ForReduction(queue.GroupSize);
        int groups = args.Tiles.RowGroups;
        args.Totals = new Columns(shape.Rows, shape.Channels, groups, queue.GroupSize,
            _partials.Part(0, (long)groups * shape.Channels * partialWords));
        queue.Launch(partials, groups, args.Tiles.Across, args);
        queue.Launch(totals, args.Totals.Tiles, 1, args);
    }

    /// <summary>Where a tensor goes once more as pairs of bfloat16.</summary>
    private GpuSpan Packed(in NormShape shape, Place packed, Place tensor, Into into)
    {
        Check.Optional(packed, shape.Count / 2);
        Check.Apart(packed, tensor);
        GpuSpan span = queue.Span(packed);
        if (!packed.IsNone && (into == Into.Add || shape.Channels % 4 != 0 || span.Aligned == 0))
            throw new ArgumentException($"{packed} cannot hold a tensor of {shape.Channels} channels packed, {into}.", nameof(packed));
        return span;
    }

    private ChannelTiles Tiles(in NormShape shape, params ReadOnlySpan<GpuSpan> operands)
    {
        bool inFloat4s = true;
        foreach (GpuSpan operand in operands)
            inFloat4s &= operand.Length == 0 || operand.Aligned != 0;
        return new ChannelTiles(shape.Rows, shape.Channels, inFloat4s, queue.GroupSize);
    }

    private NormArgs ArgsOf(in NormShape shape, in NormPlaces channels) => new()
    {
        Rows = shape.Rows,
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
    public Columns Totals;
    public ChannelTiles Tiles;
    public GpuSpan X, Residual, Y, Dy, Dx, Dresidual, Packed;
    public GpuSpan Gamma, Beta, RunningMean, RunningVariance, Mean, InverseStd, Dgamma, Dbeta;
    public float Epsilon, Momentum;
    public int Rows, Relu, Batch;
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

    /// <summary>One pass over x. A thread sums distances from its first row, so that a large mean costs no digits.</summary>
    private static void NormBatchMoments(ArrayView<float> memory, NormArgs args)
    {
        int first = args.Tiles.FirstRow, end = args.Tiles.EndRow, step = args.Tiles.RowStep;
        Float4 sum = default, squares = default;
        Tile4x4 x = default;
        if (first < end)
            x = args.Tiles.LoadFour(memory, args.X, first, end);
        Float4 origin = x.Row0;
        for (int row = first; row < end; row += args.Tiles.FourStep)
        {
            if (row > first)
                x = args.Tiles.LoadFour(memory, args.X, row, end);
            AddDistance(x.Row0 - origin, row < end, ref sum, ref squares);
            AddDistance(x.Row1 - origin, row + step < end, ref sum, ref squares);
            AddDistance(x.Row2 - origin, row + 2 * step < end, ref sum, ref squares);
            AddDistance(x.Row3 - origin, row + 3 * step < end, ref sum, ref squares);
        }

        Four<Moments> moments = default;
        if (first < end)
        {
            int rows = (end - first + step - 1) / step;
            moments = new Four<Moments>(Of(rows, origin.X, sum.X, squares.X), Of(rows, origin.Y, sum.Y, squares.Y),
                Of(rows, origin.Z, sum.Z, squares.Z), Of(rows, origin.W, sum.W, squares.W));
        }

        args.Tiles.StorePartial(memory, args.Totals.Partials, moments);
    }

    private static void AddDistance(Float4 distance, bool exists, ref Float4 sum, ref Float4 squares)
    {
        Float4 counted = exists ? distance : default;
        sum += counted;
        squares += counted * counted;
    }

    private static Moments Of(int rows, float origin, float sum, float squares)
    {
        float mean = sum / rows;
        return new Moments(rows, origin + mean, squares - sum * mean);
    }

    private static void NormBatchStatistics(ArrayView<float> memory, NormArgs args)
    {
        Moments total = args.Totals.Total<Moments>(memory);
        if (!args.Totals.IsFirst)
            return;
        int channel = args.Totals.Column;
        float deviations = total.Deviations < 0 ? 0 : total.Deviations;
        float runningMean = args.RunningMean.Load(memory, channel), runningVariance = args.RunningVariance.Load(memory, channel);
        args.RunningMean.Store(memory, channel, runningMean + args.Momentum * (total.Mean - runningMean), Into.Set);
        args.RunningVariance.Store(memory, channel,
            runningVariance + args.Momentum * (deviations / (args.Rows - 1) - runningVariance), Into.Set);
        args.Mean.Store(memory, channel, total.Mean, Into.Set);
        args.InverseStd.Store(memory, channel, 1 / MathF.Sqrt(deviations / args.Rows + args.Epsilon), Into.Set);
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
        int row = args.Tiles.FirstRow, end = args.Tiles.EndRow;
        if (row >= end)
            return;
        Tile4x4 y = args.Tiles.LoadFour(memory, args.X, row, end), residual = default;
        if (args.Residual.Length > 0)
            residual = args.Tiles.LoadFour(memory, args.Residual, row, end);
        Float4 mean = shared[unit], inverseStd = shared[ChannelTiles.MaxWidth + unit];
        Float4 gamma = shared[2 * ChannelTiles.MaxWidth + unit], beta = shared[3 * ChannelTiles.MaxWidth + unit];
        y.Row0 = (y.Row0 - mean) * inverseStd * gamma + beta;
        y.Row1 = (y.Row1 - mean) * inverseStd * gamma + beta;
        y.Row2 = (y.Row2 - mean) * inverseStd * gamma + beta;
        y.Row3 = (y.Row3 - mean) * inverseStd * gamma + beta;
        if (args.Residual.Length > 0)
            y.Add(residual);
        if (args.Relu != 0)
            y = new Tile4x4 { Row0 = y.Row0.Clamped(), Row1 = y.Row1.Clamped(), Row2 = y.Row2.Clamped(), Row3 = y.Row3.Clamped() };
        args.Tiles.StoreFour(memory, args.Y, row, end, y, Into.Set);
        args.Tiles.StorePacked(memory, args.Packed, row, end, y);
    }

    private static void NormBackwardPartials(ArrayView<float> memory, NormArgs args)
    {
        int first = args.Tiles.FirstRow, end = args.Tiles.EndRow, step = args.Tiles.RowStep;
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * ChannelTiles.MaxWidth);
        if (args.Tiles.IsFirst)
        {
            shared[args.Tiles.Unit] = args.Tiles.Load(memory, args.Mean, args.Tiles.Channel);
            shared[ChannelTiles.MaxWidth + args.Tiles.Unit] = args.Tiles.Load(memory, args.InverseStd, args.Tiles.Channel);
        }

        Group.Barrier();
        Float4 sum = default, dot = default, mean = default, inverseStd = default;
        if (first < end)
        {
            mean = shared[args.Tiles.Unit];
            inverseStd = shared[ChannelTiles.MaxWidth + args.Tiles.Unit];
        }

        for (int row = first; row < end; row += args.Tiles.FourStep)
        {
            Tile4x4 dz = args.Tiles.LoadFour(memory, args.Dy, row, end), x = args.Tiles.LoadFour(memory, args.X, row, end);
            if (args.Relu != 0)
                dz = WherePositive(dz, args.Tiles.LoadFour(memory, args.Y, row, end));
            AddGradient(dz.Row0, (x.Row0 - mean) * inverseStd, row < end, ref sum, ref dot);
            AddGradient(dz.Row1, (x.Row1 - mean) * inverseStd, row + step < end, ref sum, ref dot);
            AddGradient(dz.Row2, (x.Row2 - mean) * inverseStd, row + 2 * step < end, ref sum, ref dot);
            AddGradient(dz.Row3, (x.Row3 - mean) * inverseStd, row + 3 * step < end, ref sum, ref dot);
        }

        args.Tiles.StorePartial(memory, args.Totals.Partials, new Four<Sums>(new Sums(sum.X, dot.X), new Sums(sum.Y, dot.Y),
            new Sums(sum.Z, dot.Z), new Sums(sum.W, dot.W)));
    }

    private static void AddGradient(Float4 dz, Float4 xhat, bool exists, ref Float4 sum, ref Float4 dot)
    {
        Float4 counted = exists ? dz : default;
        sum += counted;
        dot += counted * xhat;
    }

    private static Tile4x4 WherePositive(in Tile4x4 dz, in Tile4x4 y) => new()
    {
        Row0 = dz.Row0.WherePositive(y.Row0),
        Row1 = dz.Row1.WherePositive(y.Row1),
        Row2 = dz.Row2.WherePositive(y.Row2),
        Row3 = dz.Row3.WherePositive(y.Row3),
    };

    private static void NormBackwardTotals(ArrayView<float> memory, NormArgs args)
    {
        Sums total = args.Totals.Total<Sums>(memory);
        if (!args.Totals.IsFirst)
            return;
        args.Dbeta.Store(memory, args.Totals.Column, total.First, Into.Set);
        args.Dgamma.Store(memory, args.Totals.Column, total.Second, Into.Set);
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
        int row = args.Tiles.FirstRow, end = args.Tiles.EndRow;
        if (row >= end)
            return;
        Tile4x4 dz = args.Tiles.LoadFour(memory, args.Dy, row, end), x = default;
        if (args.Dx.Length > 0 && args.Batch != 0)
            x = args.Tiles.LoadFour(memory, args.X, row, end);
        if (args.Relu != 0)
            dz = WherePositive(dz, args.Tiles.LoadFour(memory, args.Y, row, end));
        if (args.Dresidual.Length > 0)
            args.Tiles.StoreFour(memory, args.Dresidual, row, end, dz, args.IntoResidual);
        if (args.Dx.Length == 0)
            return;
        Float4 mean = shared[unit], inverseStd = shared[ChannelTiles.MaxWidth + unit],
            slope = shared[2 * ChannelTiles.MaxWidth + unit] * inverseStd;
        Float4 dgamma = shared[3 * ChannelTiles.MaxWidth + unit], dbeta = shared[4 * ChannelTiles.MaxWidth + unit];
        if (args.Batch != 0)
        {
            float share = -1f / args.Rows;
            dz = new Tile4x4
            {
                Row0 = Float4.MultiplyAdd(share, (x.Row0 - mean) * inverseStd * dgamma + dbeta, dz.Row0),
                Row1 = Float4.MultiplyAdd(share, (x.Row1 - mean) * inverseStd * dgamma + dbeta, dz.Row1),
                Row2 = Float4.MultiplyAdd(share, (x.Row2 - mean) * inverseStd * dgamma + dbeta, dz.Row2),
                Row3 = Float4.MultiplyAdd(share, (x.Row3 - mean) * inverseStd * dgamma + dbeta, dz.Row3),
            };
        }

        var dx = new Tile4x4 { Row0 = slope * dz.Row0, Row1 = slope * dz.Row1, Row2 = slope * dz.Row2, Row3 = slope * dz.Row3 };
        args.Tiles.StoreFour(memory, args.Dx, row, end, dx, args.Into);
        args.Tiles.StorePacked(memory, args.Packed, row, end, dx);
    }
}
