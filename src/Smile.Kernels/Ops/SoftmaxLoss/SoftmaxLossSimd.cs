using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.SoftmaxLoss;

/// <summary><see cref="ISoftmaxLoss"/> on vectors and all cores.</summary>
internal sealed unsafe class SoftmaxLossSimd(SimdContext context) : IDisposable
{
    private readonly NativeScratch<RegionPart> _parts = new();
    private readonly NativeScratch<float> _lines = new(), _slopes = new();

    public void Compute(in SoftmaxLossShape shape, Place logits, Place labels, Place sums, Place counts, Place dlogits)
    {
        shape.Validate(logits, labels, sums, counts, dlogits);
        int chunks = SoftmaxBatch.Chunks(shape.Pixels), classes = shape.Classes;
        var batch = new SoftmaxBatch(shape, context.Memory.Pointer(logits), (uint*)context.Memory.Pointer(labels),
            _lines.Allocate(context.Pool.Threads * SoftmaxBatch.LineWords(classes)));
        var total = (LossSums*)context.Memory.Pointer(sums);
        var count = (LossCounts*)context.Memory.Pointer(counts);
        float* gradient = dlogits.IsNone ? null : context.Memory.Pointer(dlogits);
        RegionPart* parts = _parts.Allocate((long)chunks * classes);
        context.Pool.Run(chunks, new SoftmaxSumsJob(batch, parts));
        RegionPart.Total(parts, chunks, classes, total, count);
        if (gradient == null)
            return;
        var slopes = new LossSlopes(shape.Terms, shape.Pixels, classes, total, count, _slopes.Allocate(LossSlopes.Words(classes)));
        context.Pool.Run(chunks, new SoftmaxGradientJob(batch, slopes, gradient));
    }

    public void Dispose()
    {
        _parts.Dispose();
        _lines.Dispose();
        _slopes.Dispose();
    }
}

/// <summary>
/// Softmax of 8 pixels at a time: their logits are turned so that a vector holds one class of 8 pixels, then nothing crosses lanes. The
/// greatest term of the sum (exactly 1) is kept apart: a confident pixel is then right to the last places, where 1 + tiny would round
/// to 1.
/// </summary>
internal readonly unsafe struct SoftmaxBatch(SoftmaxLossShape shape, float* logits, uint* labels, float* lines)
{
    /// <summary>Pixels of a group.</summary>
    public const int Group = 8;

    private const int ChunkPixels = 1024, Tables = 7;

    public readonly SoftmaxLossShape Shape = shape;

    public static int Chunks(int pixels) => Integers.CeilingDivide(pixels, ChunkPixels);

    /// <summary>Scratch of a worker: of each class and pixel of a group logits, probabilities and five sums.</summary>
    public static long LineWords(int classes) => (long)Tables * Group * classes;

    public static int First(int chunk) => chunk * ChunkPixels;

    public int End(int chunk) => Math.Min(Shape.Pixels, (chunk + 1) * ChunkPixels);

    /// <summary>The worker's scratch: probabilities after <see cref="Softmax"/>, then five tables for the job.</summary>
    public float* Probabilities(int worker) => lines + worker * LineWords(Shape.Classes) + Group * Shape.Classes;

    /// <summary>
    /// Probabilities of a group, label words of its pixels (none past the last), and of each pixel: whether it has a class; of that class
    /// 1 - p, -log p and (1 - p)^gamma.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Softmax(int pixel, int count, int worker, uint* label, out PixelLosses losses)
    {
        int classes = Shape.Classes;
        float* p = Probabilities(worker), z = p - Group * classes;
        for (int i = 0; i < Group; i++)
        {
            float* from = logits + (nint)(pixel + Math.Min(i, count - 1)) * classes; // a short group repeats its last pixel
            for (int c = 0; c < classes; c++)
                z[c * Group + i] = from[c];
            label[i] = i < count ? labels[pixel + i] : uint.MaxValue;
        }

        Lanes256 zero = Lanes256.All(0), one = Lanes256.All(1), own = Lanes256.Load((float*)label);
        Lanes256 top = Lanes256.Load(z), rest = zero, atLabel = zero, termOfLabel = zero, taken = zero, topIsLabel = zero, used = zero;
        for (int c = 1; c < classes; c++)
            top = Lanes256.Max(top, Lanes256.Load(z + c * Group)); // NaN stays
        for (int c = 0; c < classes; c++)
        {
            Lanes256 value = Lanes256.Load(z + c * Group), term = VectorMath.ExpOfNegative(value - top);
            Lanes256 isTop = Lanes256.AndNot(Lanes256.Equal(value, top), taken), isLabel = Lanes256.SameBits(own, Lanes256.AllBits(c));
            taken |= isTop;
            topIsLabel |= isTop & isLabel;
            used |= isLabel;
            rest += Lanes256.Choose(isTop, zero, term);
            atLabel = Lanes256.Choose(isLabel, value, atLabel);
            termOfLabel = Lanes256.Choose(isLabel, term, termOfLabel);
            Lanes256.Store(term, p + c * Group);
        }

        Lanes256 sum = one + rest, share = one / sum;
        for (int c = 0; c < classes; c++)
            Lanes256.Store(share * Lanes256.Load(p + c * Group), p + c * Group);
        losses.Used = used;
        losses.Wrong = share * Lanes256.Choose(topIsLabel, rest, sum - termOfLabel);
        losses.CrossEntropy = top - atLabel + VectorMath.Log1p(rest);
        losses.Focus = Shape.Terms.FocalGamma == 0 ? one : Power(losses.Wrong, Shape.Terms.FocalGamma);
    }

    private static Lanes256 Power(Lanes256 value, float exponent)
    {
        float* lanes = stackalloc float[Group];
        Lanes256.Store(value, lanes);
        for (int i = 0; i < Group; i++)
            lanes[i] = MathF.Pow(lanes[i], exponent);
        return Lanes256.Load(lanes);
    }
}

