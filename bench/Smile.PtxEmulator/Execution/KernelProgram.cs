using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Execution;

/// <summary>A kernel ready to run.</summary>
internal sealed record KernelProgram
{
    public required string Name { get; init; }

    public required Instruction[] Code { get; init; }

    public required RegisterLayout Registers { get; init; }

    public required int ParameterBytes { get; init; }

    public required int SharedBytes { get; init; }

    /// <summary>Offset of dynamic shared memory, -1 where the kernel has none.</summary>
    public required int DynamicShared { get; init; }

    public required int LocalBytes { get; init; }

    public required int MaxThreads { get; init; }

    /// <summary>
    /// Bits of an address inside a granule of the race check: 2, or 0 where the kernel has accesses of less than four bytes.
    /// </summary>
    public required int Granule { get; init; }

    /// <summary>True where an atomic operation may touch global memory.</summary>
    public required bool UpdatesGlobalMemory { get; init; }

    public required IReadOnlyDictionary<int, string> Files { get; init; }

    /// <summary>Bytes of shared memory with <paramref name="dynamicBytes"/> of dynamic memory.</summary>
    public int SharedEnd(int dynamicBytes) => DynamicShared < 0 ? SharedBytes : DynamicShared + dynamicBytes;
}
