using System.Runtime.InteropServices;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Execution;

/// <summary>A warp's .local memory: each lane has its own, with a note for every byte of whether it was written.</summary>
internal sealed unsafe class LocalMemory(int bytes) : IDisposable
{
    private readonly byte* _data = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(1, bytes * Warp.Lanes));
    private readonly bool[] _written = new bool[bytes * Warp.Lanes];

    public void Clear() => Array.Clear(_written);

    public byte* At(ulong address, int size, bool writes, Warp warp, int lane, Instruction by)
    {
        if (address > (ulong)bytes || address + (ulong)size > (ulong)bytes)
            throw by.Refuse(PtxFault.OutOfBounds, $"{warp.Thread(lane)}: {size} bytes at 0x{address:X} of {bytes} bytes of local memory");
        int at = lane * bytes + (int)address;
        Span<bool> written = _written.AsSpan(at, size);
        if (writes)
            written.Fill(true);
        else if (written.Contains(false))
            throw by.Refuse(PtxFault.Uninitialised, $"{warp.Thread(lane)} reads local memory at 0x{address:X}, which it has not written");
        return _data + at;
    }

    public void Dispose() => NativeMemory.Free(_data);
}
