using System.Numerics;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Instructions;

internal enum PredicateLogic
{
    None, And, Or, Xor,
}

/// <summary>p = a op b on predicates, 32 lanes in one word.</summary>
internal sealed class PredicateLogicInstruction(PredicateLogic logic, Reg d, PredicateOperand a, PredicateOperand b) : Instruction
{
    public override InstructionClass Class => InstructionClass.Predicate;

    public static uint Combine(PredicateLogic logic, uint a, uint b) => logic switch
    {
        PredicateLogic.And => a & b,
        PredicateLogic.Or => a | b,
        PredicateLogic.Xor => a ^ b,
        _ => a,
    };

    public override void Execute(Warp warp, uint mask) =>
        warp.SetBits(d, mask, Combine(logic, warp.True(a, mask, this), warp.True(b, mask, this)));
}

/// <summary>mov.pred and not.pred.</summary>
internal sealed class PredicateMoveInstruction(Reg d, PredicateOperand a) : Instruction
{
    public override InstructionClass Class => InstructionClass.Predicate;

    public override void Execute(Warp warp, uint mask)
    {
        uint bits = warp.Bits(a.Reg), defined = warp.Defined(a.Reg);
        warp.SetBits(d, mask, a.Negated ? ~bits : bits);
        warp.SetDefined(d, mask, defined);
    }
}

/// <summary>setp: p = (a op b) logic c, and q = !(a op b) logic c (PTX ISA, "setp").</summary>
internal sealed unsafe class CompareInstruction<T, TOp>(Reg p, Reg q, Reg a, Reg b, PredicateLogic logic, PredicateOperand c) : Instruction
    where T : unmanaged
    where TOp : struct, IComparison<T>
{
    public override InstructionClass Class => InstructionClass.Predicate;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        warp.Require(b, mask, this);
        T* left = warp.Values<T>(a), right = warp.Values<T>(b);
        uint holds = 0;
        for (int i = 0; i < Warp.Lanes; i++)
            holds |= (TOp.Of(left[i], right[i]) ? 1u : 0) << i;
        uint third = logic == PredicateLogic.None ? 0 : warp.True(c, mask, this);
        warp.SetBits(p, mask, PredicateLogicInstruction.Combine(logic, holds, third));
        if (q != Reg.None)
            warp.SetBits(q, mask, PredicateLogicInstruction.Combine(logic, ~holds, third));
    }
}

/// <summary>testp: p = a has the property (PTX ISA, "testp").</summary>
internal sealed unsafe class TestInstruction<T>(Reg p, Reg a, Func<T, bool> property) : Instruction
    where T : unmanaged
{
    public override InstructionClass Class => InstructionClass.Predicate;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        T* values = warp.Values<T>(a);
        uint holds = 0;
        for (int i = 0; i < Warp.Lanes; i++)
            holds |= (property(values[i]) ? 1u : 0) << i;
        warp.SetBits(p, mask, holds);
    }
}

/// <summary>selp: d = p ? a : b. Only the value that is taken has to be defined.</summary>
internal sealed unsafe class SelectInstruction<T>(Reg d, Reg a, Reg b, PredicateOperand p) : Instruction
    where T : unmanaged
{
    public override InstructionClass Class => InstructionClass.Predicate;

    public override void Execute(Warp warp, uint mask)
    {
        uint first = warp.True(p, mask, this);
        T* to = warp.Values<T>(d), left = warp.Values<T>(a), right = warp.Values<T>(b);
        uint defined = (warp.Defined(a) & first) | (warp.Defined(b) & ~first);
        for (uint left32 = mask; left32 != 0; left32 &= left32 - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left32);
            to[lane] = (first >> lane & 1) != 0 ? left[lane] : right[lane];
        }

        warp.SetDefined(d, mask, defined);
    }
}
