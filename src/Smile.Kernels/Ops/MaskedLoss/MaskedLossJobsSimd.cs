using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MaskedLoss;

/// <summary>The sums of a chunk.</summary>
internal readonly unsafe struct LossSumsJob<T, TFocal>(LossBatch batch, RegionPart* parts) : IJob
    where T : unmanaged, ILanes<T>
    where TFocal : struct, IChoice
{
    private readonly LossBatch _batch = batch;

    public void Run(int chunk, int worker)
    {
        int organs = _batch.Shape.Organs;
        float* room = stackalloc float[OrganLanes<T>.RoomWords(organs, LossSumsPass<T, TFocal>.Tables)];
        var lanes = new OrganLanes<T>(organs, room, LossSumsPass<T, TFocal>.Tables);
        var pass = new LossSumsPass<T, TFocal>(lanes, _batch.Shape.Terms.FocalGamma);
        lanes.Run(pass, _batch.Pixels(chunk), null);
        pass.End(organs, _batch.Annotated(chunk), parts + (nint)chunk * organs);
    }
}

/// <summary>The gradient of a chunk.</summary>
internal readonly unsafe struct LossGradientJob<T, TFocal, TNonTemporal>(LossBatch batch, LossSlopes slopes, float* gradient) : IJob
    where T : unmanaged, ILanes<T>
    where TFocal : struct, IChoice
    where TNonTemporal : struct, IChoice
{
    private readonly LossBatch _batch = batch;
    private readonly LossSlopes _slopes = slopes;

    public void Run(int chunk, int worker)
    {
        int organs = _batch.Shape.Organs;
        float* room = stackalloc float[OrganLanes<T>.RoomWords(organs, LossGradientPass<T, TFocal, TNonTemporal>.Tables)];
        var lanes = new OrganLanes<T>(organs, room, LossGradientPass<T, TFocal, TNonTemporal>.Tables);
        _slopes.Store(organs, _batch.Annotated(chunk), lanes.Table, lanes.GroupWords);
        LossPixels pixels = _batch.Pixels(chunk);
        var pass = new LossGradientPass<T, TFocal, TNonTemporal>(lanes, _slopes.Pixel, _batch.Shape.Terms.FocalGamma);
        lanes.Run(pass, pixels, gradient + pixels.FirstWord);
        if (TNonTemporal.Taken)
            NonTemporal.End();
    }
}

/// <summary>The factors of the gradient: of the pixels' part, and of each organ's region (<see cref="LossTerms.RegionSlopes"/>).</summary>
internal readonly unsafe struct LossSlopes
{
    private readonly float* _slopes;

    /// <param name="terms">What the loss is made of.</param>
    /// <param name="pixels">Pixels of the batch.</param>
    /// <param name="organs">Organs, or classes.</param>
    /// <param name="sums">Theirs.</param>
    /// <param name="counts">Theirs.</param>
    /// <param name="room">Where the factors are kept, <see cref="Words"/>.</param>
    public LossSlopes(in LossTerms terms, long pixels, int organs, LossSums* sums, LossCounts* counts, float* room)
    {
        ReadOnlySpan<LossSums> sum = new(sums, organs);
        ReadOnlySpan<LossCounts> count = new(counts, organs);
        _slopes = room;
        Pixel = (float)(terms.PixelWeight / (double)terms.Divisor(count, pixels));
        int regions = LossTerms.Regions(count);
        for (int k = 0; k < organs; k++)
        {
            var (ofOrgan, ofOther) = terms.RegionSlopes(sum[k], count[k], regions);
            (room[2 * k], room[2 * k + 1]) = ((float)ofOrgan, (float)ofOther);
        }
    }

    /// <summary>Weight of the pixels' part over its divisor.</summary>
    public float Pixel { get; }

    public static int Words(int organs) => 2 * organs;

    /// <summary>The factors of an organ's region: where the pixel is of the organ, and where it is not.</summary>
    public (float OfOrgan, float OfOther) Of(int organ) => (_slopes[2 * organ], _slopes[2 * organ + 1]);

    /// <summary>
    /// The regions' factors of each lane: where it is the organ, then where it is not; 0 where the organ is not annotated.
    /// </summary>
    public void Store(int organs, uint annotated, float* to, int lanes)
    {
        for (int i = 0, k = 0; i < lanes; i++, k = k + 1 < organs ? k + 1 : 0)
        {
            bool counts = (annotated >> k & 1) != 0;
            (to[i], to[lanes + i]) = counts ? (_slopes[2 * k], _slopes[2 * k + 1]) : (0, 0);
        }
    }
}

