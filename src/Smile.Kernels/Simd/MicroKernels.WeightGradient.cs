using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Simd;

// The weight gradient: outer products of pixels and output gradients.
internal readonly unsafe partial struct MicroKernels
{
    /// <summary>
    /// target[i][..] = or += sum over pixels j of pixels[j][channel + i] * panel[j][..], for 8 channels i.
    /// </summary>
    /// <param name="pixels">Where each pixel's input channels begin; channels past the last are read, the caller drops their sums.</param>
    /// <param name="count">Pixels.</param>
    /// <param name="channel">First of the channels.</param>
    /// <param name="panel">Packed output gradients, Lanes a pixel.</param>
    /// <param name="target">First weight.</param>
    /// <param name="distance">From one weight row to the next.</param>
    /// <param name="into">Whether the target is overwritten or added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightGradient8<TRow>(float** pixels, nint count, nint channel, float* panel, float* target, nint distance,
        Into into)
        where TRow : unmanaged, ITileRow<TRow>
    {
        TRow c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (float** stop = pixels + count; pixels < stop; pixels++, panel += TRow.Count)
        {
            float* a = *pixels + channel;
            TRow b = TRow.Load(panel);
            c0 = TRow.MultiplyAdd(a, b, c0);
            c1 = TRow.MultiplyAdd(a + 1, b, c1);
            c2 = TRow.MultiplyAdd(a + 2, b, c2);
            c3 = TRow.MultiplyAdd(a + 3, b, c3);
            c4 = TRow.MultiplyAdd(a + 4, b, c4);
            c5 = TRow.MultiplyAdd(a + 5, b, c5);
            c6 = TRow.MultiplyAdd(a + 6, b, c6);
            c7 = TRow.MultiplyAdd(a + 7, b, c7);
        }

        Store(c0, target, into);
        Store(c1, target + distance, into);
        Store(c2, target + 2 * distance, into);
        Store(c3, target + 3 * distance, into);
        target += 4 * distance;
        Store(c4, target, into);
        Store(c5, target + distance, into);
        Store(c6, target + 2 * distance, into);
        Store(c7, target + 3 * distance, into);
    }

    /// <summary>
    /// <see cref="WeightGradient8"/> for 16 channels: a row of one vector takes a load for each multiply-add, so that a tall tile spends
    /// fewer on the rest.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightGradient16<TRow>(float** pixels, nint count, nint channel, float* panel, float* target, nint distance,
        Into into)
        where TRow : unmanaged, ITileRow<TRow>
    {
        TRow c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        TRow c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        TRow c12 = default, c13 = default, c14 = default, c15 = default;
        for (float** stop = pixels + count; pixels < stop; pixels++, panel += TRow.Count)
        {
            float* a = *pixels + channel;
            TRow b = TRow.Load(panel);
            c0 = TRow.MultiplyAdd(a, b, c0);
            c1 = TRow.MultiplyAdd(a + 1, b, c1);
            c2 = TRow.MultiplyAdd(a + 2, b, c2);
            c3 = TRow.MultiplyAdd(a + 3, b, c3);
            c4 = TRow.MultiplyAdd(a + 4, b, c4);
            c5 = TRow.MultiplyAdd(a + 5, b, c5);
            c6 = TRow.MultiplyAdd(a + 6, b, c6);
            c7 = TRow.MultiplyAdd(a + 7, b, c7);
            c8 = TRow.MultiplyAdd(a + 8, b, c8);
            c9 = TRow.MultiplyAdd(a + 9, b, c9);
            c10 = TRow.MultiplyAdd(a + 10, b, c10);
            c11 = TRow.MultiplyAdd(a + 11, b, c11);
            c12 = TRow.MultiplyAdd(a + 12, b, c12);
            c13 = TRow.MultiplyAdd(a + 13, b, c13);
            c14 = TRow.MultiplyAdd(a + 14, b, c14);
            c15 = TRow.MultiplyAdd(a + 15, b, c15);
        }

        Store(c0, target, into);
        Store(c1, target + distance, into);
        Store(c2, target + 2 * distance, into);
        Store(c3, target + 3 * distance, into);
        target += 4 * distance;
        Store(c4, target, into);
        Store(c5, target + distance, into);
        Store(c6, target + 2 * distance, into);
        Store(c7, target + 3 * distance, into);
        target += 4 * distance;
        Store(c8, target, into);
        Store(c9, target + distance, into);
        Store(c10, target + 2 * distance, into);
        Store(c11, target + 3 * distance, into);
        target += 4 * distance;
        Store(c12, target, into);
        Store(c13, target + distance, into);
        Store(c14, target + 2 * distance, into);
        Store(c15, target + 3 * distance, into);
    }

    /// <summary><see cref="WeightGradient8"/> for 16 registers: 4 channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightGradient4<TRow>(float** pixels, nint count, nint channel, float* panel, float* target, nint distance,
        Into into)
        where TRow : unmanaged, ITileRow<TRow>
    {
        TRow c0 = default, c1 = default, c2 = default, c3 = default;
        for (float** stop = pixels + count; pixels < stop; pixels++, panel += TRow.Count)
        {
            float* a = *pixels + channel;
            TRow b = TRow.Load(panel);
            c0 = TRow.MultiplyAdd(a, b, c0);
            c1 = TRow.MultiplyAdd(a + 1, b, c1);
            c2 = TRow.MultiplyAdd(a + 2, b, c2);
            c3 = TRow.MultiplyAdd(a + 3, b, c3);
        }

        Store(c0, target, into);
        Store(c1, target + distance, into);
        Store(c2, target + 2 * distance, into);
        Store(c3, target + 3 * distance, into);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TRow>(TRow sums, float* target, Into into)
        where TRow : unmanaged, ITileRow<TRow> => TRow.Store(into == Into.Add ? sums + TRow.Load(target) : sums, target);
}
