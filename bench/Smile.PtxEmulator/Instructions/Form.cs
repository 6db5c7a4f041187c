using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>
/// A statement while it is decoded: modifiers are taken one by one, operands become registers. What nobody takes is refused, so that an
/// instruction is executed only where every word of it is understood.
/// </summary>
internal sealed class Form(Statement statement, KernelSource kernel, RegisterLayout layout, Reg[] registers)
{
    private readonly List<string> _modifiers = [.. statement.Modifiers];
    private readonly List<Reg> _reads = [], _writes = [];
    private int _operandsUsed;

    public string Opcode => statement.Opcode;

    public int OperandCount => statement.Operands.Count;

    public IReadOnlyList<Reg> Reads => _reads;

    public IReadOnlyList<Reg> Writes => _writes;

    public PtxException Refuse(string message, PtxFault fault = PtxFault.Unsupported) =>
        new(fault, statement.Line, $"{statement}: {message}");

    /// <summary>Takes a modifier if it stands there.</summary>
    public bool Take(string modifier) => _modifiers.Remove(modifier);

    /// <summary>Takes the one of these modifiers that stands there; null where none does.</summary>
    public string? TakeAny(params ReadOnlySpan<string> modifiers)
    {
        foreach (string modifier in modifiers)
            if (Take(modifier))
                return modifier;
        return null;
    }

    /// <summary>Takes a modifier that has to be there.</summary>
    public void Need(string modifier)
    {
        if (!Take(modifier))
            throw Refuse($"it is modelled with .{modifier} only");
    }

    /// <summary>Takes the first type among the modifiers.</summary>
    public PtxType Type()
    {
        foreach (string modifier in _modifiers)
        {
            if (PtxTypes.TryParse(modifier, out PtxType type))
            {
                _modifiers.Remove(modifier);
                return type;
            }
        }

        throw Refuse("it has no type that is modelled");
    }

    /// <summary>A type that has to be one of these.</summary>
    public PtxType Type(params ReadOnlySpan<PtxType> among)
    {
        PtxType type = Type();
        return among.Contains(type) ? type : throw Refuse($"it is not modelled for .{type.Name()}");
    }

    /// <summary>All modifiers and operands have to have been taken.</summary>
    public void End()
    {
        if (_modifiers.Count > 0)
            throw Refuse($"the modifier .{_modifiers[0]} is not modelled here");
        if (_operandsUsed != OperandCount)
            throw Refuse($"it has {OperandCount} operands, {_operandsUsed} are modelled");
    }

    public Operand Operand(int index)
    {
        if (index >= OperandCount)
            throw Refuse($"it has {OperandCount} operands, more are needed", PtxFault.Syntax);
        _operandsUsed = Math.Max(_operandsUsed, index + 1);
        return statement.Operands[index];
    }

    public Reg Read(int index, PtxType type) => Read(Operand(index), type);

    public Reg Write(int index, PtxType type) => Write(Operand(index), type);

    /// <summary>A source of the type's size: a register, a special register, a literal or the address of a variable.</summary>
    public Reg Read(Operand operand, PtxType type)
    {
        Reg reg = operand switch
        {
            NumberOperand number => Constant(number, type),
            NameOperand { Variable: null } name => SpecialRegister(name, type),
            NameOperand { Variable.Space: Space.Register } name => Register(name, type, wider: false),
            NameOperand name when type.Size() == 8 || type.Size() == 4 => layout.Constant(Address(name.Variable!), type.Size()),
            _ => throw Refuse("an operand is of no kind that is modelled here"),
        };
        _reads.Add(reg);
        return reg;
    }

    public Reg Write(Operand operand, PtxType type)
    {
        Reg reg = Register(operand, type, wider: false);
        _writes.Add(reg);
        return reg;
    }

    /// <summary>
    /// A destination that may be wider than the type: ld and cvt extend to it (PTX ISA, "Operand Size Exceeding Instruction-Type Size").
    /// </summary>
    public Reg WriteWide(Operand operand, PtxType type)
    {
        Reg reg = Register(operand, type, wider: true);
        _writes.Add(reg);
        return reg;
    }

    /// <summary>A source that may be wider than the type: its low bytes count.</summary>
    public Reg ReadWide(Operand operand, PtxType type)
    {
        if (operand is not NameOperand { Variable.Space: Space.Register } || type.Size() == 0)
            return Read(operand, type);
        Reg reg = Register(operand, type, wider: true);
        _reads.Add(reg);
        return reg;
    }

    public PredicateOperand ReadPredicate(int index) => ReadPredicate(Operand(index));

