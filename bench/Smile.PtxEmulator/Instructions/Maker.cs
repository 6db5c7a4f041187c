using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>
/// Makes an instruction of generic classes from the types that a form names: done once at decoding, so that the lanes run in code of their
/// own type.
/// </summary>
internal static class Maker
{
    /// <summary>An instruction class over (T, operator) and the operator.</summary>
    public static Instruction Make(Type instruction, Type element, Type op, params object[] arguments) =>
        (Instruction)Activator.CreateInstance(instruction.MakeGenericType(element, op), arguments)!;

    /// <summary>The operator for a type: for float32 with NaN made canonical and, on request, subnormals flushed.</summary>
    /// <param name="op">An open generic operator.</param>
    /// <param name="type">The instruction's type.</param>
    /// <param name="flush">.ftz</param>
    /// <param name="wrappers">Flushing and canonical form of the operator's arity.</param>
    public static Type Operator(Type op, PtxType type, bool flush, (Type Flushed, Type Canonical) wrappers)
    {
        Type made = op.MakeGenericType(type.Clr());
        if (type != PtxType.F32)
            return made;
        if (flush)
            made = wrappers.Flushed.MakeGenericType(made);
        return wrappers.Canonical.MakeGenericType(made);
    }
}
