using System.Numerics;
using Smile.PtxEmulator.Checks;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>atom and red (PTX ISA, "atom", "red"). Blocks of a kernel with these run one after another, so their order is fixed.</summary>
internal static class Atomics
{
    public static Instruction Decode(Form form, bool returns)
    {
        Space space = Memory.TakeSpace(form);
        if (space is Space.Local or Space.Param)
            throw form.Refuse($"{space} memory is not shared");
        form.TakeAny("relaxed", "acquire", "release", "acq_rel");
        form.TakeAny("cta", "gpu", "sys");
        string name = form.TakeAny("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec")
            ?? throw form.Refuse("the operation is not modelled");
        PtxType type = name switch
        {
            "add" => form.Type(PtxType.U32, PtxType.S32, PtxType.U64, PtxType.F32, PtxType.F64),
            "min" or "max" => form.Type(PtxType.U32, PtxType.S32, PtxType.U64, PtxType.S64),
            "inc" or "dec" => form.Type(PtxType.U32),
            _ => form.Type(PtxType.B32, PtxType.B64),
        };
        int at = returns ? 1 : 0;
        Reg d = returns ? form.Write(0, type) : Reg.None;
        Address address = form.Address(at, space);
        Reg b = form.Read(at + 1, type);
        if (name == "cas")
        {
            Reg c = form.Read(at + 2, type);
            return type == PtxType.B32
                ? new SwapInstruction<uint>(space, address, d, b, c)
                : new SwapInstruction<ulong>(space, address, d, b, c);
        }

        return Maker.Make(typeof(AtomicInstruction<,>), type.Clr(), Operator(form, name, type, space), space, address, d, b);
    }

    private static Type Operator(Form form, string name, PtxType type, Space space)
    {
        Type op = name switch
        {
            "add" => typeof(Add<>),
            "min" => typeof(Least<>),
            "max" => typeof(Greatest<>),
            "and" => typeof(And<>),
            "or" => typeof(Or<>),
            "xor" => typeof(Xor<>),
            "exch" => typeof(Exchange<>),
            "inc" => typeof(Increment<>),
            _ => typeof(Decrement<>),
        };
        if (type == PtxType.F32 && space == Space.Generic)
            throw form.Refuse("whether subnormals are flushed depends on the space, which the form does not name");
        return Arithmetic.FloatBinary(op, type, flush: space == Space.Global);
    }
}

/// <summary>d = [a]; [a] = op([a], b), lane after lane.</summary>
internal sealed unsafe class AtomicInstruction<T, TOp>(Space space, Address address, Reg d, Reg b) : MemoryInstruction(space, address)
    where T : unmanaged
    where TOp : struct, IBinary<T>
{
    public override InstructionClass Class => InstructionClass.Atomic;

    public override int Bytes => sizeof(T);

    public override int ElementBytes => sizeof(T);

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(b, mask, this);
        Span<nint> places = stackalloc nint[Warp.Lanes];
        Places(warp, mask, Access.Atomic, places);
        T* operand = warp.Values<T>(b);
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            T* at = (T*)places[lane];
            T old = *at;
            *at = TOp.Of(old, operand[lane]);
            if (d != Reg.None)
                warp.Values<T>(d)[lane] = old;
        }

        if (d != Reg.None)
            warp.SetDefined(d, mask, mask);
    }
}

/// <summary>atom.cas: d = [a]; [a] = d == b ? c : d.</summary>
internal sealed unsafe class SwapInstruction<T>(Space space, Address address, Reg d, Reg b, Reg c) : MemoryInstruction(space, address)
    where T : unmanaged, IBinaryInteger<T>
{
    public override InstructionClass Class => InstructionClass.Atomic;

    public override int Bytes => sizeof(T);

    public override int ElementBytes => sizeof(T);

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(b, mask, this);
        warp.Require(c, mask, this);
        Span<nint> places = stackalloc nint[Warp.Lanes];
        Places(warp, mask, Access.Atomic, places);
        T* expected = warp.Values<T>(b), value = warp.Values<T>(c);
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            T* at = (T*)places[lane];
            T old = *at;
            if (old == expected[lane])
                *at = value[lane];
            if (d != Reg.None)
                warp.Values<T>(d)[lane] = old;
        }

        if (d != Reg.None)
            warp.SetDefined(d, mask, mask);
    }
}

internal readonly struct Exchange<T> : IBinary<T>
    where T : unmanaged
{
    public static T Of(T a, T b) => b;
}

/// <summary>a >= b ? 0 : a + 1</summary>
internal readonly struct Increment<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, T b) => a >= b ? T.Zero : a + T.One;
}

/// <summary>a is 0 or above b ? b : a - 1</summary>
internal readonly struct Decrement<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, T b) => T.IsZero(a) || a > b ? b : a - T.One;
}
