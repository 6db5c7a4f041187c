using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>
/// Integer and float arithmetic, logic and shifts (PTX ISA, "Integer Arithmetic", "Floating-Point" and "Logic and Shift Instructions").
/// </summary>
internal static class Arithmetic
{
    private static readonly (Type, Type) _unary = (typeof(FlushedUnary<>), typeof(CanonicalUnary<>));
    private static readonly (Type, Type) _binary = (typeof(FlushedBinary<>), typeof(CanonicalBinary<>));
    private static readonly (Type, Type) _ternary = (typeof(FlushedTernary<>), typeof(CanonicalTernary<>));

    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } = new Dictionary<string, Func<Form, Instruction>>
    {
        ["add"] = form => Binary(form, typeof(Add<>)),
        ["sub"] = form => Binary(form, typeof(Subtract<>)),
        ["mul"] = Multiply,
        ["mad"] = MultiplyAdd,
        ["fma"] = Fma,
        ["div"] = Divide,
        ["rem"] = form =>
            Partial(form, form.Type(PtxType.U16, PtxType.S16, PtxType.U32, PtxType.S32, PtxType.U64, PtxType.S64), typeof(Remainder<>)),
        ["min"] = form => Extreme(form, typeof(Least<>), typeof(LeastNumber<>)),
        ["max"] = form => Extreme(form, typeof(Greatest<>), typeof(GreatestNumber<>)),
        ["neg"] = form => Sign(form, typeof(Negate<>)),
        ["abs"] = form => Sign(form, typeof(Magnitude<>)),
        ["copysign"] = form => Plain(form, form.Type(PtxType.F32, PtxType.F64), typeof(SignOf<>)),
        ["and"] = form => Logic(form, typeof(And<>), PredicateLogic.And),
        ["or"] = form => Logic(form, typeof(Or<>), PredicateLogic.Or),
        ["xor"] = form => Logic(form, typeof(Xor<>), PredicateLogic.Xor),
        ["not"] = Not,
        ["brev"] = form => Unary(form, InstructionClass.Integer, form.Type(PtxType.B32, PtxType.B64), typeof(Reverse<>)),
        ["popc"] = form => Count(form, typeof(PopCount<>)),
        ["clz"] = form => Count(form, typeof(LeadingZeros<>)),
        ["shl"] = form => Shift(form, form.Type(PtxType.B16, PtxType.B32, PtxType.B64), typeof(ShiftLeft<>)),
        ["shr"] = form => Shift(form, form.Type(), typeof(ShiftRight<>)),
    };

    /// <summary>d = op(a, b) for an operator over the instruction's type.</summary>
    public static Instruction Binary(Form form, InstructionClass kind, PtxType type, Type op) =>
        Maker.Make(typeof(BinaryInstruction<,>), type.Clr(), op, kind, form.Write(0, type), form.Read(1, type), form.Read(2, type));

    public static Instruction Unary(Form form, InstructionClass kind, PtxType type, Type op, bool flush = false) =>
        Maker.Make(typeof(UnaryInstruction<,>), type.Clr(), op.IsGenericTypeDefinition ? Maker.Operator(op, type, flush, _unary) : op, kind,
            form.Write(0, type), form.Read(1, type));

    public static Type FloatBinary(Type op, PtxType type, bool flush) => Maker.Operator(op, type, flush, _binary);

    /// <summary>The class of arithmetic of a type.</summary>
    public static InstructionClass Kind(PtxType type) => type switch
    {
        PtxType.F32 => InstructionClass.Float32,
        PtxType.F64 => InstructionClass.Float64,
        _ => InstructionClass.Integer,
    };

    private static Instruction Binary(Form form, Type op)
    {
        PtxType type = Number(form);
        bool flush = type == PtxType.F32 && form.Take("ftz");
        bool rounded = type.IsFloat() && form.Take("rn");
        Instruction made = Binary(form, Kind(type), type, Maker.Operator(op, type, flush, _binary));
        made.MayFuse = type == PtxType.F32 && !rounded;
        return made;
    }

    private static Instruction Plain(Form form, PtxType type, Type op) => Binary(form, Kind(type), type, op.MakeGenericType(type.Clr()));

    private static Instruction Multiply(Form form)
    {
        string? half = form.TakeAny("lo", "hi", "wide");
        if (half is null)
        {
            Instruction product = Binary(form, typeof(Multiply<>));
            return product.Class == InstructionClass.Integer ? throw form.Refuse("an integer product has .lo, .hi or .wide") : product;
        }

        PtxType type = Integer(form);
        return half switch
        {
            "lo" => Plain(form, type, typeof(Multiply<>)),
            "hi" => Plain(form, type, typeof(MultiplyHigh<>)),
            _ => Wide(form, type, Reg.None),
        };
    }

    private static Instruction MultiplyAdd(Form form)
    {
        string? half = form.TakeAny("lo", "hi", "wide");
        if (half is null)
            return Fma(form);
        PtxType type = Integer(form);
        if (half == "wide")
            return Wide(form, type, form.Read(3, Twice(form, type)));
        Type op = (half == "lo" ? typeof(MultiplyAdd<>) : typeof(MultiplyHighAdd<>)).MakeGenericType(type.Clr());
        return Ternary(form, type, op);
    }

    /// <summary>fma, and mad of floats, which is the same (PTX ISA, "mad": on sm_20 and later).</summary>
    private static Instruction Fma(Form form)
    {
        form.Need("rn");
        PtxType type = form.Type(PtxType.F32, PtxType.F64);
        bool flush = type == PtxType.F32 && form.Take("ftz");
        return Ternary(form, type, Maker.Operator(typeof(Fused<>), type, flush, _ternary));
    }

    private static Instruction Ternary(Form form, PtxType type, Type op) =>
        Maker.Make(typeof(TernaryInstruction<,>), type.Clr(), op, Kind(type), form.Write(0, type), form.Read(1, type), form.Read(2, type),
            form.Read(3, type));

    private static Instruction Wide(Form form, PtxType type, Reg c)
    {
        PtxType wide = Twice(form, type);
        Type made = typeof(WideInstruction<,>).MakeGenericType(type.Clr(), wide.Clr());
        return (Instruction)Activator.CreateInstance(made, form.Write(0, wide), form.Read(1, type), form.Read(2, type), c)!;
    }

    private static PtxType Twice(Form form, PtxType type) => type switch
    {
        PtxType.U16 => PtxType.U32,
        PtxType.S16 => PtxType.S32,
        PtxType.U32 => PtxType.U64,
        PtxType.S32 => PtxType.S64,
        _ => throw form.Refuse("it is not modelled for 64-bit factors"),
    };

    private static Instruction Divide(Form form)
    {
        PtxType type = Number(form);
        if (!type.IsFloat())
            return Partial(form, type, typeof(Divide<>));
        bool flush = type == PtxType.F32 && form.Take("ftz");
        string mode = (type == PtxType.F32 ? form.TakeAny("rn", "full", "approx") : form.TakeAny("rn"))
            ?? throw form.Refuse("a float division has .rn, .full or .approx");
        return Binary(form, InstructionClass.Special, type,
            Maker.Operator(mode == "approx" ? typeof(ApproximateQuotient<>) : typeof(Quotient<>), type, flush, _binary));
    }

    private static Instruction Partial(Form form, PtxType type, Type op) =>
        Maker.Make(typeof(PartialInstruction<,>), type.Clr(), op.MakeGenericType(type.Clr()), form.Write(0, type), form.Read(1, type),
            form.Read(2, type));

    private static Instruction Extreme(Form form, Type integer, Type real)
    {
        PtxType type = Number(form);
        bool flush = type == PtxType.F32 && form.Take("ftz");
        return Binary(form, Kind(type), type, Maker.Operator(type.IsFloat() ? real : integer, type, flush, _binary));
    }

    private static Instruction Sign(Form form, Type op)
    {
        PtxType type = form.Type(PtxType.S16, PtxType.S32, PtxType.S64, PtxType.F32, PtxType.F64);
        return Unary(form, Kind(type), type, op == typeof(Magnitude<>) && type.IsFloat() ? typeof(Absolute<>) : op, type == PtxType.F32
            && form.Take("ftz"));
    }

    private static Instruction Logic(Form form, Type op, PredicateLogic logic)
    {
        PtxType type = form.Type(PtxType.Pred, PtxType.B16, PtxType.B32, PtxType.B64);
        return type == PtxType.Pred
            ? new PredicateLogicInstruction(logic, form.Write(0, type), form.ReadPredicate(1), form.ReadPredicate(2))
            : Plain(form, type, op);
    }

    private static Instruction Not(Form form)
    {
        PtxType type = form.Type(PtxType.Pred, PtxType.B16, PtxType.B32, PtxType.B64);
        if (type != PtxType.Pred)
            return Unary(form, InstructionClass.Integer, type, typeof(Not<>));
        Reg d = form.Write(0, type);
        PredicateOperand a = form.ReadPredicate(1);
        return new PredicateMoveInstruction(d, new PredicateOperand(a.Reg, !a.Negated));
    }

    private static Instruction Count(Form form, Type op)
    {
        PtxType type = form.Type(PtxType.B32, PtxType.B64);
        Type made = typeof(ConvertInstruction<,,>).MakeGenericType(type.Clr(), typeof(uint), op.MakeGenericType(type.Clr()));
        return (Instruction)Activator.CreateInstance(made, InstructionClass.Integer, form.Write(0, PtxType.U32), form.Read(1, type))!;
    }

    private static Instruction Shift(Form form, PtxType type, Type op)
    {
        if (type.IsFloat() || type.Size() < 2)
            throw form.Refuse($"it is not modelled for .{type.Name()}");
        return Maker.Make(typeof(ShiftInstruction<,>), type.Clr(), op.MakeGenericType(type.Clr()), form.Write(0, type), form.Read(1, type),
            form.Read(2, PtxType.U32));
    }

    private static PtxType Number(Form form)
    {
        PtxType type = form.Type();
        return type.IsBits() || type.Size() < 2 ? throw form.Refuse($"it is not modelled for .{type.Name()}") : type;
    }

    private static PtxType Integer(Form form)
    {
        PtxType type = Number(form);
        return type.IsFloat() ? throw form.Refuse($"it is not modelled for .{type.Name()}") : type;
    }
}
