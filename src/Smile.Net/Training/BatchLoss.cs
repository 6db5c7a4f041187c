using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Settings;
using Smile.Net.Tensors;

namespace Smile.Net.Training;

/// <summary>
/// The loss of a method over a batch: what it reads of the labels and where that lies on the device, the operation between the network's
/// passes, and what the host makes of its sums. Nothing is allocated once it is made.
/// </summary>
internal abstract class BatchLoss
{
    /// <summary>The loss that the settings ask for.</summary>
    public static BatchLoss Of(RunSettings settings, int organs)
    {
        TrainSettings train = settings.Train;
        int pixels = new Shape(train.Batch, train.Size, train.Size, 1).Rows;
        bool paper = train is { Loss: Losses.Bce, LossNorm: LossNorms.All };
        if (train.Method == Methods.Baseline)
            return paper ? new CrossEntropy(organs, pixels) : new Softmax(organs, pixels, Losses.Terms(train));
        return paper ? new ResizedBce(organs, train.Size, pixels) : new Masked(organs, train.Batch, pixels, Losses.Terms(train));
    }

    /// <summary>The size of logits that it reads.</summary>
    public abstract LogitsSize Logits { get; }

    /// <summary>Mean loss over the known pixels of each organ in the last batch; empty for the baseline.</summary>
    public ReadOnlyMemory<float> OrganLoss => OrganLosses;

    /// <summary>Of the regions in the last batch, without its weight; NaN where the loss has no such part.</summary>
    public double RegionLoss { get; protected set; } = double.NaN;

    protected float[] OrganLosses { get; init; } = [];

    /// <summary>Takes places for labels and sums.</summary>
    public abstract void Plan(ArenaPlan plan);

    /// <summary>Arrays for what is read of a batch.</summary>
    /// <param name="slices">Channels of its images.</param>
    public abstract Batch NewBatch(int slices);

    /// <summary>Copies the labels of a batch to the device.</summary>
    public abstract void Write(IBackend backend, Batch batch);

    /// <summary>Queues the loss of the network's logits and their gradient.</summary>
    public abstract void Queue(Network network);

    /// <summary>Waits for the sums and makes the batch's loss of them.</summary>
    public abstract double Read(IBackend backend);

    /// <summary>Labels and sums of sigmoids.</summary>
    private abstract class Sigmoids(int pixels) : BatchLoss
    {
        protected int Pixels { get; } = pixels;

        protected Place IsOrgan { get; private set; }

        protected Place IsKnown { get; private set; }

        public override void Plan(ArenaPlan plan)
        {
            IsOrgan = plan.Take(Arena.Batch, Pixels);
            IsKnown = plan.Take(Arena.Batch, Pixels);
        }

        public override Batch NewBatch(int slices) =>
            new(new float[Pixels * slices], new uint[Pixels], new uint[Pixels], [], []);

        public override void Write(IBackend backend, Batch batch)
        {
            backend.Write(IsOrgan, batch.IsOrgan);
            backend.Write(IsKnown, batch.IsKnown);
        }
    }

    /// <summary>The paper's: cross-entropy over all pixels, of logits as small as they are.</summary>
    private sealed class ResizedBce : Sigmoids
    {
        private readonly float[] _sums;
        private readonly uint[] _counts;
        private readonly int _size;
        private Place _sumsAt, _countsAt;

        public ResizedBce(int organs, int size, int pixels)
            : base(pixels)
        {
            (_sums, _counts, _size) = (new float[organs], new uint[organs], size);
            OrganLosses = new float[organs];
        }

        public override LogitsSize Logits => LogitsSize.Features;

        public override void Plan(ArenaPlan plan)
        {
            base.Plan(plan);
            _sumsAt = plan.Take(Arena.Batch, _sums.Length);
            _countsAt = plan.Take(Arena.Batch, _counts.Length);
        }

        public override void Queue(Network network)
        {
            Shape logits = network.LogitsShape;
            var shape = new ResizedBceShape(logits.Batch, logits.Height, logits.Width, _size, _size, _sums.Length, 1f / Pixels);
            network.Backend.ResizedBce(shape, network.Logits, IsOrgan, IsKnown, _sumsAt, _countsAt, network.LogitsGradient);
        }

        public override double Read(IBackend backend)
        {
            backend.Read(_sumsAt, _sums);
            backend.Read(_countsAt, _counts);
            double sum = 0;
            for (int k = 0; k < _sums.Length; k++)
            {
                sum += _sums[k];
                OrganLosses[k] = _sums[k] / Math.Max(1, _counts[k]);
            }

            return sum / Pixels;
        }
    }

    /// <summary>Any other loss of sigmoids.</summary>
    private sealed class Masked : Sigmoids
    {
        private readonly LossSums[] _sums;
        private readonly LossCounts[] _counts;
        private readonly MaskedLossShape _shape;
        private Place _annotated, _sumsAt, _countsAt;

