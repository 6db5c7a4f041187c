using System.Numerics;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Counters;

/// <summary>What a request of a warp costs in sectors of global memory and in passes over the banks of shared memory.</summary>
internal static class Traffic
{
    private const int SectorBits = 5, Banks = 32, BankBits = 2;

    /// <summary>Counts a request to global memory: sectors of 32 bytes touched, and the fewest that hold the distinct bytes.</summary>
    public static void Global(ReadOnlySpan<ulong> addresses, uint mask, int size, ref LineCount count)
    {
        Span<ulong> sorted = stackalloc ulong[Warp.Lanes];
        int lanes = Gather(addresses, mask, sorted, out bool isSorted);
        sorted = sorted[..lanes];
        if (!isSorted)
            sorted.Sort();
        int distinct = 1, sectors = 1;
        for (int i = 1; i < lanes; i++)
        {
            if (sorted[i] != sorted[i - 1])
                distinct++;
            if (sorted[i] >> SectorBits != sorted[i - 1] >> SectorBits)
                sectors++;
        }

        Request(lanes, size, ref count);
        count.DistinctBytes += (long)distinct * size;
        count.Sectors += sectors;
        count.IdealSectors += (distinct * size + (1 << SectorBits) - 1) >> SectorBits;
    }

    /// <summary>
    /// Counts a request to shared memory: 32 banks of four bytes; lanes that read one word share it, and a pass serves one word a bank.
    /// Accesses of 8 and 16 bytes go by half and quarter warps. This is the model of NVIDIA's "CUDA C++ Best Practices Guide" and of GTC
    /// talks on Volta and later; what the hardware merges beyond it is not modelled.
    /// </summary>
    public static void Shared(ReadOnlySpan<ulong> addresses, uint mask, int size, ref LineCount count)
    {
        int group = size <= 4 ? Warp.Lanes : Warp.Lanes * 4 / size;
        for (int first = 0; first < Warp.Lanes; first += group)
        {
            uint lanes = mask & (group == Warp.Lanes ? uint.MaxValue : ((1u << group) - 1) << first);
            if (lanes == 0)
                continue;
            count.Wavefronts += Passes(addresses, lanes, size);
            count.IdealWavefronts++;
        }

        Request(BitOperations.PopCount(mask), size, ref count);
    }

    private static void Request(int lanes, int size, ref LineCount count)
    {
        count.Requests++;
        count.Bytes += (long)lanes * size;
    }

    private static int Passes(ReadOnlySpan<ulong> addresses, uint lanes, int size)
    {
        int firstLane = BitOperations.TrailingZeroCount(lanes);
        ulong row = addresses[firstLane] >> (SectorBits + BankBits);
        bool oneRow = true;
        for (uint left = lanes; left != 0; left &= left - 1)
            oneRow &= addresses[BitOperations.TrailingZeroCount(left)] >> (SectorBits + BankBits) == row;
        if (oneRow)
            return 1; // within 128 aligned bytes no two words share a bank

        Span<ulong> words = stackalloc ulong[Warp.Lanes];
        Span<byte> perBank = stackalloc byte[Banks];
        perBank.Clear();
        int known = 0, passes = 1;
        for (uint left = lanes; left != 0; left &= left - 1)
        {
            ulong address = addresses[BitOperations.TrailingZeroCount(left)];
            for (int offset = 0; offset < size; offset += 4)
            {
                ulong word = (address + (ulong)offset) >> BankBits;
                if (words[..known].Contains(word))
                    continue;
                words[known++] = word;
                passes = Math.Max(passes, ++perBank[(int)(word % Banks)]);
            }
        }

        return passes;
    }

    private static int Gather(ReadOnlySpan<ulong> addresses, uint mask, Span<ulong> to, out bool isSorted)
    {
        int lanes = 0;
        isSorted = true;
        for (uint left = mask; left != 0; left &= left - 1)
        {
            ulong address = addresses[BitOperations.TrailingZeroCount(left)];
            isSorted &= lanes == 0 || address >= to[lanes - 1];
            to[lanes++] = address;
        }

        return lanes;
    }
}
