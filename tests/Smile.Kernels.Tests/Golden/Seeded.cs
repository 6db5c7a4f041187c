namespace Smile.Kernels.Tests.Golden;

/// <summary>
/// Input numbers of tests and golden files. The seed is the tensor's name, so a name is all that is needed to make the
/// same numbers again, in any project and in any order.
/// </summary>
internal static class Seeded
{
    /// <summary>Uniform in [-1, 1), multiples of 2^-23: exact in float32, root mean square 0.577.</summary>
    public static float[] Floats(string name, long count)
    {
        var values = new float[count];
        ulong seed = Seed(name);
        for (int i = 0; i < values.Length; i++)
            values[i] = (Mix(seed, i) >> 40) * (1f / (1 << 23)) - 1f;
        return values;
    }

    /// <summary>Words with uniform bits.</summary>
    public static uint[] Words(string name, long count)
    {
        var values = new uint[count];
        ulong seed = Seed(name);
        for (int i = 0; i < values.Length; i++)
            values[i] = (uint)(Mix(seed, i) >> 32);
        return values;
    }

    /// <summary>FNV-1a of the name's UTF-16 code units.</summary>
    private static ulong Seed(string name)
    {
        ulong hash = 0xCBF29CE484222325UL;
        foreach (char c in name)
            hash = (hash ^ c) * 0x100000001B3UL;
        return hash;
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood 2014) at a position.</summary>
    private static ulong Mix(ulong seed, int index)
    {
        ulong z = seed + (ulong)(index + 1) * 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
