using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests;

public sealed class HugePagesTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(HugePages.Bytes / 2 + 3)] // words: two huge pages and a rest
    public void An_arena_is_zeroed(int words)
    {
        var plan = new ArenaPlan();
        Place place = plan.Take(Arena.Activations, words);
        using var memory = new HostMemory();
        memory.Reserve(plan);
        Assert.Equal(-1, memory.Words(place).IndexOfAnyExcept(0u));
    }

    [Fact]
    public void What_is_there_stays()
    {
        byte[] memory = new byte[3 * HugePages.Bytes];
        memory.AsSpan().Fill(7);
        HugePages.Ask(memory.AsSpan(1, memory.Length - 1));
        HugePages.Ask(Span<float>.Empty);
        Assert.Equal(-1, memory.AsSpan().IndexOfAnyExcept((byte)7));
    }
}
