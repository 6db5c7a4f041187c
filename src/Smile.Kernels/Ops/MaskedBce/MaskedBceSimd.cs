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
        int chunks = MaskedBceJob.Chunks(shape.Pixels);
        float* parts = _partials.Floats(chunks * BceLanes.PartWords(shape.Organs));
        _pool.Run(chunks, new MaskedBceJob(shape, Memory.Pointer(logits), (uint*)Memory.Pointer(isOrgan),
            (uint*)Memory.Pointer(isKnown), gradient, parts));
        BceLanes.Total(parts, chunks, shape.Organs, sums, counts);
    }
}

/// <summary>The masked loss of a chunk of pixels.</summary>
internal readonly unsafe struct MaskedBceJob(MaskedBceShape shape, float* logits, uint* isOrgan, uint* isKnown,
    float* gradient, float* parts) : IJob
{
    private const int ChunkPixels = 2048;

    private readonly MaskedBceShape _shape = shape;

    public static int Chunks(int pixels) => (int)(((long)pixels + ChunkPixels - 1) / ChunkPixels);

    public void Run(int chunk, int worker)
    {
        nint first = (nint)chunk * ChunkPixels, word = first * _shape.Organs;
        var lanes = new BceLanes(_shape.Organs, _shape.Scale, parts + chunk * BceLanes.PartWords(_shape.Organs));
        lanes.Add(logits + word, isOrgan + first, isKnown + first, (int)Math.Min(ChunkPixels, _shape.Pixels - first), gradient == null ? null : gradient + word);
    }
}

/// <summary>
/// The masked loss over groups of 8 pixels: their logits are Organs whole vectors, and lane l of vector v always holds
/// pixel (8v + l) / Organs and organ (8v + l) % Organs. So one shuffle brings each lane its pixel's mask word, one mask
/// its organ's bit, and each lane has its own sums.
/// </summary>
internal unsafe struct BceLanes
{
    /// <summary>Pixels of a group: the lanes of a vector.</summary>
    private const int Group = 8;

    private readonly int _organs;
    private readonly float _scale;
    private readonly float* _sums;
    private fixed uint _pixel[Group * MaskedBceShape.MaxOrgans];
    private fixed uint _bit[Group * MaskedBceShape.MaxOrgans];

    /// <param name="organs">Organs.</param>
    /// <param name="scale">Factor of the gradient.</param>
    /// <param name="part">Where sums and counts are kept, <see cref="PartWords"/>; cleared.</param>
    public BceLanes(int organs, float scale, float* part)
    {
        _organs = organs;
        _scale = scale;
        _sums = part;
        new Span<float>(part, (int)PartWords(organs)).Clear();
        for (int i = 0; i < Group * organs; i++)
            (_pixel[i], _bit[i]) = ((uint)(i / organs), 1u << (i % organs));
    }

    /// <summary>A sum and a count a lane.</summary>
    public static long PartWords(int organs) => 2L * Group * organs;

    /// <summary>Sums over parts and lanes, in their order.</summary>
    public static void Total(float* parts, int count, int organs, float* sums, uint* counts)
    {
        int lanes = Group * organs;
        for (int organ = 0; organ < organs; organ++)
        {
            double sum = 0;
            uint known = 0;
            for (int part = 0; part < count; part++)
                for (int i = organ; i < lanes; i += organs)
                {
                    sum += parts[2L * part * lanes + i];
                    known += ((uint*)parts)[(2L * part + 1) * lanes + i];
                }

            (sums[organ], counts[organ]) = ((float)sum, known);
        }
    }

    /// <summary>Adds the loss of some pixels; writes their gradient where it is not null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(float* logits, uint* isOrgan, uint* isKnown, int pixels, float* gradient)
    {
        int lanes = Group * _organs, whole = pixels / Group * Group;
        fixed (uint* lanePixel = _pixel, laneBit = _bit)
            for (int pixel = 0; pixel < whole; pixel += Group, logits += lanes)
            {
                AddGroup(logits, Vector256.Load(isOrgan + pixel), Vector256.Load(isKnown + pixel), gradient, lanePixel, laneBit);
                if (gradient != null)
                    gradient += lanes;
            }

        int rest = pixels - whole;
        if (rest == 0)
            return;

        // The last group is copied to the stack, where the pixels that are not there are not known.
        uint* organ = stackalloc uint[Group], known = stackalloc uint[Group];
        float* z = stackalloc float[Group * MaskedBceShape.MaxOrgans], dz = stackalloc float[Group * MaskedBceShape.MaxOrgans];
        for (int i = 0; i < Group; i++)
            (organ[i], known[i]) = i < rest ? (isOrgan[whole + i], isKnown[whole + i]) : (0, 0);
        for (int i = 0; i < lanes; i++)
            z[i] = i < rest * _organs ? logits[i] : 0;
        fixed (uint* lanePixel = _pixel, laneBit = _bit)
            AddGroup(z, Vector256.Load(organ), Vector256.Load(known), dz, lanePixel, laneBit);
        for (int i = 0; gradient != null && i < rest * _organs; i++)
            gradient[i] = dz[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddGroup(float* logits, Vector256<uint> organ, Vector256<uint> known, float* gradient, uint* lanePixel, uint* laneBit)
    {
        Vector256<float> zero = Vector256<float>.Zero, one = Vector256<float>.One, scale = Vector256.Create(_scale), sign = Vector256.Create(-0f);
        float* sums = _sums;
        int lanes = Group * _organs;
        uint* counts = (uint*)(sums + lanes);
        for (int i = 0; i < lanes; i += Group)
        {
            Vector256<uint> pixel = Vector256.Load(lanePixel + i), bit = Vector256.Load(laneBit + i);
            Vector256<float> isW = Vector256.Equals(Vector256.Shuffle(known, pixel) & bit, bit).AsSingle();

            // Where y is 1 the logit is turned round: the loss is max(z, 0) + log(1 + exp(-|z|)) then, and the gradient sigmoid(z) turned round.
            Vector256<float> turn = Vector256.Equals(Vector256.Shuffle(organ, pixel) & bit, bit).AsSingle() & sign;
            Vector256<float> z = Vector256.Load(logits + i) ^ turn, e = VectorMath.ExpOfNegative(z | sign);
            Vector256<float> loss = Vector256.MaxNative(zero, z) + VectorMath.Log1pToOne(e);
            (Vector256.Load(sums + i) + (loss & isW)).Store(sums + i);
            (Vector256.Load(counts + i) - isW.AsUInt32()).Store(counts + i);
            if (gradient == null)
                continue;
            Vector256<float> sigmoid = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(z, zero), one, e) / (one + e);
            ((scale * sigmoid ^ turn) & isW).Store(gradient + i);
        }
    }
}