/// <summary>
/// Where the label is 1 the logit changes its sign, t = -z. Then for all pixels e = exp(-|t|), cross-entropy = max(t, 0) + log(1 + e), and
/// what the network gives to the wrong answer is sigmoid(t), the larger of 1 / (1 + e) and e / (1 + e) where t is not below 0.
/// </summary>
internal readonly unsafe struct LossSumsPass<T, TFocal> : ILossPass
    where T : unmanaged, ILanes<T>
    where TFocal : struct, IChoice
{
    /// <summary>Loss, true positives, false positives, false negatives, known pixels.</summary>
    public const int Tables = 5;

    private readonly OrganLanes<T> _lanes;
    private readonly float _gamma;

    public LossSumsPass(in OrganLanes<T> lanes, float gamma) => (_lanes, _gamma) = (lanes, gamma);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Groups<TInPlace>(float* logits, uint* isOrgan, uint* isKnown, int pixels, float* gradient)
        where TInPlace : struct, IChoice
    {
        T zero = T.All(0), one = T.All(1), minusGamma = T.All(-_gamma);
        int lanes = _lanes.GroupWords, at = 0;
        float* pixelOf = _lanes.Pixel, shiftOf = _lanes.Shift, signed = _lanes.Signed, powers = _lanes.Powers;
        float* losses = _lanes.Table, truePositives = losses + lanes, falsePositives = truePositives + lanes;
        float* falseNegatives = falsePositives + lanes, counts = falseNegatives + lanes;
        LossMath.ChangeSigns<T>(logits, isOrgan, pixels, lanes, pixelOf, shiftOf, signed, powers);
        for (int first = 0; first < pixels; first += T.Count)
        {
            T known = T.Load((float*)isKnown + first);
            for (int i = 0; i < lanes; i += T.Count, at += T.Count)
            {
                T isW = T.ShiftRight(T.ShiftLeft(T.Pick(known, T.Load(pixelOf + i)), T.Load(shiftOf + i)), 31);
                T t = T.Load(signed + at), e = T.Load(powers + at), isY = T.ShiftRight(t ^ T.Load(logits + at), 31),
                    log = VectorMath.Log1pToOne(e);
                T near = one / (one + e), far = e * near, isRight = T.ShiftRight(t, 31);
                T wrong = T.Choose(isRight, far, near) & isW, right = T.Choose(isRight, near, far) & isW, loss = T.MaxNative(zero, t) + log;
                if (TFocal.Taken)
                    loss = loss * VectorMath.ExpOfNegative(minusGamma * (T.MaxNative(zero, zero - t) + log));
                T missed = wrong & isY;
                T.Store(T.Load(losses + i) + (loss & isW), losses + i);
                T.Store(T.Load(truePositives + i) + (right & isY), truePositives + i);
                T.Store(T.Load(falsePositives + i) + (wrong ^ missed), falsePositives + i);
                T.Store(T.Load(falseNegatives + i) + missed, falseNegatives + i);
                T.Store(T.SubtractBits(T.Load(counts + i), isW), counts + i);
            }
        }
    }

    /// <summary>The sums over lanes, in their order, one part an organ.</summary>
    public void End(int organs, uint annotated, RegionPart* parts)
    {
        int lanes = _lanes.GroupWords;
        float* losses = _lanes.Table, truePositives = losses + lanes, falsePositives = truePositives + lanes,
            falseNegatives = falsePositives + lanes;
        var counts = (uint*)(falseNegatives + lanes);
        for (int organ = 0; organ < organs; organ++)
        {
            double loss = 0, truePositive = 0, falsePositive = 0, falseNegative = 0;
            long known = 0;
            for (int i = organ; i < lanes; i += organs)
            {
                (loss, truePositive) = (loss + losses[i], truePositive + truePositives[i]);
                (falsePositive, falseNegative) = (falsePositive + falsePositives[i], falseNegative + falseNegatives[i]);
                known += counts[i];
            }

            parts[organ] = (annotated >> organ & 1) != 0
                ? new RegionPart(loss, truePositive, falsePositive, falseNegative, known, known)
                : new RegionPart(loss, 0, 0, 0, known, 0);
        }
    }
}

