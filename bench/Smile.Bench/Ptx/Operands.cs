using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Tests.Golden;

namespace Smile.Bench.Ptx;

/// <summary>The tensors of one case, one after another in one arena; numbers by their names, the same on every backend.</summary>
internal sealed class Operands
{
    private const uint Before = 0x3FC0_0000; // 1.5 as a number: what is not written shows

    private readonly List<(Place Place, Func<uint[]> Words)> _given = [];
    private readonly List<Operand> _results = [];

    /// <summary>What the case needs of the arenas.</summary>
    public ArenaPlan Plan { get; } = new();

    /// <summary>What the operation writes, in order.</summary>
    public IReadOnlyList<Operand> Results => _results;

    /// <summary>Bytes that the operation has to move: every input once, every result once.</summary>
    public long Bytes { get; private set; }

    /// <summary>Numbers that are read; <paramref name="needed"/> of them, where not all are.</summary>
    public Place Source(string name, long words, long? needed = null) => Read(words, () => Floats(name, words), needed ?? words);

    /// <summary>Words of random bits that are read.</summary>
    public Place Bits(string name, long words) => Read(words, () => Seeded.Words(name, words), words);

    /// <summary>One word many times.</summary>
    public Place Constant(uint word, long words) => Read(words, () => Many(word, words), words);

    /// <summary>Numbers that are read and written.</summary>
    public Place State(string name, long words) => Written(Source(name, words), integers: false, words);

    /// <summary>One word many times, read and written.</summary>
    public Place State(uint word, long words) => Written(Constant(word, words), integers: false, words);

    /// <summary>Numbers that are written; <paramref name="needed"/> of them, where not all are.</summary>
    public Place Result(long words, long? needed = null) =>
        Written(Given(words, () => Many(Before, words)), integers: false, needed ?? words);

    /// <summary>Integers that are written.</summary>
    public Place Integers(long words) => Written(Given(words, () => Many(Before, words)), integers: true, words);

    /// <summary>What the contract asks for and this pass does not touch.</summary>
    public Place Unused(long words) => Take(words);

    /// <summary>Copies what is given to the device, and to the results what tells them from zeros.</summary>
    public void Write(IBackend backend)
    {
        foreach ((Place place, Func<uint[]> words) in _given)
            backend.Write(place, words());
    }

    private static uint[] Many(uint word, long words)
    {
        var many = new uint[words];
        many.AsSpan().Fill(word);
        return many;
    }

    private static uint[] Floats(string name, long words) => MemoryMarshal.Cast<float, uint>(Seeded.Floats(name, words)).ToArray();

    private Place Read(long words, Func<uint[]> make, long needed)
    {
        Bytes += sizeof(float) * needed;
        return Given(words, make);
    }

    private Place Given(long words, Func<uint[]> make)
    {
        Place place = Take(words);
        _given.Add((place, make));
        return place;
    }

    private Place Written(Place place, bool integers, long needed)
    {
        _results.Add(new Operand(place, integers));
        Bytes += sizeof(float) * needed;
        return place;
    }

    private Place Take(long words) => Plan.Take(Arena.Activations, checked((int)words));
}

/// <summary>A result: integers have to be equal, numbers near.</summary>
internal readonly record struct Operand(Place Place, bool Integers);
