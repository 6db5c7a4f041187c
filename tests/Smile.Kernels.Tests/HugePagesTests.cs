using System.Runtime.InteropServices;

namespace Smile.Kernels.Tests;

public sealed unsafe class HugePagesTests
{
    [Theory]
    [InlineData(100, 64)]
    [InlineData(2 * HugePages.Bytes - 1, 64)]
    [InlineData(2 * HugePages.Bytes + 5, HugePages.Bytes)]
    public void A_block_is_zeroed_and_aligned(int bytes, int alignment)
    {
        void* block = HugePages.Zeroed((nuint)bytes);
        Assert.Equal(0, (nint)block % alignment);
        Assert.Equal(-1, new Span<byte>(block, bytes).IndexOfAnyExcept((byte)0));
        NativeMemory.AlignedFree(block);
    }

    [Fact]
    public void What_is_there_stays()
    {
        byte[] memory = new byte[3 * HugePages.Bytes];
        memory.AsSpan().Fill(7);
        HugePages.Ask<byte>(memory.AsSpan(1, memory.Length - 1));
        HugePages.Ask(Span<float>.Empty);
        Assert.Equal(-1, memory.AsSpan().IndexOfAnyExcept((byte)7));
    }
}
