using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
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
/// The loss of a method over a leaf of a batch: what it reads of the labels and where that lies on the device, the operation between the
/// network's passes, the leaf's sums, and what the host makes of those of all leaves. Nothing is allocated once it is made.
/// </summary>
internal abstract class BatchLoss
{
    /// <summary>The loss that the settings ask for.</summary>
    public static BatchLoss Of(RunSettings settings, int organs)
    {
        TrainSettings train = settings.Train;
        int slices = train.LeafSlices, pixels = new Shape(slices, train.Size, train.Size, 1).Rows;
        bool paper = train is { Loss: Losses.Bce, LossNorm: LossNorms.All };
        if (train.Method == Methods.Baseline)
            return paper ? new CrossEntropy(organs, pixels) : new Softmax(organs, pixels, Losses.Terms(train));
        return paper ? new ResizedBce(organs, train.Size, pixels) : new Masked(organs, slices, pixels, Losses.Terms(train));
    }

    /// <summary>The size of logits that it reads.</summary>
    public abstract LogitsSize Logits { get; }

    /// <summary>Numbers of a leaf that <see cref="Read"/> gives: its loss, its regions' loss, and of each organ two.</summary>
    public int Sums => FirstOrgan + 2 * OrganLosses.Length;

    private const int FirstOrgan = 2;

    /// <summary>Mean loss over the known pixels of each organ in the last batch; empty for the baseline.</summary>
    public ReadOnlyMemory<float> OrganLoss => OrganLosses;

    /// <summary>Of the regions in the last batch, without its weight; NaN where the loss has no such part.</summary>
    public double RegionLoss { get; protected set; } = double.NaN;

    protected float[] OrganLosses { get; init; } = [];

    /// <summary>Takes places for labels and sums.</summary>
    public abstract void Plan(ArenaPlan plan);

    /// <summary>Arrays for what is read of a batch.</summary>
    /// <param name="slices">Channels of its images.</param>
    /// <param name="leaves">Of the batch.</param>
    public abstract Batch NewBatch(int slices, int leaves);

    /// <summary>Copies the labels of a leaf to the device.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="batch">Has them.</param>
    /// <param name="leaf">Which of the batch.</param>
    public abstract void Write(IBackend backend, Batch batch, int leaf);

    /// <summary>Queues the loss of the network's logits and their gradient.</summary>
    public abstract void Queue(Network network);

    /// <summary>Waits for a leaf's sums.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="sums"><see cref="Sums"/> numbers, overwritten.</param>
    public abstract void Read(IBackend backend, Span<double> sums);

    /// <summary>The loss of a batch: the mean over its leaves.</summary>
    /// <param name="sums">The leaves' sums, added.</param>
    /// <param name="leaves">How many there are.</param>
    public virtual double Of(ReadOnlySpan<double> sums, int leaves)
    {
        for (int k = 0; k < OrganLosses.Length; k++)
            OrganLosses[k] = (float)sums[FirstOrgan + 2 * k] / Math.Max(1, (float)sums[FirstOrgan + 2 * k + 1]);
        return sums[0] / leaves;
    }

    /// <summary>What the two numbers of an organ are: its loss over known pixels, and how many those are.</summary>
    private static void SetOrgan(Span<double> sums, int organ, float loss, uint known) =>
        (sums[FirstOrgan + 2 * organ], sums[FirstOrgan + 2 * organ + 1]) = (loss, known);

    private static void SetLosses(
        Span<double> sums, LossTerms terms, ReadOnlySpan<LossSums> ofOrgans, ReadOnlySpan<LossCounts> counts, int pixels)
    {
        sums[0] = terms.Value(ofOrgans, counts, pixels);
        sums[1] = terms.RegionWeight > 0 ? terms.Region(ofOrgans, counts) : 0;
    }

    private static double RegionOf(LossTerms terms, ReadOnlySpan<double> sums, int leaves) =>
        terms.RegionWeight > 0 ? sums[1] / leaves : double.NaN;

    /// <summary>Labels and sums of sigmoids.</summary>
    private abstract class Sigmoids(int organs, int pixels) : BatchLoss
    {
        protected int Pixels { get; } = pixels;

        /// <summary>Mask words of a pixel.</summary>
        protected int Words { get; } = MaskWords.Of(organs);

        private int Masks => Words * Pixels;

        protected Place IsOrgan { get; private set; }

        protected Place IsKnown { get; private set; }

        public override void Plan(ArenaPlan plan)
        {
            IsOrgan = plan.Take(Arena.Batch, Masks);
            IsKnown = plan.Take(Arena.Batch, Masks);
        }

