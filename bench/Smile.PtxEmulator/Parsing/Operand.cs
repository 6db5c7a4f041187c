namespace Smile.PtxEmulator.Parsing;

internal abstract record Operand;

/// <summary>A register, variable, label or special register; <see cref="Variable"/> is null for the last two.</summary>
internal sealed record NameOperand(string Name, Variable? Variable) : Operand;

/// <summary>A literal. <see cref="Float"/> is the type of a 0f or 0d literal, null of an integer.</summary>
internal sealed record NumberOperand(ulong Bits, PtxType? Float) : Operand;

/// <summary>{a, b, ...}</summary>
internal sealed record ListOperand(IReadOnlyList<Operand> Items) : Operand;

/// <summary>[base + offset]</summary>
internal sealed record AddressOperand(Operand Base, long Offset) : Operand;

/// <summary>!p</summary>
internal sealed record NotOperand(NameOperand Predicate) : Operand;

/// <summary>d|p</summary>
internal sealed record PairOperand(NameOperand First, NameOperand Second) : Operand;

/// <summary>State spaces (PTX ISA, "State Spaces") of variables and of accesses.</summary>
internal enum Space
{
    Generic, Register, Param, Shared, Local, Global,
}

/// <summary>What a name stands for: a register by its number, memory by its offset in the space.</summary>
internal sealed record Variable(string Name, Space Space, PtxType Type, int Index, int Bytes);

/// <summary>An instruction as written.</summary>
internal sealed record Statement(string Opcode, IReadOnlyList<string> Modifiers, IReadOnlyList<Operand> Operands, NameOperand? Guard,
    bool GuardNegated, int Line, SourceLine Source)
{
    public override string ToString() => string.Join('.', Modifiers.Prepend(Opcode));
}

/// <summary>Where a compiler says an instruction comes from (.loc); file 0 where it says nothing.</summary>
public readonly record struct SourceLine(int File, int Line);
