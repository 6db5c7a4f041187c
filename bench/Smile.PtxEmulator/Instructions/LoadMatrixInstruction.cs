using Smile.PtxEmulator.Checks;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>
/// ldmatrix (PTX ISA, "ldmatrix"): matrices of 8 x 8 16-bit elements, whose rows of 16 bytes start at the addresses of lanes 0 to 7 for the
/// first, 8 to 15 for the second and so on. A lane gets elements (lane / 4, lane % 4 * 2) and the next column, or with .trans those of the
/// transposed matrix.
/// </summary>
internal sealed unsafe class LoadMatrixInstruction(Address address, Reg[] d, bool transposed) : Instruction
{
    private const int RowBytes = 16, Size = 8;

    public override InstructionClass Class => InstructionClass.SharedMemory;

    public override void Execute(Warp warp, uint mask)
    {
        warp.RequireAll(mask, this);
        Span<ulong> addresses = stackalloc ulong[Warp.Lanes];
        address.Get(warp, mask, addresses, this);
        int rows = d.Length * Size;
        ushort** places = stackalloc ushort*[rows];
        for (int lane = 0; lane < rows; lane++)
        {
            Space space = Space.Shared;
            places[lane] = (ushort*)warp.Block.At(ref space, addresses[lane], RowBytes, Access.Read, warp, lane, this);
        }

        for (int i = 0; i < d.Length; i++)
        {
            uint* to = warp.Values<uint>(d[i]);
            for (int lane = 0; lane < Warp.Lanes; lane++)
            {
                int row = lane / 4, column = lane % 4 * 2;
                ushort first = transposed ? places[i * Size + column][row] : places[i * Size + row][column];
                ushort second = transposed ? places[i * Size + column + 1][row] : places[i * Size + row][column + 1];
                to[lane] = (uint)second << 16 | first;
            }

            warp.SetDefined(d[i], mask, mask);
        }

        Traffic.Shared(addresses, rows == Warp.Lanes ? uint.MaxValue : (1u << rows) - 1, RowBytes, ref warp.Block.Counts[Index]);
    }
}
