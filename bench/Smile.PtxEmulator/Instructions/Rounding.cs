using System.Numerics;

namespace Smile.PtxEmulator.Instructions;

/// <summary>Rounding modifiers of float results (.rn, .rz, .rm, .rp) and of integral ones (.rni, .rzi, .rmi, .rpi).</summary>
internal interface IRounding
{
    static abstract RoundingMode Mode { get; }
}

internal enum RoundingMode
{
    NearestEven, TowardZero, Down, Up,
}

internal readonly struct NearestEven : IRounding
{
    public static RoundingMode Mode => RoundingMode.NearestEven;
}

internal readonly struct TowardZero : IRounding
{
    public static RoundingMode Mode => RoundingMode.TowardZero;
}

internal readonly struct Downward : IRounding
{
    public static RoundingMode Mode => RoundingMode.Down;
}

internal readonly struct Upward : IRounding
{
    public static RoundingMode Mode => RoundingMode.Up;
}

/// <summary>The roundings themselves.</summary>
internal static class Rounding
{
    /// <summary>A double to the float that the mode picks.</summary>
    public static float ToFloat32(double x, RoundingMode mode)
    {
        float near = (float)x;
        bool down = mode == RoundingMode.Down || (mode == RoundingMode.TowardZero && x > 0);
        bool up = mode == RoundingMode.Up || (mode == RoundingMode.TowardZero && x < 0);
        if (near > x && down)
            return float.BitDecrement(near);
        return near < x && up ? float.BitIncrement(near) : near;
    }

    /// <summary>An integral value as the mode picks.</summary>
    public static T ToIntegral<T>(T x, RoundingMode mode)
        where T : IFloatingPointIeee754<T> => mode switch
        {
            RoundingMode.NearestEven => T.Round(x, MidpointRounding.ToEven),
            RoundingMode.TowardZero => T.Truncate(x),
            RoundingMode.Down => T.Floor(x),
            _ => T.Ceiling(x),
        };

    /// <summary>An integer to a value of <paramref name="digits"/> binary digits.</summary>
    public static double FromInteger(ulong magnitude, bool negative, int digits, RoundingMode mode)
    {
        int excess = 64 - BitOperations.LeadingZeroCount(magnitude) - digits;
        double value = magnitude;
        if (excess > 0)
        {
            ulong kept = magnitude >> excess, rest = magnitude & ((1UL << excess) - 1), half = 1UL << (excess - 1);
            bool away = mode switch
            {
                RoundingMode.NearestEven => rest > half || (rest == half && (kept & 1) != 0),
                RoundingMode.TowardZero => false,
                RoundingMode.Down => rest != 0 && negative,
                _ => rest != 0 && !negative,
            };
            value = Math.ScaleB(kept + (away ? 1u : 0u), excess);
        }

        return negative ? -value : value;
    }
}
