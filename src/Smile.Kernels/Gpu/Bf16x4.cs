using ILGPU;

namespace Smile.Kernels.Gpu;

/// <summary>Four bfloat16, first lowest: one access of eight bytes.</summary>
internal struct Bf16x4(uint low, uint high)
{
    public uint Low = low, High = high;

    /// <summary>The nearest to each.</summary>
    public static Bf16x4 Of(Float4 v) => new(Pair(v.X, v.Y), Pair(v.Z, v.W));

    /// <summary>The nearest to both in a word, the first in its low half.</summary>
    public static uint Pair(float first, float second) => Nearest(first) | Nearest(second) << 16;

    /// <summary>The 16 bits of the nearest bfloat16, ties to even.</summary>
    public static uint Nearest(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        return (bits & 0x7FFF_FFFF) > 0x7F80_0000 ? 0x7FFF : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    }
}
