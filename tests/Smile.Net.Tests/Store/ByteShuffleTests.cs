using Smile.Net.Store;

namespace Smile.Net.Tests.Store;

public sealed class ByteShuffleTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void What_is_taken_apart_comes_together(int size)
    {
        foreach (int count in new[] { 1, 7, 31, 32, 33, 64, 129, 1000 })
        {
            byte[] numbers = new byte[count * size], planes = new byte[numbers.Length], back = new byte[numbers.Length];
            var rng = new Rng((ulong)count);
            foreach (ref byte each in numbers.AsSpan())
                each = (byte)rng.Next(256);
            ByteShuffle.Apart(numbers, size, planes);
            Assert.Equal(numbers.Where((_, i) => i % size == 0), planes.Take(count));
            Assert.Equal(numbers.Where((_, i) => i % size == size - 1), planes.Skip((size - 1) * count));
            ByteShuffle.Together(planes, size, back);
            Assert.Equal(numbers, back);
        }
    }

    [Fact]
    public void The_check_value_of_the_polynomial()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0u, Crc32C.Of([]));
    }
}
