using Smile.Kernels.Memory;

namespace Smile.Host.Imaging;

/// <summary>
/// Memory for a volume. It is new to the process, so the kernel hands it over page by page as it is first written, and for the
/// hundreds of MiB of a CT those page faults cost more than reading the file does. Hence huge pages
/// (<see cref="HugePages"/>).
/// </summary>
internal static class VoxelMemory
{
    /// <summary>An array whose elements the caller sets, every one.</summary>
    public static T[] Uninitialized<T>(long count)
        where T : unmanaged
    {
        T[] voxels = GC.AllocateUninitializedArray<T>(checked((int)count));
        if (Buffer.ByteLength(voxels) >= 2 * HugePages.Bytes)
            HugePages.Ask<T>(voxels);
        return voxels;
    }
}
