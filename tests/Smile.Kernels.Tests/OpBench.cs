using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests;

/// <summary>
/// The bench that one operation is tested on: operands, each in another arena and between words that must not change, and the same
/// run twice. A run fails where a guard or a source changed, or where the second run, with another number of threads,
/// gave other bits. Guards and results start as NaN, so what is read without right shows in the result.
/// </summary>
internal sealed class OpBench<TDevice> : IOpRun
    where TDevice : IDevice
{
    private const int GuardWords = ArenaPlan.Alignment;
    private const uint Guard = 0x7FC5_A5A5, Stale = 0x7FC0_DEAD;

    private static readonly int Arenas = Enum.GetValues<Arena>().Length;

    private readonly ArenaPlan _plan = new();
    private readonly List<Operand> _operands = [];
    private Action<IBackend>? _operation;
    private Dictionary<Place, uint[]> _results = [], _expected = [];

    private sealed record Operand(Place Place, uint[] Before, bool Constant);

    /// <summary>An operand that the operation must leave alone.</summary>
    public Place Source(ReadOnlySpan<float> values) => Take(MemoryMarshal.Cast<float, uint>(values), true);

    /// <inheritdoc cref="Source(ReadOnlySpan{float})"/>
    public Place Source(ReadOnlySpan<uint> words) => Take(words, true);

    /// <summary>An operand that is overwritten: it starts as NaN.</summary>
    public Place Result(long length)
    {
        var words = new uint[length];
        words.AsSpan().Fill(Stale);
        return Take(words, false);
    }

    /// <summary>An operand that is read and changed.</summary>
    public Place State(ReadOnlySpan<float> values) => Take(MemoryMarshal.Cast<float, uint>(values), false);

    /// <inheritdoc cref="State(ReadOnlySpan{float})"/>
    public Place State(ReadOnlySpan<uint> words) => Take(words, false);

    /// <summary>The destination of a gradient: NaN to be overwritten, or numbers to be added to.</summary>
    public Place Gradient(Into into, string name, long length) =>
        into == Into.Set ? Result(length) : State(Golden.Seeded.Floats(name, length));

    /// <summary>Runs the operation from the operands' first contents, twice, and checks guards, sources and repeatability.</summary>
    public void Run(Action<IBackend> operation)
    {
        (_operation, _expected) = (operation, []);
        _results = Execute<TDevice>(operation, threads: 1);
        foreach ((Place place, uint[] second) in Execute<TDevice>(operation, threads: 3))
            for (int i = 0; i < second.Length; i++)
                if (second[i] != _results[place][i])
                    Assert.Fail($"{TDevice.Name}: with the same inputs the first run gave {_results[place][i]:X8}, "
                        + $"the second {second[i]:X8}, word {i} of {place}.");
        OpRuns.Ran?.Invoke(this);
    }

    IReadOnlyList<uint[]> IOpRun.Results => InOrder(_results);

    IReadOnlyList<uint[]> IOpRun.On<TOther>() => InOrder(Execute<TOther>(_operation!, threads: 1));

    /// <summary>Asserts that the operation throws <see cref="ArgumentException"/> and that nothing at all was written.</summary>
    public void Refuses(string why, Action<IBackend> operation)
    {
        IBackend backend = Lent<TDevice>.Take(1);
        Write(backend);
        Exception? thrown = Record.Exception(() => operation(backend));
        if (thrown is not ArgumentException)
            Assert.Fail($"{TDevice.Name}, {why}: expected an ArgumentException, got {thrown?.ToString() ?? "nothing"}.");
        foreach (Operand operand in _operands)
            Unchanged(backend, operand.Place, operand.Before, $"{why}: refused, yet written");
        Lent<TDevice>.Return(1, backend);
    }

    /// <summary>
    /// Asserts that the operation refuses each place in turn when it is a word short, a word long, outside its arena, or, for a
    /// destination, when it shares a word with another operand.
    /// </summary>
    public void RefusesEachWrongPlace(Place[] places, int[] destinations, Action<IBackend, Place[]> operation)
    {
        for (int i = 0; i < places.Length; i++)
        {
            Place place = places[i];
            Try($"operand {i} a word short", i, place with { Length = place.Length - 1 });
            Try($"operand {i} a word long", i, place with { Length = place.Length + 1 });
            Try($"operand {i} beyond the arena", i, place with { Offset = Lent<TDevice>.Words + 1 - place.Length });
            Try($"operand {i} before the arena", i, place with { Offset = -1 });
        }

        foreach (int d in destinations)
            for (int i = 0; i < places.Length; i++)
                if (i != d)
                    Try($"destination {d} shares the last word of operand {i}", d,
                        places[d] with { Arena = places[i].Arena, Offset = places[i].Offset + places[i].Length - 1 });

        void Try(string why, int index, Place wrong)
        {
            var changed = (Place[])places.Clone();
            changed[index] = wrong;
            Refuses(why, b => operation(b, changed));
        }
    }

    /// <summary>What the last run left in a place.</summary>
    public float[] Floats(Place place) => MemoryMarshal.Cast<uint, float>(_results[place]).ToArray();

    /// <inheritdoc cref="Floats"/>
    public uint[] Words(Place place) => _results[place];

    /// <summary>What the scalar backend makes of the same operands with the same operation.</summary>
    public float[] Expected(Place place) => MemoryMarshal.Cast<uint, float>(ExpectedWords(place)).ToArray();

    /// <inheritdoc cref="Expected"/>
    public uint[] ExpectedWords(Place place)
    {
        if (_expected.Count == 0)
            _expected = Execute<Scalar>(_operation!, threads: 1);
        return _expected[place];
    }

    /// <summary>Fails unless the last run gave what the scalar backend gives, within the tolerance.</summary>
    public void MatchesScalar(Tolerance tolerance, Place place, string what) =>
        Close.Within(tolerance, Expected(place), Floats(place), $"{TDevice.Name}, {what}");

    private uint[][] InOrder(Dictionary<Place, uint[]> results) =>
        [.. _operands.Where(operand => !operand.Constant).Select(operand => results[operand.Place])];

    private Place Take(ReadOnlySpan<uint> words, bool constant)
    {
        var arena = (Arena)(_operands.Count % Arenas);
        Place room = _plan.Take(arena, GuardWords + (int)ArenaPlan.RoundUp(words.Length) + GuardWords);
        Assert.True(_plan.Words(arena) <= Lent<TDevice>.Words, "The test needs more memory than the bench has.");
        _operands.Add(new Operand(room.Part(GuardWords, words.Length), words.ToArray(), constant));
        return _operands[^1].Place;
    }

    private Dictionary<Place, uint[]> Execute<T>(Action<IBackend> operation, int threads)
        where T : IDevice
    {
        IBackend backend = Lent<T>.Take(threads);
        Write(backend);
        operation(backend);
        backend.Finish();
        var results = new Dictionary<Place, uint[]>();
        foreach (Operand operand in _operands)
        {
            foreach (Place guard in Guards(operand.Place))
                Unchanged(backend, guard, Enumerable.Repeat(Guard, guard.Length).ToArray(), $"written outside the operand {operand.Place}");
            if (operand.Constant)
                Unchanged(backend, operand.Place, operand.Before, "a source was changed");
            else
                backend.Read(operand.Place, results[operand.Place] = new uint[operand.Place.Length]);
        }

        Lent<T>.Return(threads, backend);
        return results;
    }

    private void Write(IBackend backend)
    {
        foreach (Operand operand in _operands)
        {
            foreach (Place guard in Guards(operand.Place))
                backend.Write(guard, Enumerable.Repeat(Guard, guard.Length).ToArray());
            backend.Write(operand.Place, operand.Before);
        }
    }

    private static Place[] Guards(Place place) =>
    [
        new(place.Arena, place.Offset - GuardWords, GuardWords),
        new(place.Arena, place.Offset + place.Length, (int)ArenaPlan.RoundUp(place.Length) - place.Length + GuardWords),
    ];

    private static void Unchanged(IBackend backend, Place place, uint[] before, string why)
    {
        var now = new uint[place.Length];
        backend.Read(place, now);
        for (int i = 0; i < now.Length; i++)
            if (now[i] != before[i])
                Assert.Fail($"{backend.Name}: {why}, word {i} of {place}: {before[i]:X8} became {now[i]:X8}.");
    }
}
