using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.SoftmaxCrossEntropy;

/// <summary><see cref="ISoftmaxCrossEntropy"/> on vectors and all cores.</summary>
internal sealed unsafe class SoftmaxCrossEntropySimd(SimdContext context) : IDisposable
{
    private readonly NativeScratch<SoftmaxPart> _parts = new();
    private readonly NativeScratch<float> _lines = new();

    public void Compute(in SoftmaxShape shape, Place logits, Place labels, Place lossSum,
        Place usedCount, Place dlogits)
    {
        shape.Validate(logits, labels, lossSum, usedCount, dlogits);
        float* total = context.Memory.Pointer(lossSum), gradient = dlogits.IsNone ? null : context.Memory.Pointer(dlogits);
        uint* used = (uint*)context.Memory.Pointer(usedCount);
        int chunks = SoftmaxJob.Chunks(shape.Pixels);
        SoftmaxPart* parts = _parts.Allocate(chunks);
        float* lines = _lines.Allocate((long)context.Pool.Threads * SoftmaxJob.LineWords(shape.Classes));
        context.Pool.Run(chunks,
            new SoftmaxJob(shape, context.Memory.Pointer(logits), (uint*)context.Memory.Pointer(labels), gradient, parts, lines));
        double sum = 0;
        long count = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
            (sum, count) = (sum + parts[chunk].Loss, count + parts[chunk].Used);
        *total = (float)sum;
        *used = (uint)count;
    }

    public void Dispose()
    {
        _parts.Dispose();
        _lines.Dispose();
    }
}

/// <summary>What one chunk of pixels adds to the loss.</summary>
internal readonly record struct SoftmaxPart(double Loss, long Used);

/// <summary>
/// Softmax and cross-entropy of 8 pixels at a time: their logits are transposed, so that a vector holds one class of 8 pixels,
/// then nothing crosses lanes. The greatest term of the sum (exactly 1) is kept apart: loss and gradient of
/// a confident pixel are then right to the last places although 1 + tiny would round to 1.
/// </summary>
internal readonly unsafe struct SoftmaxJob(SoftmaxShape shape, float* logits, uint* labels, float* gradient,
    SoftmaxPart* parts, float* lines) : IJob
{
    private const int Group = 8, ChunkPixels = 1024;

    private readonly SoftmaxShape _shape = shape;

    public static int Chunks(int pixels) => Integers.CeilingDivide(pixels, ChunkPixels);

    /// <summary>Scratch of a worker: logits, then terms, of 8 pixels.</summary>
    public static long LineWords(int classes) => 2L * Group * classes + 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int classes = _shape.Classes, first = chunk * ChunkPixels, end = Math.Min(_shape.Pixels, first + ChunkPixels);
        float* z = lines + worker * LineWords(classes), e = z + (nint)Group * classes;
        float* loss = stackalloc float[Group];
        uint* label = stackalloc uint[Group];
        double sum = 0;
        long used = 0;
        for (int pixel = first; pixel < end; pixel += Group)
        {
            int count = Math.Min(Group, end - pixel);
            for (int i = 0; i < Group; i++)
            {
                float* from = logits + (nint)(pixel + Math.Min(i, count - 1)) * classes; // a short group repeats its last pixel
                for (int c = 0; c < classes; c++)
                    z[c * Group + i] = from[c];
                label[i] = i < count ? labels[pixel + i] : SoftmaxShape.Ignored;
            }

            Terms(z, e, Lanes256.Load((float*)label), classes, _shape.Scale, loss);
            for (int i = 0; i < count; i++)
            {
                bool counts = label[i] < (uint)classes;
                sum += counts ? loss[i] : 0;
                used += counts ? 1 : 0;
                for (int c = 0; gradient != null && c < classes; c++)
                    gradient[(nint)(pixel + i) * classes + c] = counts ? e[c * Group + i] : 0;
            }
        }

        parts[chunk] = new SoftmaxPart(sum, used);
    }

    /// <summary>loss = log(sum exp z) - z[label]; e = scale * (softmax - onehot).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Terms(float* z, float* e, Lanes256 label, int classes, float scale, float* loss)
    {
        Lanes256 top = Lanes256.Load(z), rest = Lanes256.All(0), atLabel = rest;
        for (int c = 1; c < classes; c++)
            top = Lanes256.Max(top, Lanes256.Load(z + c * Group)); // NaN stays
        Lanes256 taken = Lanes256.All(0), topIsLabel = taken;
        for (int c = 0; c < classes; c++)
        {
            Lanes256 value = Lanes256.Load(z + c * Group), term = VectorMath.ExpOfNegative(value - top);
            Lanes256 isTop = Lanes256.AndNot(Lanes256.Equal(value, top), taken), isLabel = Lanes256.SameBits(label, Lanes256.AllBits(c));
            taken |= isTop;
            topIsLabel |= isTop & isLabel;
            rest += Lanes256.Choose(isTop, Lanes256.All(0), term);
            atLabel = Lanes256.Choose(isLabel, value, atLabel);
            Lanes256.Store(term, e + c * Group);
        }

        Lanes256.Store(top - atLabel + VectorMath.Log1p(rest), loss);
        Lanes256 sum = Lanes256.All(1) + rest, factor = Lanes256.All(scale) / sum;
        for (int c = 0; c < classes; c++)
        {
            // softmax - 1 = -(all other terms) / sum
            Lanes256 term = Lanes256.Load(e + c * Group), isLabel = Lanes256.SameBits(label, Lanes256.AllBits(c));
            Lanes256 others = Lanes256.Choose(topIsLabel, rest, sum - term);
            Lanes256.Store(factor * Lanes256.Choose(isLabel, Lanes256.All(-0f) ^ others, term), e + c * Group);
        }
    }
}
