using System.Runtime.InteropServices;
using Smile.PtxEmulator.Checks;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Execution;

/// <summary>A block's .shared memory and the last writer and readers of each granule; a granule with no writer was never written.</summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    private readonly byte* _data;
    private readonly int _bytes, _granule;
    private readonly ulong[] _writers, _readers;

    /// <param name="bytes">Static and dynamic bytes.</param>
    /// <param name="granule">Bits of an address inside a granule.</param>
    public SharedMemory(int bytes, int granule)
    {
        (_bytes, _granule) = (bytes, granule);
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)bytes + 64, 64);
        int granules = (bytes + (1 << granule) - 1) >> granule;
        (_writers, _readers) = (new ulong[granules], new ulong[granules]);
    }

    public void Clear()
    {
        Array.Clear(_writers);
        Array.Clear(_readers);
    }

    public byte* At(ulong address, int size, Access access, Warp warp, int lane, Instruction by)
    {
        CheckBounds(address, size, warp, lane, by);
        Owner now = warp.Owner(lane);
        uint phase = warp.Block.Phase;
        for (int granule = (int)address >> _granule, end = (int)address + size - 1 >> _granule; granule <= end; granule++)
        {
            if (access != Access.Write && _writers[granule] == 0)
                throw by.Refuse(PtxFault.Uninitialised,
                    $"{warp.Thread(lane)} reads shared memory at 0x{address:X}, which nobody has written");
            Shadow.Note(ref _writers[granule], ref _readers[granule], access, now, phase, warp, lane, by, address);
        }

        return _data + address;
    }

    /// <summary>Begins a copy: whoever touches the bytes before it is complete is refused.</summary>
    public void BeginCopy(ulong address, int size, Warp warp, int lane, Instruction by)
    {
        At(address, size, Access.Write, warp, lane, by);
        for (int granule = (int)address >> _granule, end = (int)address + size - 1 >> _granule; granule <= end; granule++)
            _writers[granule] = warp.Owner(lane).Pending.Bits;
    }

    /// <summary>Completes a copy: from now on it counts as a write by the thread that waited.</summary>
    public void EndCopy(ulong address, ReadOnlySpan<byte> data, Warp warp, int lane)
    {
        data.CopyTo(new Span<byte>(_data + address, data.Length));
        for (int granule = (int)address >> _granule, end = (int)address + data.Length - 1 >> _granule; granule <= end; granule++)
            _writers[granule] = warp.Owner(lane).Bits;
    }

    public void Dispose() => NativeMemory.AlignedFree(_data);

    private void CheckBounds(ulong address, int size, Warp warp, int lane, Instruction by)
    {
        if (address > (ulong)_bytes || address + (ulong)size > (ulong)_bytes)
            throw by.Refuse(PtxFault.OutOfBounds, $"{warp.Thread(lane)}: {size} bytes at 0x{address:X} of {_bytes} bytes of shared memory");
    }
}
