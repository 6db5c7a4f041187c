using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>
/// rcp, sqrt, rsqrt, ex2, lg2, sin, cos, tanh (PTX ISA, "Floating-Point Instructions"). .rn is exact; of .approx the ISA gives an error
/// bound, and the result here is the nearest float, which every bound allows.
/// </summary>
internal static class SpecialFunctions
{
    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } = new Dictionary<string, Func<Form, Instruction>>
    {
        ["rcp"] = form => Exact(form, typeof(Reciprocal<>)),
        ["sqrt"] = form => Exact(form, typeof(Root<>)),
        ["rsqrt"] = form => Approximate(form, typeof(ReciprocalRoot)),
        ["ex2"] = form => Approximate(form, typeof(PowerOfTwo)),
        ["lg2"] = form => Approximate(form, typeof(LogarithmToTwo)),
        ["sin"] = form => Approximate(form, typeof(Sine)),
        ["cos"] = form => Approximate(form, typeof(Cosine)),
        ["tanh"] = form => Approximate(form, typeof(HyperbolicTangent)),
    };

    private static Instruction Exact(Form form, Type op)
    {
        PtxType type = form.Type(PtxType.F32, PtxType.F64);
        if (form.TakeAny(type == PtxType.F32 ? ["rn", "approx"] : ["rn"]) is null)
            throw form.Refuse("the rounding is not modelled");
        return Arithmetic.Unary(form, InstructionClass.Special, type, op, type == PtxType.F32 && form.Take("ftz"));
    }

    private static Instruction Approximate(Form form, Type op)
    {
        form.Need("approx");
        PtxType type = form.Type(PtxType.F32);
        Type made = form.Take("ftz") ? typeof(FlushedUnary<>).MakeGenericType(op) : op;
        return Arithmetic.Unary(form, InstructionClass.Special, type, typeof(CanonicalUnary<>).MakeGenericType(made));
    }
}
