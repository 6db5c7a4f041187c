using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Backend;

internal sealed unsafe partial class SimdBackend
{
    public override void MaskedBce(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums,
        Place knownCounts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        if (_kernels.Bits == 512)
            MaskedBce<Lanes512>(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        else
            MaskedBce<Lanes256>(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
    }

    private void MaskedBce<T>(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts, Place dlogits)
        where T : unmanaged, IMathLanes<T>
    {
        float* sums = Memory.Pointer(lossSums), gradient = dlogits.IsNone ? null : Memory.Pointer(dlogits);
        uint* counts = (uint*)Memory.Pointer(knownCounts);
        int chunks = MaskedBceJob<T, No>.Chunks(shape.Pixels);
        var parts = (LossPart*)_partials.Bytes((long)chunks * shape.Organs * sizeof(LossPart));
        float* z = Memory.Pointer(logits);
        uint* organ = (uint*)Memory.Pointer(isOrgan), known = (uint*)Memory.Pointer(isKnown);
        if (gradient != null && Streams(dlogits.Length, gradient))
            _pool.Run(chunks, new MaskedBceJob<T, Yes>(shape, z, organ, known, gradient, parts));
        else
            _pool.Run(chunks, new MaskedBceJob<T, No>(shape, z, organ, known, gradient, parts));
        LossPart.Total(parts, chunks, shape.Organs, sums, counts);
    }
}

/// <summary>The masked loss of a chunk of pixels.</summary>
internal readonly unsafe struct MaskedBceJob<T, TNonTemporal>(MaskedBceShape shape, float* logits, uint* isOrgan, uint* isKnown,
    float* gradient, LossPart* parts) : IJob
    where T : unmanaged, IMathLanes<T>
    where TNonTemporal : struct, IChoice
{
    private const int ChunkPixels = 4096;

    private readonly MaskedBceShape _shape = shape;

    public static int Chunks(int pixels) => (int)(((long)pixels + ChunkPixels - 1) / ChunkPixels);

    public void Run(int chunk, int worker)
    {
        float* room = stackalloc float[BceLanes<T>.RoomWords(_shape.Organs)];
        nint first = (nint)chunk * ChunkPixels, word = first * _shape.Organs;
        var lanes = new BceLanes<T>(_shape.Organs, _shape.Scale, room);
        lanes.Add<TNonTemporal>(logits + word, isOrgan + first, isKnown + first, (int)Math.Min(ChunkPixels, _shape.Pixels - first), gradient == null ? null : gradient + word);
        if (TNonTemporal.Taken)
            NonTemporal.End();
        lanes.End(parts + (nint)chunk * _shape.Organs);
    }
}
