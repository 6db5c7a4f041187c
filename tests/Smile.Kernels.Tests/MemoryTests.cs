using Smile.Kernels.Backend;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests;

/// <summary>The part of the contract that is memory: <see cref="IBackend"/>.</summary>
public abstract class MemoryTests<TDevice>
    where TDevice : IDevice
{
    [Fact]
    public void Every_arena_starts_as_zeros_and_keeps_what_is_written()
    {
        using IBackend backend = Backends.Open(TDevice.Name);
        var plan = new ArenaPlan();
        Place[] places = [.. Enum.GetValues<Arena>().Select((arena, i) => plan.Take(arena, 100 + i))];
        backend.Reserve(plan);
        foreach (Place place in places)
        {
            var words = new uint[place.Length];
            backend.Read(place, words);
            Assert.Equal(new uint[place.Length], words);
            backend.Write(place, Golden.Seeded.Floats($"{place}", place.Length));
        }

        foreach (Place place in places)
        {
            var values = new float[place.Length];
            backend.Read(place, values);
            Assert.Equal(Golden.Seeded.Floats($"{place}", place.Length), values);
        }
    }

    [Fact]
    public void Words_and_floats_are_the_same_bits()
    {
        var t = new OpBench<TDevice>();
        Place place = t.State([0x7FC5_A5A5u, 0xFFFF_FFFF, 0, 0x3F80_0000]);
        t.Run(_ => { });
        Assert.Equal([0x7FC5_A5A5u, 0xFFFF_FFFF, 0, 0x3F80_0000], t.Words(place));
    }

    [Fact]
    public void Fill_sets_every_word_and_no_other()
    {
        for (int n = 1; n <= Lengths.Most; n++)
        {
            var t = new OpBench<TDevice>();
            Place place = t.Result(n);
            t.Run(d => d.Fill(place, -2.5f));
            Close.Same(Enumerable.Repeat(-2.5f, n).ToArray(), t.Floats(place), $"{n} words");
        }
    }

    [Fact]
    public void Places_outside_an_arena_and_wrong_lengths_are_refused()
    {
        var t = new OpBench<TDevice>();
        Place place = t.Result(70), beyond = place with { Offset = Lent<TDevice>.Words - 69 };
        t.Refuses("write beyond", d => d.Write(beyond, new float[70]));
        t.Refuses("write of words beyond", d => d.Write(beyond, new uint[70]));
        t.Refuses("read beyond", d => d.Read(beyond, new float[70]));
        t.Refuses("fill beyond", d => d.Fill(beyond, 1));
        t.Refuses("fill before", d => d.Fill(place with { Offset = -1 }, 1));
        t.Refuses("fill far beyond", d => d.Fill(place with { Offset = long.MaxValue - 5 }, 1));
        t.Refuses("write a word short", d => d.Write(place, new float[69]));
        t.Refuses("write a word long", d => d.Write(place, new float[71]));
        t.Refuses("read a word short", d => d.Read(place, new float[69]));
        t.Refuses("read a word long", d => d.Read(place, new uint[71]));
    }

    [Fact]
    public void Reserve_is_called_once_and_first()
    {
        using IBackend backend = Backends.Open(TDevice.Name);
        var plan = new ArenaPlan();
        Place place = plan.Take(Arena.Weights, 3);
        Assert.Throws<InvalidOperationException>(() => backend.Fill(place, 1));
        backend.Reserve(plan);
        Assert.Throws<InvalidOperationException>(() => backend.Reserve(plan));
    }

    [Fact]
    public void An_empty_plan_is_a_plan()
    {
        using IBackend backend = Backends.Open(TDevice.Name);
        backend.Reserve(new ArenaPlan());
        backend.Finish();
        Assert.ThrowsAny<ArgumentException>(() => backend.Fill(new Place(Arena.Scratch, 0, 1), 1));
    }
}
