using System.Runtime.CompilerServices;

namespace Smile.Kernels;

/// <summary>What one chunk adds to the loss of one organ.</summary>
internal readonly record struct LossPart(double Sum, long Known)
{
    /// <summary>The sums over chunks, in their order.</summary>
    public static unsafe void Total(LossPart* parts, int chunks, int organs, float* sums, uint* counts)
    {
        for (int organ = 0; organ < organs; organ++)
        {
            (double sum, long known) = (0, 0);
            for (LossPart* part = parts + organ, end = part + (nint)chunks * organs; part < end; part += organs)
                (sum, known) = (sum + part->Sum, known + part->Known);
            (sums[organ], counts[organ]) = ((float)sum, (uint)known);
        }
    }
}

/// <summary>
/// The masked loss over groups of as many pixels as a vector has lanes: their logits are Organs whole vectors, and lane l of vector v always holds
/// pixel (v * lanes + l) / Organs of the group and organ (v * lanes + l) % Organs. So one shuffle brings each lane its pixel's mask word, one shift
/// its organ's bit to the top, and each lane has its own sums.
/// </summary>
internal readonly unsafe struct BceLanes<T>
    where T : unmanaged, IMathLanes<T>
{
    private const int LineWords = 16;

    private readonly int _organs;
    private readonly float _scale;
    private readonly float* _sums, _counts, _pixel, _shift, _edge;

    /// <param name="organs">Organs.</param>
    /// <param name="scale">Factor of the gradient.</param>
    /// <param name="room">Where sums and tables are kept, <see cref="RoomWords"/>.</param>
    public BceLanes(int organs, float scale, float* room)
    {
        int lanes = T.Count * organs;
        (_organs, _scale) = (organs, scale);
        _sums = (float*)(((nuint)room + LineWords * sizeof(float) - 1) & ~(nuint)(LineWords * sizeof(float) - 1));
        _counts = _sums + lanes;
        _pixel = _counts + lanes;
        _shift = _pixel + lanes;
        _edge = _shift + lanes;
        new Span<float>(_sums, 2 * lanes).Clear();
        for (int pixel = 0, i = 0; pixel < T.Count; pixel++)
            for (int organ = 0; organ < organs; organ++, i++)
                (((int*)_pixel)[i], ((int*)_shift)[i]) = (pixel, 31 - organ);
    }

    /// <summary>Four words a lane; two mask words a pixel and logits and gradients of the last group; room to align.</summary>
    public static int RoomWords(int organs) => 6 * T.Count * organs + 2 * T.Count + LineWords;

    /// <summary>Adds the loss of some pixels; writes their gradient where it is not null, past the caches if chosen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add<TStream>(float* logits, uint* isOrgan, uint* isKnown, int pixels, float* gradient)
        where TStream : struct, IChoice
    {
        int lanes = T.Count * _organs, whole = pixels / T.Count * T.Count;
        for (int pixel = 0; pixel < whole; pixel += T.Count, logits += lanes)
        {
            AddGroup<TStream>(logits, T.Load((float*)isOrgan + pixel), T.Load((float*)isKnown + pixel), gradient);
            if (gradient != null)
                gradient += lanes;
        }

        int rest = pixels - whole;
        if (rest == 0)
            return;

        // The last group is copied, and the pixels that are not there are not known.
        uint* organ = (uint*)_edge, known = organ + T.Count;
        float* z = (float*)known + T.Count, dz = z + lanes;
        for (int i = 0; i < T.Count; i++)
            (organ[i], known[i]) = i < rest ? (isOrgan[whole + i], isKnown[whole + i]) : (0, 0);
        for (int i = 0; i < lanes; i++)
            z[i] = i < rest * _organs ? logits[i] : 0;
        AddGroup<No>(z, T.Load((float*)organ), T.Load((float*)known), dz);
        for (int i = 0; gradient != null && i < rest * _organs; i++)
            gradient[i] = dz[i];
    }

    /// <summary>The sums over lanes, in their order, one part an organ.</summary>
    public void End(LossPart* parts)
    {
        for (int organ = 0; organ < _organs; organ++)
        {
            (double sum, long known) = (0, 0);
            for (int i = organ; i < T.Count * _organs; i += _organs)
                (sum, known) = (sum + _sums[i], known + ((uint*)_counts)[i]);
            parts[organ] = new LossPart(sum, known);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddGroup<TStream>(float* logits, T organ, T known, float* gradient)
        where TStream : struct, IChoice
    {
        T zero = T.All(0), one = T.All(1), scale = T.All(_scale), sign = T.All(-0f);
        float* sums = _sums, counts = _counts, pixels = _pixel, shifts = _shift;
        int lanes = T.Count * _organs;
        for (int i = 0; i < lanes; i += T.Count)
        {
            T pixel = T.Load(pixels + i), shift = T.Load(shifts + i);
            T isKnown = T.Highest(T.ShiftLeft(T.Pick(known, pixel), shift));

            // Where y is 1 the logit is turned round: the loss is max(z, 0) + log(1 + exp(-|z|)) then, and the gradient sigmoid(z) turned round.
            T turn = T.ShiftLeft(T.Pick(organ, pixel), shift) & sign;
            T z = T.Load(logits + i) ^ turn, e = VectorMath.ExpOfNegative(z | sign);
            T loss = T.Max(zero, z) + VectorMath.Log1pToOne(e);
            T.Store(T.Load(sums + i) + (loss & isKnown), sums + i);
            T.Store(T.SubtractBits(T.Load(counts + i), isKnown), counts + i);
            if (gradient == null)
                continue;
            T sigmoid = T.Choose(T.Highest(z), e, one) / (one + e);
            T dz = ((scale * sigmoid) ^ turn) & isKnown;
            if (TStream.Taken)
                T.StoreStreamed(dz, gradient + i);
            else
                T.Store(dz, gradient + i);
        }
    }
}
