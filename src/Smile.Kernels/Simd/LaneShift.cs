using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Smile.Kernels.Simd;

/// <summary>Shifts by a count of each lane's own.</summary>
internal static class LaneShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Left(Vector256<int> bits, Vector256<int> counts) => Avx2.IsSupported
        ? Avx2.ShiftLeftLogicalVariable(bits, counts.AsUInt32())
        : Vector256.Create(Left(bits.GetLower(), counts.GetLower()), Left(bits.GetUpper(), counts.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Left(Vector128<int> bits, Vector128<int> counts) =>
        Avx2.IsSupported ? Avx2.ShiftLeftLogicalVariable(bits, counts.AsUInt32()) : OneByOne(bits, counts);

    private static Vector128<int> OneByOne(Vector128<int> bits, Vector128<int> counts)
    {
        for (int i = 0; i < Vector128<int>.Count; i++)
            bits = bits.WithElement(i, bits[i] << counts[i]);
        return bits;
    }
}
