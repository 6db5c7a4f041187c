using System.Numerics;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>mov and cvta (PTX ISA, "mov", "cvta").</summary>
internal static class Moves
{
    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } = new Dictionary<string, Func<Form, Instruction>>
    {
        ["mov"] = Move,
        ["cvta"] = ConvertAddress,
    };

    private static Instruction Move(Form form)
    {
        PtxType type = form.Type();
        if (type == PtxType.Pred)
            return new PredicateMoveInstruction(form.Write(0, type), form.ReadPredicate(1));
        if (type.Size() < 2)
            throw form.Refuse($"it is not modelled for .{type.Name()}");
        bool packs = form.Operand(1) is ListOperand, unpacks = form.Operand(0) is ListOperand;
        if (packs || unpacks)
            return Pack(form, type, packs);
        Reg d = form.Write(0, type), a = form.Read(1, type);
        return type.Size() switch
        {
            2 => new MoveInstruction<ushort>(d, a),
            4 => new MoveInstruction<uint>(d, a),
            _ => new MoveInstruction<ulong>(d, a),
        };
    }

    /// <summary><c>mov.b64 d, {lo, hi}</c> and back.</summary>
    private static PackInstruction Pack(Form form, PtxType type, bool packs)
    {
        PtxType part = type switch
        {
            PtxType.B32 => PtxType.B16,
            PtxType.B64 when form.List(packs ? 1 : 0).Count == 2 => PtxType.B32,
            PtxType.B64 => PtxType.B16,
            _ => throw form.Refuse("only bits are packed"),
        };
        int count = type.Size() / part.Size();
        return packs
            ? new PackInstruction([form.Write(0, type)], form.ReadList(1, part, count))
            : new PackInstruction(form.WriteList(0, part, count), [form.Read(1, type)]);
    }

    private static AddressInstruction ConvertAddress(Form form)
    {
        bool to = form.Take("to");
        Space space = form.TakeAny("global", "shared", "local") switch
        {
            "global" => Space.Global,
            "shared" => Space.Shared,
            "local" => Space.Local,
            _ => throw form.Refuse("the space is not modelled"),
        };
        PtxType type = form.Type(PtxType.U64);
        return new AddressInstruction(form.Write(0, type), form.Read(1, type), space, to);
    }
}

/// <summary>d = a; a value that is not defined may be moved, not used.</summary>
internal sealed unsafe class MoveInstruction<T>(Reg d, Reg a) : Instruction
    where T : unmanaged
{
    public override InstructionClass Class => InstructionClass.Move;

    public override void Execute(Warp warp, uint mask)
    {
        T* to = warp.Values<T>(d), from = warp.Values<T>(a);
        if (mask == uint.MaxValue)
            new Span<T>(from, Warp.Lanes).CopyTo(new Span<T>(to, Warp.Lanes));
        else
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                to[lane] = from[lane];
            }

        warp.SetDefined(d, mask, warp.Defined(a));
    }
}

/// <summary>One register in parts, or parts in one register, the low part first.</summary>
internal sealed unsafe class PackInstruction(Reg[] d, Reg[] a) : Instruction
{
    public override InstructionClass Class => InstructionClass.Move;

    public override void Execute(Warp warp, uint mask)
    {
        uint defined = uint.MaxValue;
        foreach (Reg source in a)
            defined &= warp.Defined(source);
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left), at = 0;
            ulong bits = 0;
            foreach (Reg source in a)
            {
                Buffer.MemoryCopy(warp.Values<byte>(source) + lane * source.Size, (byte*)&bits + at, sizeof(ulong) - at, source.Size);
                at += source.Size;
            }

            at = 0;
            foreach (Reg to in d)
            {
                Buffer.MemoryCopy((byte*)&bits + at, warp.Values<byte>(to) + lane * to.Size, to.Size, to.Size);
                at += to.Size;
            }
        }

        foreach (Reg to in d)
            warp.SetDefined(to, mask, defined);
    }
}

/// <summary>cvta: an address in a space to a generic one, or back.</summary>
internal sealed unsafe class AddressInstruction(Reg d, Reg a, Space space, bool to) : Instruction
{
    public override InstructionClass Class => InstructionClass.Move;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        ulong* target = warp.Target<ulong>(d, mask), from = warp.Values<ulong>(a);
        for (int i = 0; i < Warp.Lanes; i++)
            target[i] = to ? Block.FromGeneric(space, from[i]) : Block.ToGeneric(space, from[i]);
        warp.Keep<ulong>(d, mask);
    }
}
