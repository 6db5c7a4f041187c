using System.Globalization;
using System.Runtime.InteropServices;
using Smile.Host.Imaging;

namespace Smile.Host.Tests.Imaging;

public class VoxelMemoryTests
{
    private const string Maps = "/proc/self/smaps";

    /// <summary>The kernel marks memory that was asked to have large pages with "hg" (proc(5), VmFlags).</summary>
    [Fact]
    public void AVolumeAsksForLargePages()
    {
        Assert.SkipUnless(File.Exists(Maps), $"{Maps} is Linux's.");
        Assert.SkipUnless(Directory.Exists("/sys/kernel/mm/transparent_hugepage"), "This kernel has no transparent huge pages.");
        short[] voxels = VoxelMemory.Uninitialized<short>(8 << 20);
        GCHandle pin = GCHandle.Alloc(voxels, GCHandleType.Pinned);
        try
        {
            Assert.Contains(" hg", FlagsAt((ulong)pin.AddrOfPinnedObject() + 8 * (1 << 20)), StringComparison.Ordinal);
        }
        finally
        {
            pin.Free();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 22) + 1)]
    public void AllElementsAreThere(int count)
    {
        byte[] voxels = VoxelMemory.Uninitialized<byte>(count);
        Assert.Equal(count, voxels.Length);
        voxels.AsSpan().Fill(7);
        Assert.Equal(-1, voxels.AsSpan().IndexOfAnyExcept((byte)7));
    }

    private static string FlagsAt(ulong address)
    {
        bool inside = false;
        foreach (string line in File.ReadLines(Maps))
        {
            string first = line.Split(' ')[0];
            if (first.Split('-') is [string from, string to]
                && ulong.TryParse(from, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong start)
                && ulong.TryParse(to, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong end))
            {
                inside = address >= start && address < end;
            }
            else if (inside && first == "VmFlags:")
            {
                return line;
            }
        }

        return "";
    }
}
