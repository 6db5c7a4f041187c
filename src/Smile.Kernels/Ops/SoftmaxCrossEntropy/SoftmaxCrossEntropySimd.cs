using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
        context.Pool.Run(chunks, new SoftmaxJob(shape, context.Memory.Pointer(logits), (uint*)context.Memory.Pointer(labels), gradient, parts, lines));
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
/// Softmax and cross-entropy of 8 pixels at a time: their logits are turned so that a vector holds one class of 8 pixels,
/// then nothing crosses lanes. The greatest term of the sum (exactly 1) is kept apart: loss and gradient of
/// a confident pixel are then right to the last places although 1 + tiny would round to 1.
/// </summary>
internal readonly unsafe struct SoftmaxJob(SoftmaxShape shape, float* logits, uint* labels, float* gradient,
    SoftmaxPart* parts, float* lines) : IJob
{
    private const int Group = 8, ChunkPixels = 1024;

    private readonly SoftmaxShape _shape = shape;

    public static int Chunks(int pixels) => (int)(((long)pixels + ChunkPixels - 1) / ChunkPixels);

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

            Terms(z, e, Vector256.Load(label), classes, _shape.Scale, loss);
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
    private static void Terms(float* z, float* e, Vector256<uint> label, int classes, float scale, float* loss)
    {
        Vector256<float> top = Vector256.Load(z), rest = Vector256<float>.Zero, atLabel = rest;
        for (int c = 1; c < classes; c++)
            top = Vector256.Max(top, Vector256.Load(z + c * Group)); // NaN stays
        Vector256<float> taken = Vector256<float>.Zero, topIsLabel = taken;
        for (int c = 0; c < classes; c++)
        {
            Vector256<float> value = Vector256.Load(z + c * Group), term = VectorMath.ExpOfNegative(new Lanes256(value - top)).Value;
            Vector256<float> isTop = Vector256.AndNot(Vector256.Equals(value, top), taken);
            Vector256<float> isLabel = Vector256.Equals(label, Vector256.Create((uint)c)).AsSingle();
            taken |= isTop;
            topIsLabel |= isTop & isLabel;
            rest += Vector256.ConditionalSelect(isTop, Vector256<float>.Zero, term);
            atLabel = Vector256.ConditionalSelect(isLabel, value, atLabel);
            term.Store(e + c * Group);
        }

        (top - atLabel + VectorMath.Log1p(rest)).Store(loss);
        Vector256<float> sum = Vector256<float>.One + rest, factor = Vector256.Create(scale) / sum;
        for (int c = 0; c < classes; c++)
        {
            // softmax - 1 = -(all other terms) / sum
            Vector256<float> term = Vector256.Load(e + c * Group);
            Vector256<float> isLabel = Vector256.Equals(label, Vector256.Create((uint)c)).AsSingle();
            Vector256<float> others = Vector256.ConditionalSelect(topIsLabel, rest, sum - term);
            (factor * Vector256.ConditionalSelect(isLabel, -others, term)).Store(e + c * Group);
        }
    }
}
