using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>
/// A pixel's channels, copied in whole vectors: up to 15 floats past the end are read (the arenas have room for it) and written (so has a
/// gathered row).
/// </summary>
internal static unsafe class PixelRow
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float* from, float* to, int length)
    {
        if (Vector512.IsHardwareAccelerated)
            for (int i = 0; i < length; i += Vector512<float>.Count)
                Vector512.Load(from + i).Store(to + i);
        else
            for (int i = 0; i < length; i += Vector256<float>.Count)
                Vector256.Load(from + i).Store(to + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clear(float* to, int length)
    {
        for (int i = 0; i < length; i += Vector256<float>.Count)
            Vector256<float>.Zero.Store(to + i);
    }
}