        public override Batch NewBatch(int slices, int leaves) =>
            new(new float[leaves * Pixels * slices], new uint[leaves * Masks], new uint[leaves * Masks], [], []);

        public override void Write(IBackend backend, Batch batch, int leaf)
        {
            backend.Write(IsOrgan, batch.IsOrgan.AsSpan(leaf * Masks, Masks));
            backend.Write(IsKnown, batch.IsKnown.AsSpan(leaf * Masks, Masks));
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
            : base(organs, pixels)
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

        public override void Read(IBackend backend, Span<double> sums)
        {
            backend.Read(_sumsAt, _sums);
            backend.Read(_countsAt, _counts);
            double sum = 0;
            for (int k = 0; k < _sums.Length; k++)
            {
                sum += _sums[k];
                SetOrgan(sums, k, _sums[k], _counts[k]);
            }

            sums[0] = sum / Pixels;
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
            : base(organs, pixels)
        {
            (_sums, _counts, _shape) = (new LossSums[organs], new LossCounts[organs],
                new MaskedLossShape(batch, pixels / batch, organs, terms));
            OrganLosses = new float[organs];
        }

        public override LogitsSize Logits => LogitsSize.Image;

        public override void Plan(ArenaPlan plan)
        {
            base.Plan(plan);
            _annotated = plan.Take(Arena.Batch, Words * _shape.Batch);
            _sumsAt = plan.Take(Arena.Batch, LossSums.Words * _sums.Length);
            _countsAt = plan.Take(Arena.Batch, LossCounts.Words * _counts.Length);
        }

        public override Batch NewBatch(int slices, int leaves) =>
            base.NewBatch(slices, leaves) with { Annotated = new uint[leaves * Words * _shape.Batch] };

        public override void Write(IBackend backend, Batch batch, int leaf)
        {
            base.Write(backend, batch, leaf);
            backend.Write(_annotated, batch.Annotated.AsSpan(leaf * Words * _shape.Batch, Words * _shape.Batch));
        }

        public override void Queue(Network network) =>
            network.Backend.MaskedLoss(_shape, network.Logits, IsOrgan, IsKnown, _annotated, _sumsAt, _countsAt, network.LogitsGradient);

        public override void Read(IBackend backend, Span<double> sums)
        {
            backend.Read(_sumsAt, MemoryMarshal.Cast<LossSums, float>(_sums.AsSpan()));
            backend.Read(_countsAt, MemoryMarshal.Cast<LossCounts, uint>(_counts.AsSpan()));
            for (int k = 0; k < _sums.Length; k++)
                SetOrgan(sums, k, _sums[k].Loss, _counts[k].Known);
            SetLosses(sums, _shape.Terms, _sums, _counts, Pixels);
        }

        public override double Of(ReadOnlySpan<double> sums, int leaves)
        {
            RegionLoss = RegionOf(_shape.Terms, sums, leaves);
            return base.Of(sums, leaves);
        }
    }

    /// <summary>Labels of the baseline: a class a pixel.</summary>
    private abstract class OneLabel(int pixels) : BatchLoss
    {
        public override LogitsSize Logits => LogitsSize.Image;

        protected int Pixels { get; } = pixels;

        protected Place Classes { get; private set; }

        public override void Plan(ArenaPlan plan) => Classes = plan.Take(Arena.Batch, Pixels);

        public override Batch NewBatch(int slices, int leaves) =>
            new(new float[leaves * Pixels * slices], [], [], new uint[leaves * Pixels], []);

        public override void Write(IBackend backend, Batch batch, int leaf) =>
            backend.Write(Classes, batch.Classes.AsSpan(leaf * Pixels, Pixels));
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

        public override void Read(IBackend backend, Span<double> sums)
        {
            backend.Read(_sumAt, _sum);
            sums[0] = _sum[0] / (double)Pixels;
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

        public override void Read(IBackend backend, Span<double> sums)
        {
            backend.Read(_sumsAt, MemoryMarshal.Cast<LossSums, float>(_sums.AsSpan()));
            backend.Read(_countsAt, MemoryMarshal.Cast<LossCounts, uint>(_counts.AsSpan()));
            SetLosses(sums, _shape.Terms, _sums, _counts, Pixels);
        }

        public override double Of(ReadOnlySpan<double> sums, int leaves)
        {
            RegionLoss = RegionOf(_shape.Terms, sums, leaves);
            return base.Of(sums, leaves);
        }
    }
}
