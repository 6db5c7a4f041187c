using System.Numerics;
using System.Runtime.CompilerServices;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Instructions;

/// <summary>d = op(a) in every lane.</summary>
internal sealed unsafe class UnaryInstruction<T, TOp>(InstructionClass kind, Reg d, Reg a) : Instruction
    where T : unmanaged
    where TOp : struct, IUnary<T>
{
    public override InstructionClass Class => kind;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        T* to = warp.Target<T>(d, mask), from = warp.Values<T>(a);
        if (TOp.IsVector)
        {
            for (int i = 0; i < Warp.Lanes; i += Vector<T>.Count)
                Unsafe.Write(to + i, TOp.Of(Unsafe.Read<Vector<T>>(from + i)));
        }
        else
        {
            for (int i = 0; i < Warp.Lanes; i++)
                to[i] = TOp.Of(from[i]);
        }

        warp.Keep<T>(d, mask);
    }
}

/// <summary>d = op(a, b) in every lane.</summary>
internal sealed unsafe class BinaryInstruction<T, TOp>(InstructionClass kind, Reg d, Reg a, Reg b) : Instruction
    where T : unmanaged
    where TOp : struct, IBinary<T>
{
    public override InstructionClass Class => kind;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        warp.Require(b, mask, this);
        T* to = warp.Target<T>(d, mask), left = warp.Values<T>(a), right = warp.Values<T>(b);
        if (TOp.IsVector)
        {
            for (int i = 0; i < Warp.Lanes; i += Vector<T>.Count)
                Unsafe.Write(to + i, TOp.Of(Unsafe.Read<Vector<T>>(left + i), Unsafe.Read<Vector<T>>(right + i)));
        }
        else
        {
            for (int i = 0; i < Warp.Lanes; i++)
                to[i] = TOp.Of(left[i], right[i]);
        }

        warp.Keep<T>(d, mask);
    }
}

/// <summary>d = op(a, b, c) in every lane.</summary>
internal sealed unsafe class TernaryInstruction<T, TOp>(InstructionClass kind, Reg d, Reg a, Reg b, Reg c) : Instruction
    where T : unmanaged
    where TOp : struct, ITernary<T>
{
    public override InstructionClass Class => kind;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        warp.Require(b, mask, this);
        warp.Require(c, mask, this);
        T* to = warp.Target<T>(d, mask), x = warp.Values<T>(a), y = warp.Values<T>(b), z = warp.Values<T>(c);
        if (TOp.IsVector)
        {
            for (int i = 0; i < Warp.Lanes; i += Vector<T>.Count)
                Unsafe.Write(to + i, TOp.Of(Unsafe.Read<Vector<T>>(x + i), Unsafe.Read<Vector<T>>(y + i), Unsafe.Read<Vector<T>>(z + i)));
        }
        else
        {
            for (int i = 0; i < Warp.Lanes; i++)
                to[i] = TOp.Of(x[i], y[i], z[i]);
        }

        warp.Keep<T>(d, mask);
    }
}

/// <summary>d = op(a, b); lanes whose result the ISA leaves open have no defined value afterwards.</summary>
internal sealed unsafe class PartialInstruction<T, TOp>(Reg d, Reg a, Reg b) : Instruction
    where T : unmanaged
    where TOp : struct, IPartialBinary<T>
{
    public override InstructionClass Class => InstructionClass.Integer;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        warp.Require(b, mask, this);
        T* to = warp.Target<T>(d, mask), left = warp.Values<T>(a), right = warp.Values<T>(b);
        uint defined = 0;
        for (int i = 0; i < Warp.Lanes; i++)
            if (TOp.TryOf(left[i], right[i], out to[i]))
                defined |= 1u << i;
        warp.Keep<T>(d, mask);
        warp.SetDefined(d, mask, defined);
    }
}

/// <summary>d = conversion of a. The source register may be wider than its type, the destination is extended to its register.</summary>
internal sealed unsafe class ConvertInstruction<TFrom, TTo, TOp>(InstructionClass kind, Reg d, Reg a) : Instruction
    where TFrom : unmanaged
    where TTo : unmanaged, INumberBase<TTo>
    where TOp : struct, IConversion<TFrom, TTo>
{
    public override InstructionClass Class => kind;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        byte* from = warp.Values<byte>(a);
        switch (d.Size)
        {
            case var size when size == sizeof(TTo):
                TTo* to = warp.Target<TTo>(d, mask);
                for (int i = 0; i < Warp.Lanes; i++)
                    to[i] = TOp.Of(*(TFrom*)(from + i * a.Size));
                warp.Keep<TTo>(d, mask);
                break;
            case 2:
                Extend<short>(warp, mask, from);
                break;
            case 4:
                Extend<int>(warp, mask, from);
                break;
            default:
                Extend<long>(warp, mask, from);
                break;
        }
    }

    private void Extend<TWide>(Warp warp, uint mask, byte* from)
        where TWide : unmanaged, INumberBase<TWide>
    {
        TWide* to = warp.Target<TWide>(d, mask);
        for (int i = 0; i < Warp.Lanes; i++)
            to[i] = TWide.CreateTruncating(TOp.Of(*(TFrom*)(from + i * a.Size)));
        warp.Keep<TWide>(d, mask);
    }
}