        public Masked(int organs, int batch, int pixels, LossTerms terms)
            : base(pixels)
        {
            (_sums, _counts, _shape) = (new LossSums[organs], new LossCounts[organs],
                new MaskedLossShape(batch, pixels / batch, organs, terms));
            OrganLosses = new float[organs];
        }

        public override LogitsSize Logits => LogitsSize.Image;

        public override void Plan(ArenaPlan plan)
        {
            base.Plan(plan);
            _annotated = plan.Take(Arena.Batch, _shape.Batch);
            _sumsAt = plan.Take(Arena.Batch, LossSums.Words * _sums.Length);
            _countsAt = plan.Take(Arena.Batch, LossCounts.Words * _counts.Length);
        }

        public override Batch NewBatch(int slices) => base.NewBatch(slices) with { Annotated = new uint[_shape.Batch] };

        public override void Write(IBackend backend, Batch batch)
        {
            base.Write(backend, batch);
            backend.Write(_annotated, batch.Annotated);
        }

        public override void Queue(Network network) =>
            network.Backend.MaskedLoss(_shape, network.Logits, IsOrgan, IsKnown, _annotated, _sumsAt, _countsAt, network.LogitsGradient);

        public override double Read(IBackend backend)
        {
            backend.Read(_sumsAt, MemoryMarshal.Cast<LossSums, float>(_sums.AsSpan()));
            backend.Read(_countsAt, MemoryMarshal.Cast<LossCounts, uint>(_counts.AsSpan()));
            for (int k = 0; k < _sums.Length; k++)
                OrganLosses[k] = _sums[k].Loss / Math.Max(1, _counts[k].Known);
            if (_shape.Terms.RegionWeight > 0)
                RegionLoss = _shape.Terms.Region(_sums, _counts);
            return _shape.Terms.Value(_sums, _counts, Pixels);
        }
    }

    /// <summary>Labels of the baseline: a class a pixel.</summary>
    private abstract class OneLabel(int pixels) : BatchLoss
    {
        public override LogitsSize Logits => LogitsSize.Image;

        protected int Pixels { get; } = pixels;

        protected Place Classes { get; private set; }

        public override void Plan(ArenaPlan plan) => Classes = plan.Take(Arena.Batch, Pixels);

        public override Batch NewBatch(int slices) => new(new float[Pixels * slices], [], [], new uint[Pixels], []);

        public override void Write(IBackend backend, Batch batch) => backend.Write(Classes, batch.Classes);
    }

    /// <summary>The baseline's: cross-entropy over all pixels.</summary>
    private sealed class CrossEntropy(int organs, int pixels) : OneLabel(pixels)
    {
        private readonly float[] _sum = new float[1];
        private Place _sumAt, _countAt;

        public override void Plan(ArenaPlan plan)
        {
            base.Plan(plan);
            _sumAt = plan.Take(Arena.Batch, 1);
            _countAt = plan.Take(Arena.Batch, 1);
        }

        public override void Queue(Network network) =>
            network.Backend.SoftmaxCrossEntropy(new SoftmaxShape(Pixels, organs + 1, 1f / Pixels),
            network.Logits, Classes, _sumAt, _countAt, network.LogitsGradient);

        public override double Read(IBackend backend)
        {
            backend.Read(_sumAt, _sum);
            return _sum[0] / (double)Pixels;
        }
    }

    /// <summary>Any other loss of the baseline.</summary>
    private sealed class Softmax(int organs, int pixels, LossTerms terms) : OneLabel(pixels)
    {
        private readonly LossSums[] _sums = new LossSums[organs + 1];
        private readonly LossCounts[] _counts = new LossCounts[organs + 1];
        private readonly SoftmaxLossShape _shape = new(pixels, organs + 1, terms);
        private Place _sumsAt, _countsAt;

        public override void Plan(ArenaPlan plan)
        {
            base.Plan(plan);
            _sumsAt = plan.Take(Arena.Batch, LossSums.Words * _sums.Length);
            _countsAt = plan.Take(Arena.Batch, LossCounts.Words * _counts.Length);
        }

        public override void Queue(Network network) =>
            network.Backend.SoftmaxLoss(_shape, network.Logits, Classes, _sumsAt, _countsAt, network.LogitsGradient);

        public override double Read(IBackend backend)
        {
            backend.Read(_sumsAt, MemoryMarshal.Cast<LossSums, float>(_sums.AsSpan()));
            backend.Read(_countsAt, MemoryMarshal.Cast<LossCounts, uint>(_counts.AsSpan()));
            if (_shape.Terms.RegionWeight > 0)
                RegionLoss = _shape.Terms.Region(_sums, _counts);
            return _shape.Terms.Value(_sums, _counts, Pixels);
        }
    }
}
