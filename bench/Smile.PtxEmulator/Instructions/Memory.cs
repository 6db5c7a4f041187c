using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>
/// ld, st, atom, red and fences (PTX ISA, "Data Movement" and "Parallel Synchronization and Communication Instructions").
/// </summary>
internal static class Memory
{
    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } = new Dictionary<string, Func<Form, Instruction>>
    {
        ["ld"] = Load,
        ["st"] = Store,
        ["atom"] = form => Atomics.Decode(form, returns: true),
        ["red"] = form => Atomics.Decode(form, returns: false),
        ["membar"] = Fence,
        ["fence"] = Fence,
    };

    /// <summary>The space that a form names; generic where it names none.</summary>
    public static Space TakeSpace(Form form) => form.TakeAny("global", "shared", "local", "param") switch
    {
        "global" => Space.Global,
        "shared" => Space.Shared,
        "local" => Space.Local,
        "param" => Space.Param,
        _ => Space.Generic,
    };

    private static Instruction Load(Form form)
    {
        Space space = TakeSpace(form);
        form.TakeAny("ca", "cg", "cs", "lu", "cv"); // where the hardware caches the line: no part of the meaning
        if (space == Space.Global)
            form.Take("nc"); // a promise that nobody writes, which the race check verifies
        int count = Count(form);
        PtxType type = Element(form);
        Reg[] d = [.. form.List(0).Select(item => form.WriteWide(item, type))];
        if (d.Length != count)
            throw form.Refuse($"it loads {count} values into {d.Length} registers", PtxFault.Syntax);
        if (space == Space.Param)
            return new ParameterInstruction(form.Parameter(1, count * type.Size()), d, type.Size(), type.IsSigned());
        return new LoadInstruction(space, form.Address(1, space), d, type.Size(), type.IsSigned());
    }

    private static StoreInstruction Store(Form form)
    {
        Space space = TakeSpace(form);
        if (space == Space.Param)
            throw form.Refuse("a kernel does not write its parameters");
        form.TakeAny("wb", "cg", "cs", "wt");
        int count = Count(form);
        PtxType type = Element(form);
        Reg[] a = [.. form.List(1).Select(item => form.ReadWide(item, type))];
        if (a.Length != count)
            throw form.Refuse($"it stores {count} values from {a.Length} registers", PtxFault.Syntax);
        return new StoreInstruction(space, form.Address(0, space), a, type.Size());
    }

    private static int Count(Form form) => form.TakeAny("v2", "v4") switch
    {
        "v2" => 2,
        "v4" => 4,
        _ => 1,
    };

    private static PtxType Element(Form form)
    {
        PtxType type = form.Type();
        return type == PtxType.Pred ? throw form.Refuse("predicates are not in memory") : type;
    }

    /// <summary>A fence orders what other threads see; here every access is seen at once, and only barriers excuse a race.</summary>
    private static FenceInstruction Fence(Form form)
    {
        form.TakeAny("sc", "acq_rel");
        if (form.TakeAny("cta", "gl", "gpu", "sys") is null)
            throw form.Refuse("the scope is not modelled");
        return new FenceInstruction();
    }
}

/// <summary>membar and fence.</summary>
internal sealed class FenceInstruction : Instruction
{
    public override InstructionClass Class => InstructionClass.Barrier;

    public override void Execute(Warp warp, uint mask)
    {
    }
}
