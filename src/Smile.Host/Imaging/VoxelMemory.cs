using System.Runtime.InteropServices;

namespace Smile.Host.Imaging;

/// <summary>
/// Memory for a volume. It is new to the process, so the kernel hands it over page by page as it is first written, and for the
/// hundreds of MiB of a CT those page faults cost more than reading the file does. On Linux the pages are asked to be large
/// (2 MiB in place of 4 KiB), which where transparent huge pages are on request (the usual setting) leaves one fault of 512.
/// </summary>
internal static class VoxelMemory
{
    /// <summary>MADV_HUGEPAGE of madvise(2), and the size that its pages have on x86-64 and, mostly, on arm64.</summary>
    private const int HugePageAdvice = 14, HugePage = 1 << 21;

    private static readonly Advise? _advise = Bind();

    /// <summary>An array whose elements the caller sets, every one.</summary>
    public static T[] Uninitialized<T>(long count)
        where T : unmanaged
    {
        T[] voxels = GC.AllocateUninitializedArray<T>(checked((int)count));
        if (_advise is null || Buffer.ByteLength(voxels) < 2 * HugePage)
            return voxels;
        GCHandle pin = GCHandle.Alloc(voxels, GCHandleType.Pinned);
        nint start = (pin.AddrOfPinnedObject() + HugePage - 1) & -HugePage, end = (pin.AddrOfPinnedObject() + Buffer.ByteLength(voxels)) & -HugePage;
        _advise(start, (nuint)(end - start), HugePageAdvice); // advice: where the kernel has none to take, nothing is lost
        pin.Free();
        return voxels;
    }

    private static Advise? Bind() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "madvise", out nint address)
            ? Marshal.GetDelegateForFunctionPointer<Advise>(address) : null;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Advise(nint start, nuint length, int advice);
}
