using System.Numerics;

namespace Smile.Net;

/// <summary>
/// A random number generator whose whole state is four words, so that a checkpoint can carry it and a resumed run
/// draws the same numbers (xoshiro256**, Blackman and Vigna 2018; seeded by SplitMix64).
/// </summary>
public sealed class Rng
{
    private ulong _a, _b, _c, _d;

    /// <summary>Seeds the generator; <paramref name="stream"/> gives independent sequences for one seed.</summary>
    public Rng(ulong seed, ulong stream = 0)
    {
        ulong x = seed ^ (stream * 0x9E3779B97F4A7C15UL + 0x632BE59BD9B4E019UL);
        (_a, _b, _c, _d) = (Split(ref x), Split(ref x), Split(ref x), Split(ref x));
    }

    /// <summary>The state, four words; setting it makes the generator continue from there.</summary>
    public (ulong A, ulong B, ulong C, ulong D) State
    {
        get => (_a, _b, _c, _d);
        set => (_a, _b, _c, _d) = value;
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9, t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform in 0 .. count - 1, without modulo bias worth the name (128-bit multiply).</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    /// <summary>Standard normal, by Box and Muller; draws two numbers each time so that the state alone is enough.</summary>
    public double Normal()
    {
        double u = 1.0 - NextDouble(), v = NextDouble();
        return Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v);
    }

    /// <summary>Goes on as if so many of <see cref="Normal"/> had been drawn.</summary>
    public void SkipNormals(int count)
    {
        for (int i = 0; i < 2 * count; i++)
            NextBits();
    }

    /// <summary>Fisher and Yates.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Split(ref ulong x)
    {
        ulong z = x += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
