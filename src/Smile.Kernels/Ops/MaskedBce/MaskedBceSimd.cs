using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Smile.Kernels;

internal sealed unsafe partial class SimdBackend
{
    public override void MaskedBce(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums,
        Place knownCounts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        float* sums = Memory.Pointer(lossSums), gradient = dlogits.IsNone ? null : Memory.Pointer(dlogits);
        uint* counts = (uint*)Memory.Pointer(knownCounts);
        int chunks = MaskedBceJob.Chunks(shape.Pixels), lanes = MaskedBceJob.Group * shape.Organs;
        float* parts = _partials.Floats(2L * chunks * lanes);
        var job = new MaskedBceJob(shape, Memory.Pointer(logits), (uint*)Memory.Pointer(isOrgan),
            (uint*)Memory.Pointer(isKnown), gradient, parts);
        _pool.Run(chunks, job);
        for (int organ = 0; organ < shape.Organs; organ++)
        {
            double sum = 0;
            uint count = 0;
            for (int chunk = 0; chunk < chunks; chunk++)
                for (int i = organ; i < lanes; i += shape.Organs)
                {
                    sum += parts[2L * chunk * lanes + i];
                    count += ((uint*)parts)[(2L * chunk + 1) * lanes + i];
                }

            (sums[organ], counts[organ]) = ((float)sum, count);
        }
    }
}

/// <summary>
/// The masked loss over groups of 8 pixels: their logits are Organs whole vectors, and lane l of vector v always holds
/// pixel (8v + l) / Organs and organ (8v + l) % Organs. So one shuffle brings each lane its pixel's mask word, one mask
/// its organ's bit, and each lane has its own sums.
/// </summary>
internal readonly unsafe struct MaskedBceJob(MaskedBceShape shape, float* logits, uint* isOrgan, uint* isKnown,
    float* gradient, float* parts) : IJob
{
    /// <summary>Pixels of a group: the lanes of a vector.</summary>
    public const int Group = 8;

    private const int ChunkPixels = 2048;

    private readonly MaskedBceShape _shape = shape;

    public static int Chunks(int pixels) => (int)(((long)pixels + ChunkPixels - 1) / ChunkPixels);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int organs = _shape.Organs, lanes = Group * organs, first = chunk * ChunkPixels, end = Math.Min(_shape.Pixels, first + ChunkPixels);
        float* sums = parts + 2L * chunk * lanes;
        uint* counts = (uint*)(sums + lanes);
        new Span<float>(sums, 2 * lanes).Clear();
        uint* lanePixel = stackalloc uint[Group * MaskedBceShape.MaxOrgans], laneBit = stackalloc uint[Group * MaskedBceShape.MaxOrgans];
        for (int i = 0; i < lanes; i++)
            (lanePixel[i], laneBit[i]) = ((uint)(i / organs), 1u << (i % organs));

        // The last group may be short: it is copied to the stack, where the pixels that are not there are not known.
        uint* lastOrgan = stackalloc uint[Group], lastKnown = stackalloc uint[Group];
        float* lastLogits = stackalloc float[Group * MaskedBceShape.MaxOrgans],
            lastGradient = stackalloc float[Group * MaskedBceShape.MaxOrgans];
        for (int pixel = first; pixel < end; pixel += Group)
        {
            int count = Math.Min(Group, end - pixel);
            float* z = logits + (nint)pixel * organs, dz = gradient == null ? null : gradient + (nint)pixel * organs;
            if (count == Group)
            {
                One(z, Vector256.Load(isOrgan + pixel), Vector256.Load(isKnown + pixel), dz, lanePixel, laneBit, sums, counts);
                continue;
            }

            for (int i = 0; i < Group; i++)
                (lastOrgan[i], lastKnown[i]) = i < count ? (isOrgan[pixel + i], isKnown[pixel + i]) : (0, 0);
            for (int i = 0; i < lanes; i++)
                lastLogits[i] = i < count * organs ? z[i] : 0;
            One(lastLogits, Vector256.Load(lastOrgan), Vector256.Load(lastKnown), lastGradient, lanePixel, laneBit, sums, counts);
            for (int i = 0; dz != null && i < count * organs; i++)
                dz[i] = lastGradient[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void One(float* logits, Vector256<uint> organ, Vector256<uint> known, float* gradient, uint* lanePixel,
        uint* laneBit, float* sums, uint* counts)
    {
        Vector256<float> zero = Vector256<float>.Zero, one = Vector256<float>.One, scale = Vector256.Create(_shape.Scale);
        for (int i = 0; i < Group * _shape.Organs; i += Group)
        {
            Vector256<uint> pixel = Vector256.Load(lanePixel + i), bit = Vector256.Load(laneBit + i);
            Vector256<float> isY = Vector256.Equals(Vector256.Shuffle(organ, pixel) & bit, bit).AsSingle();
            Vector256<float> isW = Vector256.Equals(Vector256.Shuffle(known, pixel) & bit, bit).AsSingle();
            Vector256<float> z = Vector256.Load(logits + i), e = Vector256.Exp(-Vector256.Abs(z));
            Vector256<float> loss = Vector256.Max(z, zero) - z * Vector256.ConditionalSelect(isY, one, zero) + VectorMath.Log1p(e);
            (Vector256.Load(sums + i) + Vector256.ConditionalSelect(isW, loss, zero)).Store(sums + i);
            (Vector256.Load(counts + i) - isW.AsUInt32()).Store(counts + i);
            if (gradient == null)
                continue;

            // sigmoid(z) - y: sigmoid(z), or -sigmoid(-z) where y is 1, so that nothing cancels.
            Vector256<float> positive = Vector256.GreaterThanOrEqual(Vector256.ConditionalSelect(isY, -z, z), zero);
            Vector256<float> sigmoid = Vector256.ConditionalSelect(positive, one, e) / (one + e);
            Vector256.ConditionalSelect(isW, scale * Vector256.ConditionalSelect(isY, -sigmoid, sigmoid), zero).Store(gradient + i);
        }
    }
}
