using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

/// <summary>Sets of organs as mask words, of tests with up to 32 organs.</summary>
internal static class Bits
{
    public static VoxelBits Voxels(params uint[] words) => new(words, words.Length);

    public static OrganRuns Runs(uint[] words, int pixels) => OrganRuns.Of(Voxels(words), pixels);

    public static uint[] InWords(this VoxelBits voxels) => voxels.All.ToArray();

    public static uint[] InWords(this OrganRuns runs) => runs.ToVoxels().InWords();
}
