using System.Numerics;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>setp, testp and selp (PTX ISA, "Comparison and Selection Instructions").</summary>
internal static class Comparisons
{
    private static readonly Dictionary<string, Type> _ordered = new()
    {
        ["eq"] = typeof(Equal<>),
        ["ne"] = typeof(Different<>),
        ["lt"] = typeof(Less<>),
        ["le"] = typeof(LessOrEqual<>),
        ["gt"] = typeof(Greater<>),
        ["ge"] = typeof(GreaterOrEqual<>),
    };

    // lo, ls, hi and hs are lt, le, gt and ge of unsigned integers.
    private static readonly Dictionary<string, Type> _unsigned = new()
    {
        ["lo"] = typeof(Less<>),
        ["ls"] = typeof(LessOrEqual<>),
        ["hi"] = typeof(Greater<>),
        ["hs"] = typeof(GreaterOrEqual<>),
    };

    // True where a or b is NaN, else as the ordered form.
    private static readonly Dictionary<string, Type> _unordered = new()
    {
        ["equ"] = typeof(Equal<>),
        ["neu"] = typeof(Different<>),
        ["ltu"] = typeof(Less<>),
        ["leu"] = typeof(LessOrEqual<>),
        ["gtu"] = typeof(Greater<>),
        ["geu"] = typeof(GreaterOrEqual<>),
    };

    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } = new Dictionary<string, Func<Form, Instruction>>
    {
        ["setp"] = Compare,
        ["testp"] = Test,
        ["selp"] = Select,
    };

    private static Instruction Compare(Form form)
    {
        PtxType type = form.Type();
        if (type == PtxType.Pred || type.Size() < 2)
            throw form.Refuse($"it is not modelled for .{type.Name()}");
        PredicateLogic logic = form.TakeAny("and", "or", "xor") switch
        {
            "and" => PredicateLogic.And,
            "or" => PredicateLogic.Or,
            "xor" => PredicateLogic.Xor,
            _ => PredicateLogic.None,
        };
        Type op = Operator(form, type);
        if (type == PtxType.F32 && form.Take("ftz"))
            op = typeof(FlushedComparison<>).MakeGenericType(op);
        (Reg p, Reg q) = Destination(form);
        PredicateOperand c = logic == PredicateLogic.None ? new PredicateOperand(Reg.None, false) : form.ReadPredicate(3);
        return Maker.Make(typeof(CompareInstruction<,>), type.Clr(), op, p, q, form.Read(1, type), form.Read(2, type), logic, c);
    }

    private static Type Operator(Form form, PtxType type)
    {
        Type clr = type.Clr();
        if (type.IsFloat() && form.Take("num"))
            return typeof(BothNumbers<>).MakeGenericType(clr);
        if (type.IsFloat() && form.Take("nan"))
            return typeof(EitherNaN<>).MakeGenericType(clr);
        foreach ((string name, Type op) in _ordered)
        {
            if (!form.Take(name))
                continue;
            if (type.IsBits() && name is not ("eq" or "ne"))
                throw form.Refuse("bits are compared with .eq and .ne only");
            // ne of floats is false where either is NaN, unlike the operator of C#.
            return (name == "ne" && type.IsFloat() ? typeof(DifferentNumbers<>) : op).MakeGenericType(clr);
        }

        foreach ((string name, Type op) in type.IsFloat() ? _unordered : _unsigned)
        {
            if (!form.Take(name))
                continue;
            if (type.IsSigned() || type.IsBits())
                throw form.Refuse($".{name} compares unsigned integers");
            Type made = op.MakeGenericType(clr);
            return type.IsFloat() ? typeof(Unordered<,>).MakeGenericType(clr, made) : made;
        }

        throw form.Refuse("the comparison is not modelled");
    }

    private static (Reg P, Reg Q) Destination(Form form) => form.Operand(0) is PairOperand pair
        ? (form.Write(pair.First, PtxType.Pred), form.Write(pair.Second, PtxType.Pred))
        : (form.Write(0, PtxType.Pred), Reg.None);

    private static Instruction Test(Form form)
    {
        PtxType type = form.Type(PtxType.F32, PtxType.F64);
        string property = form.TakeAny("finite", "infinite", "number", "notanumber", "normal", "subnormal")
            ?? throw form.Refuse("the property is not modelled");
        Reg p = form.Write(0, PtxType.Pred), a = form.Read(1, type);
        return type == PtxType.F32
            ? new TestInstruction<float>(p, a, Property<float>(property))
            : new TestInstruction<double>(p, a, Property<double>(property));
    }

    private static Func<T, bool> Property<T>(string name)
        where T : IFloatingPointIeee754<T> => name switch
        {
            "finite" => T.IsFinite,
            "infinite" => T.IsInfinity,
            "number" => static x => !T.IsNaN(x),
            "notanumber" => T.IsNaN,
            "normal" => T.IsNormal,
            _ => T.IsSubnormal,
        };

    private static Instruction Select(Form form)
    {
        PtxType type = form.Type();
        if (type == PtxType.Pred || type.Size() < 2)
            throw form.Refuse($"it is not modelled for .{type.Name()}");
        Reg d = form.Write(0, type), a = form.Read(1, type), b = form.Read(2, type);
        PredicateOperand p = form.ReadPredicate(3);
        return type.Size() switch
        {
            2 => new SelectInstruction<ushort>(d, a, b, p),
            4 => new SelectInstruction<uint>(d, a, b, p),
            _ => new SelectInstruction<ulong>(d, a, b, p),
        };
    }
}

internal readonly struct Equal<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => a == b;
}

internal readonly struct Different<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => a != b;
}

internal readonly struct DifferentNumbers<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => a < b || a > b;
}

internal readonly struct Less<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => a < b;
}

internal readonly struct LessOrEqual<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => a <= b;
}

internal readonly struct Greater<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => a > b;
}

internal readonly struct GreaterOrEqual<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => a >= b;
}

internal readonly struct BothNumbers<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => !T.IsNaN(a) && !T.IsNaN(b);
}

internal readonly struct EitherNaN<T> : IComparison<T>
    where T : INumber<T>
{
    public static bool Of(T a, T b) => T.IsNaN(a) || T.IsNaN(b);
}

internal readonly struct Unordered<T, TOp> : IComparison<T>
    where T : INumber<T>
    where TOp : IComparison<T>
{
    public static bool Of(T a, T b) => T.IsNaN(a) || T.IsNaN(b) || TOp.Of(a, b);
}

internal readonly struct FlushedComparison<TOp> : IComparison<float>
    where TOp : IComparison<float>
{
    public static bool Of(float a, float b) => TOp.Of(Float32.Flush(a), Float32.Flush(b));
}
