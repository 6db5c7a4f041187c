using System.Runtime.InteropServices;

namespace Smile.Kernels.Memory;

/// <summary>
/// Memory in pages of 2 MiB in place of 4 KiB, where the system has them on request (Linux: transparent huge pages at "madvise", the usual
/// setting, or at "always"): one page fault for 512, and the processor's table of pages reaches further.
/// </summary>
public static unsafe class HugePages
{
    /// <summary>Bytes of such a page on x86-64 and, mostly, on arm64.</summary>
    public const int Bytes = 1 << 21;

    /// <summary>MADV_HUGEPAGE of madvise(2).</summary>
    private const int Advice = 14;

    private static readonly delegate* unmanaged[Cdecl]<nint, nuint, int, int> _advise = Bind();

    /// <summary>
    /// Asks for huge pages in memory that has not been written yet; what does not fill one is left as it is. Advice: where the system has
    /// none to take, nothing is lost.
    /// </summary>
    public static void Ask<T>(Span<T> memory)
        where T : unmanaged
    {
        fixed (T* block = memory)
            Ask(block, (nuint)memory.Length * (nuint)sizeof(T));
    }

    private static void Ask(void* block, nuint bytes)
    {
        nint start = ((nint)block + Bytes - 1) & -Bytes, end = (nint)((nuint)block + bytes) & -Bytes;
        if (_advise != null && end > start)
            _advise(start, (nuint)(end - start), Advice);
    }

    /// <summary>
    /// A zeroed block, aligned to a cache line or, if it is large, to a huge page. Freed by <see cref="NativeMemory.AlignedFree"/>.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    internal static void* Zeroed(nuint bytes)
    {
        bool large = bytes >= 2 * Bytes;
        void* block = NativeMemory.AlignedAlloc(bytes, large ? Bytes : 64u);
        if (large)
            Ask(block, bytes);
        NativeMemory.Clear(block, bytes);
        return block;
    }

    private static delegate* unmanaged[Cdecl]<nint, nuint, int, int> Bind() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library)
            && NativeLibrary.TryGetExport(library, "madvise", out nint address)
            ? (delegate* unmanaged[Cdecl]<nint, nuint, int, int>)address : null;
}
