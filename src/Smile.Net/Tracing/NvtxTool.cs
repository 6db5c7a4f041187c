using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Smile.Net.Tracing;

/// <summary>
/// The tool that listens to NVTX ranges in this process, as nsys does: the library that NVTX_INJECTION64_PATH names. It is given tables of
/// function pointers, as the headers of NVTX 3 give them, and fills those that it wants to be called by. Nothing of NVIDIA's is linked.
/// </summary>
internal sealed unsafe class NvtxTool
{
    /// <summary>Names the tool's library.</summary>
    public const string Variable = "NVTX_INJECTION64_PATH";

    private const uint CallbackTable = 1, VersionTable = 3, Version = 3; // NVTX_ETID_*; NVTX_VERSION
    private const int RangePush = 9, RangePop = 11; // NVTX_CBID_CORE_RangePushA, _RangePop

    // Functions of a module: those named in NvtxCallbackModule, from 1 on, and one more. A tool gives up where it misses one.
    private static readonly int[] _sizes = [0, 16, 9, 15, 7, 16, 7];
    private static readonly nint[] _modules = [.. _sizes.Select(Table)];
    private static readonly Callbacks* _callbacks = Made(new Callbacks { Bytes = (nuint)sizeof(Callbacks), Module = &Module });
    private static readonly Versions* _versions =
        Made(new Versions { Bytes = (nuint)sizeof(Versions), Number = Version, SetTools = &Ignore });

    private readonly delegate* unmanaged<byte*, int> _push;
    private readonly delegate* unmanaged<int> _pop;

    private NvtxTool()
    {
        _push = (delegate* unmanaged<byte*, int>)Slot(RangePush);
        _pop = (delegate* unmanaged<int>)Slot(RangePop);
    }

    /// <summary>Loads the tool; null where the library is not there, or does not listen to ranges.</summary>
    /// <param name="library">Its path; null or empty: there is none.</param>
    public static NvtxTool? Open(string? library)
    {
        if (string.IsNullOrEmpty(library) || !NativeLibrary.TryLoad(library, out nint loaded)
            || !NativeLibrary.TryGetExport(loaded, "InitializeInjectionNvtx2", out nint initialise)
            || ((delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<uint, void*>, int>)initialise)(&Export) == 0)
            return null;
        return Slot(RangePush) != 0 && Slot(RangePop) != 0 ? new NvtxTool() : null;
    }

    /// <summary>Begins a range on this thread.</summary>
    /// <param name="name">UTF-8, ends with 0.</param>
    public void Push(nint name) => _ = _push((byte*)name);

    /// <summary>Ends the last range that was begun on this thread.</summary>
    public void Pop() => _ = _pop();

    private static nint Slot(int function) => *(nint*)((nint*)_modules[1])[function];

    /// <summary>Pointers to as many slots, but for none of function 0; a null after the last.</summary>
    private static nint Table(int size)
    {
        var table = (nint*)NativeMemory.AllocZeroed((nuint)(2 * size + 1), (nuint)sizeof(nint));
        for (int i = 1; i < size; i++)
            table[i] = (nint)(table + size + i);
        return (nint)table;
    }

    private static T* Made<T>(T value)
        where T : unmanaged
    {
        var at = (T*)NativeMemory.Alloc((nuint)sizeof(T));
        *at = value;
        return at;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* Export(uint table) => table switch
    {
        CallbackTable => _callbacks,
        VersionTable => _versions,
        _ => null,
    };

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Module(int module, nint** table, uint* size)
    {
        if (module <= 0 || module >= _sizes.Length)
            return 0;
        if (table != null)
            *table = (nint*)_modules[module];
        if (size != null)
            *size = (uint)_sizes[module];
        return 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(uint version)
    {
    }

    /// <summary>NvtxExportTableCallbacks.</summary>
    private struct Callbacks
    {
        public nuint Bytes;
        public delegate* unmanaged[Cdecl]<int, nint**, uint*, int> Module;
    }

    /// <summary>NvtxExportTableVersionInfo; between its last two fields lies a reserved one, which alignment leaves room for.</summary>
    private struct Versions
    {
        public nuint Bytes;
        public uint Number;
        public delegate* unmanaged[Cdecl]<uint, void> SetTools;
    }
}