/// <inheritdoc cref="LossSumsPass{T, TFocal}"/>
internal readonly unsafe struct LossGradientPass<T, TFocal, TNonTemporal> : ILossPass
    where T : unmanaged, ILanes<T>
    where TFocal : struct, IChoice
    where TNonTemporal : struct, IChoice
{
    /// <summary>As <see cref="LossSlopes.Store"/> says.</summary>
    public const int Tables = 2;

    private readonly OrganLanes<T> _lanes;
    private readonly float _pixel, _gamma;

    public LossGradientPass(in OrganLanes<T> lanes, float pixel, float gamma) => (_lanes, _pixel, _gamma) = (lanes, pixel, gamma);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Groups<TInPlace>(float* logits, uint* isOrgan, uint* isKnown, int pixels, float* gradient)
        where TInPlace : struct, IChoice
    {
        T zero = T.All(0), one = T.All(1), sign = T.All(-0f), pixel = T.All(_pixel), gamma = T.All(_gamma), minusGamma = T.All(-_gamma);
        int lanes = _lanes.GroupWords, at = 0;
        float* pixelOf = _lanes.Pixel, shiftOf = _lanes.Shift, signed = _lanes.Signed, powers = _lanes.Powers, ofOrgan = _lanes.Table,
            ofOther = ofOrgan + lanes;
        LossMath.ChangeSigns<T>(logits, isOrgan, pixels, lanes, pixelOf, shiftOf, signed, powers);
        for (int first = 0; first < pixels; first += T.Count)
        {
            T known = T.Load((float*)isKnown + first);
            for (int i = 0; i < lanes; i += T.Count, at += T.Count)
            {
                T isW = T.ShiftRight(T.ShiftLeft(T.Pick(known, T.Load(pixelOf + i)), T.Load(shiftOf + i)), 31);
                T t = T.Load(signed + at), e = T.Load(powers + at), flip = (t ^ T.Load(logits + at)) & sign;
                T near = one / (one + e), far = e * near, isRight = T.ShiftRight(t, 31), wrong = T.Choose(isRight, far, near),
                    slope = wrong;
                if (TFocal.Taken)
                {
                    T log = VectorMath.Log1pToOne(e), right = T.Choose(isRight, near, far),
                        focus = VectorMath.ExpOfNegative(minusGamma * (T.MaxNative(zero, zero - t) + log));
                    slope = focus * T.MultiplyAdd(gamma * right, T.MaxNative(zero, t) + log, wrong);
                }

                T region = T.Choose(T.ShiftRight(flip, 31), T.Load(ofOrgan + i), T.Load(ofOther + i));
                T dz = (T.MultiplyAdd(region, near * far, pixel * slope) ^ flip) & isW;
                if (TNonTemporal.Taken && TInPlace.Taken)
                    T.StoreStreamed(dz, gradient + at);
                else
                    T.Store(dz, gradient + at);
            }
        }
    }
}

internal static unsafe class LossMath
{
    /// <summary>Logits of a block, with the other sign where the label is 1, and exp(-|t|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ChangeSigns<T>(float* logits, uint* isOrgan, int pixels, int lanes, float* pixelOf, float* shiftOf, float* signed,
        float* powers)
        where T : unmanaged, ILanes<T>
    {
        T sign = T.All(-0f);
        int at = 0;
        for (int first = 0; first < pixels; first += T.Count)
        {
            T organ = T.Load((float*)isOrgan + first);
            for (int i = 0; i < lanes; i += T.Count, at += T.Count)
            {
                T t = T.Load(logits + at) ^ (T.ShiftLeft(T.Pick(organ, T.Load(pixelOf + i)), T.Load(shiftOf + i)) & sign);
                T.Store(t, signed + at);
                T.Store(VectorMath.ExpOfNegative(t | sign), powers + at);
            }
        }
    }
}
