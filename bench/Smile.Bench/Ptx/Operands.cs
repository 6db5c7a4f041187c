using System.Runtime.InteropServices;
using Smile.Kernels;
using Smile.Kernels.Tests.Golden;

namespace Smile.Bench.Ptx;

/// <summary>The tensors of one case, one after another in one arena; numbers by their names, the same on every backend.</summary>
internal sealed class Operands
{
    private readonly List<(Place Place, Func<uint[]> Words)> _given = [];
    private readonly List<Operand> _results = [];

    /// <summary>What the case needs of the arenas.</summary>
    public ArenaPlan Plan { get; } = new();

    /// <summary>What the operation writes, in order.</summary>
    public IReadOnlyList<Operand> Results => _results;

    /// <summary>Bytes that the operation has to move: every input once, every result once.</summary>
    public long Bytes { get; private set; }

    /// <summary>Numbers that are read.</summary>
    public Place Source(string name, long words) => Give(words, () => Floats(name, words));

    /// <summary>Words of random bits that are read.</summary>
    public Place Bits(string name, long words) => Give(words, () => Seeded.Words(name, words));

    /// <summary>One word many times.</summary>
    public Place Constant(uint word, long words) => Give(words, () => [.. Enumerable.Repeat(word, (int)words)]);

    /// <summary>Numbers that are read and written.</summary>
    public Place State(string name, long words)
    {
        Place place = Source(name, words);
        return Written(place, integers: false);
    }

    /// <summary>Numbers that are written.</summary>
    public Place Result(long words) => Written(Take(words), integers: false);

    /// <summary>Integers that are written.</summary>
    public Place Integers(long words) => Written(Take(words), integers: true);

    /// <summary>What the contract asks for and this pass does not touch.</summary>
    public Place Unused(long words) => Take(words);

    /// <summary>Copies what is given to the device.</summary>
    public void Write(IBackend backend)
    {
        foreach ((Place place, Func<uint[]> words) in _given)
            backend.Write(place, words());
    }

    private static uint[] Floats(string name, long words) => MemoryMarshal.Cast<float, uint>(Seeded.Floats(name, words)).ToArray();

    private Place Give(long words, Func<uint[]> make)
    {
        Place place = Take(words);
        _given.Add((place, make));
        Bytes += sizeof(float) * words;
        return place;
    }

    private Place Written(Place place, bool integers)
    {
        _results.Add(new Operand(place, integers));
        Bytes += sizeof(float) * (long)place.Length;
        return place;
    }

    private Place Take(long words) => Plan.Take(Arena.Activations, checked((int)words));
}

/// <summary>A result: integers have to be equal, numbers near.</summary>
internal readonly record struct Operand(Place Place, bool Integers);