/// <summary>Of each pixel of a group: a mask where it has a class; 1 - p and -log p of that class; (1 - p)^gamma.</summary>
internal struct PixelLosses
{
    public Lanes256 Used, Wrong, CrossEntropy, Focus;
}

/// <summary>The sums of a chunk.</summary>
internal readonly unsafe struct SoftmaxSumsJob(SoftmaxBatch batch, RegionPart* parts) : IJob
{
    private const int Group = SoftmaxBatch.Group;

    private readonly SoftmaxBatch _batch = batch;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int classes = _batch.Shape.Classes, words = Group * classes, end = _batch.End(chunk);
        uint* label = stackalloc uint[Group];
        float* p = _batch.Probabilities(worker), losses = p + words, truePositives = losses + words, falsePositives = truePositives + words;
        float* falseNegatives = falsePositives + words, counts = falseNegatives + words;
        new Span<float>(losses, 5 * words).Clear();
        for (int pixel = SoftmaxBatch.First(chunk); pixel < end; pixel += Group)
        {
            _batch.Softmax(pixel, Math.Min(Group, end - pixel), worker, label, out PixelLosses of);
            Lanes256 own = Lanes256.Load((float*)label), loss = of.Focus * of.CrossEntropy;
            for (int c = 0, i = 0; c < classes; c++, i += Group)
            {
                Lanes256 isLabel = Lanes256.SameBits(own, Lanes256.AllBits(c)), known = Lanes256.Load(p + i) & of.Used,
                    right = known & isLabel;
                Lanes256.Store(Lanes256.Load(losses + i) + (loss & isLabel), losses + i);
                Lanes256.Store(Lanes256.Load(truePositives + i) + right, truePositives + i);
                Lanes256.Store(Lanes256.Load(falsePositives + i) + (known ^ right), falsePositives + i);
                Lanes256.Store(Lanes256.Load(falseNegatives + i) + (of.Wrong & isLabel), falseNegatives + i);
                Lanes256.Store(Lanes256.SubtractBits(Lanes256.Load(counts + i), isLabel), counts + i);
            }
        }

        long used = 0;
        for (int i = 0; i < words; i++)
            used += ((uint*)counts)[i];
        for (int c = 0; c < classes; c++)
        {
            double loss = 0, truePositive = 0, falsePositive = 0, falseNegative = 0;
            long known = 0;
            for (int i = c * Group; i < (c + 1) * Group; i++)
            {
                (loss, truePositive) = (loss + losses[i], truePositive + truePositives[i]);
                (falsePositive, falseNegative) = (falsePositive + falsePositives[i], falseNegative + falseNegatives[i]);
                known += ((uint*)counts)[i];
            }

            parts[(nint)chunk * classes + c] = new RegionPart(loss, truePositive, falsePositive, falseNegative, known, c == 0 ? 0 : used);
        }
    }
}

/// <summary>The gradient of a chunk.</summary>
internal readonly unsafe struct SoftmaxGradientJob(SoftmaxBatch batch, LossSlopes slopes, float* gradient) : IJob
{
    private const int Group = SoftmaxBatch.Group;

    private readonly SoftmaxBatch _batch = batch;
    private readonly LossSlopes _slopes = slopes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int classes = _batch.Shape.Classes, words = Group * classes, end = _batch.End(chunk);
        float gamma = _batch.Shape.Terms.FocalGamma;
        uint* label = stackalloc uint[Group];
        float* p = _batch.Probabilities(worker), steep = p + words;
        Lanes256 zero = Lanes256.All(0), one = Lanes256.All(1), sign = Lanes256.All(-0f), pixelWeight = Lanes256.All(_slopes.Pixel);
        for (int pixel = SoftmaxBatch.First(chunk); pixel < end; pixel += Group)
        {
            int count = Math.Min(Group, end - pixel);
            _batch.Softmax(pixel, count, worker, label, out PixelLosses of);
            Lanes256 own = Lanes256.Load((float*)label), mean = zero, focused = pixelWeight;
            if (gamma != 0)
            {
                Lanes256 ratio = Lanes256.WhereEqual(of.Wrong, zero, one, of.CrossEntropy / of.Wrong);
                focused *= of.Focus * Lanes256.MultiplyAdd(Lanes256.All(gamma) * (one - of.Wrong), ratio, one);
            }

            for (int c = 0, i = 0; c < classes; c++, i += Group)
            {
                var (ofOrgan, ofOther) = _slopes.Of(c);
                Lanes256 isLabel = Lanes256.SameBits(own, Lanes256.AllBits(c));
                Lanes256 slope = Lanes256.Choose(isLabel, Lanes256.All(-ofOrgan), Lanes256.All(ofOther));
                mean = Lanes256.MultiplyAdd(Lanes256.Load(p + i), slope, mean);
                Lanes256.Store(slope, steep + i);
            }

            for (int c = 0, i = 0; c < classes; c++, i += Group)
            {
                Lanes256 isLabel = Lanes256.SameBits(own, Lanes256.AllBits(c)), share = Lanes256.Load(p + i);
                Lanes256 away = Lanes256.Choose(isLabel, sign ^ of.Wrong, share); // softmax - onehot
                Lanes256 dz = Lanes256.MultiplyAdd(focused, away, share * (Lanes256.Load(steep + i) - mean)) & of.Used;
                Lanes256.Store(dz, steep + i);
            }

            for (int i = 0; i < count; i++)
                for (int c = 0; c < classes; c++)
                    gradient[(nint)(pixel + i) * classes + c] = steep[c * Group + i];
        }
    }
}
