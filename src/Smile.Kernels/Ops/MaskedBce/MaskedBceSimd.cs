using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MaskedBce;

/// <summary><see cref="IMaskedBce"/> on vectors and all cores.</summary>
internal sealed unsafe class MaskedBceSimd(SimdContext context) : IDisposable
{
    private readonly NativeScratch<LossPart> _parts = new();

    public void Compute(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums,
        Place knownCounts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        if (context.Kernels.Bits == 512)
            Compute<Lanes512>(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        else
            Compute<Lanes256>(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
    }

    public void Dispose() => _parts.Dispose();

    private void Compute<T>(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits)
        where T : unmanaged, ILanes<T>
    {
        float* sums = context.Memory.Pointer(lossSums), gradient = dlogits.IsNone ? null : context.Memory.Pointer(dlogits);
        uint* counts = (uint*)context.Memory.Pointer(knownCounts);
        int chunks = MaskedBceJob<T, No>.Chunks(shape.Pixels);
        LossPart* parts = _parts.Allocate((long)chunks * shape.Organs);
        float* z = context.Memory.Pointer(logits);
        uint* organ = (uint*)context.Memory.Pointer(isOrgan), known = (uint*)context.Memory.Pointer(isKnown);
        if (gradient != null && context.Streams(dlogits.Length, gradient))
            context.Pool.Run(chunks, new MaskedBceJob<T, Yes>(shape, z, organ, known, gradient, parts));
        else
            context.Pool.Run(chunks, new MaskedBceJob<T, No>(shape, z, organ, known, gradient, parts));
        LossPart.Total(parts, chunks, shape.Organs, sums, counts);
    }
}

/// <summary>The masked loss of a chunk of pixels.</summary>
internal readonly unsafe struct MaskedBceJob<T, TNonTemporal>(MaskedBceShape shape, float* logits, uint* isOrgan, uint* isKnown,
    float* gradient, LossPart* parts) : IJob
    where T : unmanaged, ILanes<T>
    where TNonTemporal : struct, IChoice
{
    private const int ChunkPixels = 4096;

    private readonly MaskedBceShape _shape = shape;

    public static int Chunks(int pixels) => Integers.CeilingDivide(pixels, ChunkPixels);

    public void Run(int chunk, int worker)
    {
        float* room = stackalloc float[BceLanes<T>.RoomWords(_shape.Organs)];
        nint first = (nint)chunk * ChunkPixels, word = first * _shape.Organs;
        var lanes = new BceLanes<T>(_shape.Organs, _shape.Scale, room);
        lanes.Add<TNonTemporal>(logits + word, isOrgan + first, isKnown + first, (int)Math.Min(ChunkPixels, _shape.Pixels - first),
            gradient == null ? null : gradient + word);
        if (TNonTemporal.Taken)
            NonTemporal.End();
        lanes.End(parts + (nint)chunk * _shape.Organs);
    }
}
