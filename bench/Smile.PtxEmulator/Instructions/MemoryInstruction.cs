using System.Numerics;
using Smile.PtxEmulator.Checks;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>An instruction that goes to memory with one address a lane.</summary>
internal abstract unsafe class MemoryInstruction(Space space, Address address) : Instruction
{
    public override InstructionClass Class => space switch
    {
        Space.Shared => InstructionClass.SharedMemory,
        Space.Local => InstructionClass.LocalMemory,
        Space.Param => InstructionClass.Parameter,
        _ => InstructionClass.GlobalMemory,
    };

    /// <summary>Bytes of an access.</summary>
    public abstract int Bytes { get; }

    /// <summary>Bytes of one element of it.</summary>
    public abstract int ElementBytes { get; }

    public Space Space => space;

    protected Address Address => address;

    /// <summary>Checks the accesses of all lanes, counts the request and gives the places.</summary>
    protected void Places(Warp warp, uint mask, Access access, Span<nint> places)
    {
        Span<ulong> addresses = stackalloc ulong[Warp.Lanes];
        address.Get(warp, mask, addresses, this);
        Space where = space;
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            Space lanes = space;
            places[lane] = (nint)warp.Block.At(ref lanes, addresses[lane], Bytes, access, warp, lane, this);
            where = lanes;
        }

        ref LineCount count = ref warp.Block.Counts[Index];
        if (where == Space.Global)
            Traffic.Global(addresses, mask, Bytes, ref count);
        else if (where == Space.Shared)
            Traffic.Shared(addresses, mask, Bytes, ref count);
    }
}

/// <summary>ld: one value or a vector of two or four (PTX ISA, "ld").</summary>
internal sealed unsafe class LoadInstruction(Space space, Address address, Reg[] d, int size, bool signed) : MemoryInstruction(space,
    address)
{
    public override int Bytes => d.Length * size;

    public override int ElementBytes => size;

    public override void Execute(Warp warp, uint mask)
    {
        Span<nint> places = stackalloc nint[Warp.Lanes];
        Places(warp, mask, Access.Read, places);
        for (int i = 0; i < d.Length; i++)
        {
            byte* to = warp.Values<byte>(d[i]);
            int width = d[i].Size;
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                byte* from = (byte*)places[lane] + i * size;
                if (size == 4 && width == 4)
                    ((uint*)to)[lane] = *(uint*)from;
                else
                    Bits.Store(to + lane * width, width, Bits.Load(from, size, signed));
            }

            warp.SetDefined(d[i], mask, mask);
        }
    }
}

/// <summary>ld.param: the same bytes of the packed arguments for every lane.</summary>
internal sealed unsafe class ParameterInstruction(int offset, Reg[] d, int size, bool signed) : Instruction
{
    public override InstructionClass Class => InstructionClass.Parameter;

    public override void Execute(Warp warp, uint mask)
    {
        fixed (byte* parameters = warp.Block.Parameters)
        {
            for (int i = 0; i < d.Length; i++)
            {
                ulong bits = Bits.Load(parameters + offset + i * size, size, signed);
                byte* to = warp.Values<byte>(d[i]);
                for (uint left = mask; left != 0; left &= left - 1)
                    Bits.Store(to + BitOperations.TrailingZeroCount(left) * d[i].Size, d[i].Size, bits);
                warp.SetDefined(d[i], mask, mask);
            }
        }
    }
}

/// <summary>st: one value or a vector of two or four (PTX ISA, "st").</summary>
internal sealed unsafe class StoreInstruction(Space space, Address address, Reg[] a, int size) : MemoryInstruction(space, address)
{
    public override int Bytes => a.Length * size;

    public override int ElementBytes => size;

    public override void Execute(Warp warp, uint mask)
    {
        foreach (Reg source in a)
            warp.Require(source, mask, this);
        Span<nint> places = stackalloc nint[Warp.Lanes];
        Places(warp, mask, Access.Write, places);
        for (int i = 0; i < a.Length; i++)
        {
            byte* from = warp.Values<byte>(a[i]);
            int width = a[i].Size;
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                byte* to = (byte*)places[lane] + i * size;
                if (size == 4 && width == 4)
                    *(uint*)to = ((uint*)from)[lane];
                else
                    Bits.Store(to, size, Bits.Load(from + lane * width, width, signed: false));
            }
        }
    }
}

/// <summary>Integers of 1 to 8 bytes.</summary>
internal static unsafe class Bits
{
    public static ulong Load(byte* from, int size, bool signed) => (size, signed) switch
    {
        (1, false) => *from,
        (1, true) => (ulong)*(sbyte*)from,
        (2, false) => *(ushort*)from,
        (2, true) => (ulong)*(short*)from,
        (4, false) => *(uint*)from,
        (4, true) => (ulong)*(int*)from,
        _ => *(ulong*)from,
    };

    /// <summary>The low bytes.</summary>
    public static void Store(byte* to, int size, ulong bits)
    {
        switch (size)
        {
            case 1:
                *to = (byte)bits;
                break;
            case 2:
                *(ushort*)to = (ushort)bits;
                break;
            case 4:
                *(uint*)to = (uint)bits;
                break;
            default:
                *(ulong*)to = bits;
                break;
        }
    }
}
