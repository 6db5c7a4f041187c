using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MaskedBce;

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
/// The masked loss over groups of as many pixels as a vector has lanes: their logits are Organs whole vectors, and lane l of vector v
/// always holds pixel (v * lanes + l) / Organs of the group and organ (v * lanes + l) % Organs. So one shuffle brings each lane its pixel's
/// mask word, one shift its organ's bit to the top, and each lane has its own sums. The exponentials of some groups are computed first,
/// then the rest: a processor looks ahead over little more than two vectors' instructions, so one long chain a vector would leave its units
/// idle half the time.
/// </summary>
internal readonly unsafe struct BceLanes<T>
    where T : unmanaged, ILanes<T>
{
    private const int LineWords = 16, BlockVectors = 32;

    private readonly int _organs;
    private readonly float _scale;
    private readonly float* _sums, _counts, _pixel, _shift, _signed, _powers, _edge;

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
        _signed = _shift + lanes;
        _powers = _signed + BlockVectors * T.Count;
        _edge = _powers + BlockVectors * T.Count;
        new Span<float>(_sums, 2 * lanes).Clear();
        for (int pixel = 0, i = 0; pixel < T.Count; pixel++)
            for (int organ = 0; organ < organs; organ++, i++)
                (((int*)_pixel)[i], ((int*)_shift)[i]) = (pixel, 31 - organ);
    }

    /// <summary>
    /// Four words a lane; two a lane of a block; two mask words a pixel and logits and gradients of the last group; room to align.
    /// </summary>
    public static int RoomWords(int organs) => (6 * organs + 2 * BlockVectors + 2) * T.Count + LineWords;

    /// <summary>Adds the loss of some pixels; writes their gradient where it is not null, past the caches if chosen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add<TStream>(float* logits, uint* isOrgan, uint* isKnown, int pixels, float* gradient)
        where TStream : struct, IChoice
    {
        int lanes = T.Count * _organs, whole = pixels / T.Count * T.Count, block = BlockVectors / _organs * T.Count;
        for (int pixel = 0, taken; pixel < whole; pixel += taken, logits += taken * _organs)
        {
            taken = Math.Min(block, whole - pixel);
            AddGroups<TStream>(logits, isOrgan + pixel, isKnown + pixel, taken, gradient);
            if (gradient != null)
                gradient += taken * _organs;
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
        AddGroups<No>(z, organ, known, T.Count, dz);
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

    /// <summary>As many groups as a block has room for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddGroups<TStream>(float* logits, uint* isOrgan, uint* isKnown, int pixels, float* gradient)
        where TStream : struct, IChoice
    {
        T zero = T.All(0), one = T.All(1), scale = T.All(_scale), sign = T.All(-0f);
        float* sums = _sums, counts = _counts, pixelOf = _pixel, shiftOf = _shift, signed = _signed, powers = _powers;
        int lanes = T.Count * _organs, at = 0;
        for (int first = 0; first < pixels; first += T.Count)
        {
            T organ = T.Load((float*)isOrgan + first);
            for (int i = 0; i < lanes; i += T.Count, at += T.Count)
            {
                // Where y is 1 the logit changes its sign: the loss is max(z, 0) + log(1 + exp(-|z|)) then, and the gradient sigmoid(z)
                // with its sign changed.
                T z = T.Load(logits + at) ^ (T.ShiftLeft(T.Pick(organ, T.Load(pixelOf + i)), T.Load(shiftOf + i)) & sign);
                T.Store(z, signed + at);
                T.Store(VectorMath.ExpOfNegative(z | sign), powers + at);
            }
        }

        at = 0;
        for (int first = 0; first < pixels; first += T.Count)
        {
            T known = T.Load((float*)isKnown + first);
            for (int i = 0; i < lanes; i += T.Count, at += T.Count)
            {
                T isW = T.ShiftRight(T.ShiftLeft(T.Pick(known, T.Load(pixelOf + i)), T.Load(shiftOf + i)), 31);
                T z = T.Load(signed + at), e = T.Load(powers + at), loss = T.MaxNative(zero, z) + VectorMath.Log1pToOne(e);
                T.Store(T.Load(sums + i) + (loss & isW), sums + i);
                T.Store(T.SubtractBits(T.Load(counts + i), isW), counts + i);
                if (gradient == null)
                    continue;
                T sigmoid = T.Choose(T.ShiftRight(z, 31), e, one) / (one + e), dz = ((scale * sigmoid) ^ (z ^ T.Load(logits + at))) & isW;
                if (TStream.Taken)
                    T.StoreStreamed(dz, gradient + at);
                else
                    T.Store(dz, gradient + at);
            }
        }
    }
}
