using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Instructions;

/// <summary>[base + offset]: a register of 64 bits, or of 32 for shared and local memory.</summary>
internal readonly unsafe record struct Address(Reg Base, long Offset)
{
    /// <summary>The address of each lane.</summary>
    public void Get(Warp warp, uint mask, Span<ulong> to, Instruction reader)
    {
        warp.Require(Base, mask, reader);
        if (Base.Size == 4)
        {
            uint* from = warp.Values<uint>(Base);
            for (int i = 0; i < Warp.Lanes; i++)
                to[i] = (ulong)(from[i] + Offset);
        }
        else
        {
            ulong* from = warp.Values<ulong>(Base);
            for (int i = 0; i < Warp.Lanes; i++)
                to[i] = from[i] + (ulong)Offset;
        }
    }
}
