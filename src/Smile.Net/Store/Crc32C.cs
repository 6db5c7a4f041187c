using System.Buffers.Binary;
using System.Numerics;

namespace Smile.Net.Store;

/// <summary>CRC-32C (Castagnoli; RFC 3720, section 12.1), as iSCSI and most storage formats have it.</summary>
internal static class Crc32C
{
    /// <summary>Of bytes; that of "123456789" is E3069283.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte each in bytes)
            crc = BitOperations.Crc32C(crc, each);
        return ~crc;
    }
}