    public PredicateOperand ReadPredicate(Operand operand) => operand is NotOperand not
        ? new PredicateOperand(Read(not.Predicate, PtxType.Pred), true)
        : new PredicateOperand(Read(operand, PtxType.Pred), false);

    /// <summary>The items of {a, b, ...}; a lone operand is a list of one.</summary>
    public IReadOnlyList<Operand> List(int index) => Operand(index) is ListOperand list ? list.Items : [Operand(index)];

    /// <summary>A list of registers of one type and a given number.</summary>
    public Reg[] ReadList(int index, PtxType type, int count) => [.. Exactly(index, count).Select(item => Read(item, type))];

    /// <inheritdoc cref="ReadList"/>
    public Reg[] WriteList(int index, PtxType type, int count) => [.. Exactly(index, count).Select(item => Write(item, type))];

    /// <summary>[base + offset] of an access to a space.</summary>
    public Address Address(int index, Space space)
    {
        if (Operand(index) is not AddressOperand address)
            throw Refuse("an address is expected", PtxFault.Syntax);
        switch (address.Base)
        {
            case NameOperand { Variable: { Space: not Space.Register } variable }:
                if (variable.Space != space)
                    throw Refuse($"'{variable.Name}' lies in {variable.Space} memory, the access goes to {space} memory");
                return new Address(layout.Constant(Address(variable), 8), address.Offset);
            case NumberOperand number:
                return new Address(layout.Constant(number.Bits, 8), address.Offset);
            case NameOperand { Variable.Type: PtxType.B32 or PtxType.U32 or PtxType.S32 } when space is Space.Shared or Space.Local:
                return new Address(Read(address.Base, PtxType.U32), address.Offset);
            default:
                return new Address(Read(address.Base, PtxType.U64), address.Offset);
        }
    }

    /// <summary>[parameter + offset]: the offset in the packed arguments.</summary>
    public int Parameter(int index, int bytes)
    {
        if (Operand(index) is not AddressOperand { Base: NameOperand { Variable: { Space: Space.Param } parameter }, Offset: var offset })
            throw Refuse("a parameter is expected", PtxFault.Syntax);
        if (offset < 0 || offset + bytes > parameter.Bytes)
            throw Refuse($"{bytes} bytes at {offset} of '{parameter.Name}', which has {parameter.Bytes}", PtxFault.OutOfBounds);
        int at = parameter.Index + (int)offset;
        return at % bytes == 0 ? at : throw Refuse($"the parameter's offset {at} is no multiple of {bytes}", PtxFault.Misaligned);
    }

    /// <summary>An operand that has to be an integer literal.</summary>
    public int Integer(int index) => Operand(index) is NumberOperand { Float: null } number && number.Bits <= int.MaxValue
        ? (int)number.Bits
        : throw Refuse($"operand {index + 1} is modelled as a literal only");

    private IReadOnlyList<Operand> Exactly(int index, int count)
    {
        IReadOnlyList<Operand> items = List(index);
        return items.Count == count ? items : throw Refuse($"operand {index + 1} has {items.Count} items, not {count}", PtxFault.Syntax);
    }

    private ulong Address(Variable variable) =>
        (ulong)(variable is { Space: Space.Shared, Bytes: 0 } ? kernel.DynamicShared : variable.Index);

    private Reg Register(Operand operand, PtxType type, bool wider)
    {
        if (operand is not NameOperand { Variable: { Space: Space.Register } variable })
            throw Refuse(operand is NameOperand name ? $"'{name.Name}' is no register that has been declared" : "a register is expected",
                PtxFault.Syntax);
        bool fits = wider && variable.Type.Size() > type.Size() ? type != PtxType.Pred && !type.IsFloat() : variable.Type.Agrees(type);
        return fits
            ? registers[variable.Index]
            : throw Refuse($"{variable.Name} is .{variable.Type.Name()}, the instruction takes .{type.Name()}", PtxFault.Syntax);
    }

    private Reg Constant(NumberOperand number, PtxType type)
    {
        bool fits = number.Float is null
            ? !type.IsFloat()
            : number.Float == type || (type.IsBits() && number.Float.Value.Size() == type.Size());
        return fits ? layout.Constant(number.Bits, type.Size()) : throw Refuse($"the literal is none of .{type.Name()}", PtxFault.Syntax);
    }

    private Reg SpecialRegister(NameOperand name, PtxType type)
    {
        Special? special = SpecialRegisters.Find(name.Name);
        if (special is null)
            throw Refuse($"'{name.Name}' is not declared, and no special register that is modelled");
        return type.Size() == 4 && !type.IsFloat()
            ? layout.Of(special.Value)
            : throw Refuse($"{name.Name} has 32 bits, the instruction takes .{type.Name()}", PtxFault.Syntax);
    }
}
