using System.Numerics;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Instructions;

/// <summary>mul.wide and mad.wide: a product of twice the width, and c or nothing added.</summary>
internal sealed unsafe class WideInstruction<T, TWide>(Reg d, Reg a, Reg b, Reg c) : Instruction
    where T : unmanaged, IBinaryInteger<T>
    where TWide : unmanaged, IBinaryInteger<TWide>
{
    public override InstructionClass Class => InstructionClass.Integer;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        warp.Require(b, mask, this);
        TWide* to = warp.Target<TWide>(d, mask);
        T* left = warp.Values<T>(a), right = warp.Values<T>(b);
        if (c == Reg.None)
        {
            for (int i = 0; i < Warp.Lanes; i++)
                to[i] = TWide.CreateTruncating(left[i]) * TWide.CreateTruncating(right[i]);
        }
        else
        {
            warp.Require(c, mask, this);
            TWide* addend = warp.Values<TWide>(c);
            for (int i = 0; i < Warp.Lanes; i++)
                to[i] = TWide.CreateTruncating(left[i]) * TWide.CreateTruncating(right[i]) + addend[i];
        }

        warp.Keep<TWide>(d, mask);
    }
}

/// <summary>shl and shr: the amount is an unsigned 32-bit number, larger ones than the width count as the width.</summary>
internal sealed unsafe class ShiftInstruction<T, TOp>(Reg d, Reg a, Reg amount) : Instruction
    where T : unmanaged
    where TOp : struct, IShift<T>
{
    public override InstructionClass Class => InstructionClass.Integer;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        warp.Require(amount, mask, this);
        T* to = warp.Target<T>(d, mask), from = warp.Values<T>(a);
        uint* by = warp.Values<uint>(amount);
        for (int i = 0; i < Warp.Lanes; i++)
            to[i] = TOp.Of(from[i], (int)Math.Min(by[i], 64));
        warp.Keep<T>(d, mask);
    }
}
