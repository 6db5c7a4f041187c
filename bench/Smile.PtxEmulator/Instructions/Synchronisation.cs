using System.Numerics;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>bar, barrier, shfl (PTX ISA, "Parallel Synchronization and Communication Instructions") and branches.</summary>
internal static class Synchronisation
{
    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } = new Dictionary<string, Func<Form, Instruction>>
    {
        ["bar"] = Barrier,
        ["barrier"] = Barrier,
        ["shfl"] = Shuffle,
        ["bra"] = Branch,
        ["ret"] = static _ => new ExitInstruction(),
        ["exit"] = static _ => new ExitInstruction(),
    };

    private static Instruction Barrier(Form form)
    {
        if (form.Take("warp"))
        {
            form.Need("sync");
            return new WarpBarrierInstruction(form.Read(0, PtxType.B32));
        }

        form.Take("cta");
        if (form.Opcode == "barrier")
            form.Need("aligned");
        if (form.Take("sync"))
        {
            form.Integer(0);
            return new BarrierInstruction(form.OperandCount > 1 ? form.Integer(1) : null);
        }

        form.Need("red");
        BarrierReduction reduction = form.TakeAny("popc", "and", "or") switch
        {
            "popc" => BarrierReduction.Count,
            "and" => BarrierReduction.All,
            "or" => BarrierReduction.Any,
            _ => throw form.Refuse("the reduction is not modelled"),
        };
        Reg d = form.Write(0, form.Type(reduction == BarrierReduction.Count ? PtxType.U32 : PtxType.Pred));
        form.Integer(1);
        int? threads = form.OperandCount > 3 ? form.Integer(2) : null;
        return new BarrierInstruction(threads, reduction, d, form.ReadPredicate(form.OperandCount - 1));
    }

    private static ShuffleInstruction Shuffle(Form form)
    {
        form.Need("sync");
        ShuffleMode mode = form.TakeAny("idx", "up", "down", "bfly") switch
        {
            "idx" => ShuffleMode.Index,
            "up" => ShuffleMode.Up,
            "down" => ShuffleMode.Down,
            "bfly" => ShuffleMode.Butterfly,
            _ => throw form.Refuse("the mode is not modelled"),
        };
        form.Type(PtxType.B32);
        (Reg d, Reg p) = form.Operand(0) is PairOperand pair
            ? (form.Write(pair.First, PtxType.B32), form.Write(pair.Second, PtxType.Pred))
            : (form.Write(0, PtxType.B32), Reg.None);
        return new ShuffleInstruction(mode, d, p, form.Read(1, PtxType.B32), form.Read(2, PtxType.B32), form.Read(3, PtxType.B32),
            form.Read(4, PtxType.B32));
    }

    private static BranchInstruction Branch(Form form)
    {
        bool uniform = form.Take("uni");
        return form.Operand(0) is NameOperand { Variable: null } label
            ? new BranchInstruction(uniform, label.Name)
            : throw form.Refuse("it branches to a label", PtxFault.Syntax);
    }
}

internal enum BarrierReduction
{
    None, Count, All, Any,
}

/// <summary>
/// bar.sync and bar.red, by all threads of the block at one instruction. Barriers for part of a block, which the ISA has, are refused.
/// </summary>
internal sealed unsafe class BarrierInstruction(int? threads, BarrierReduction reduction = BarrierReduction.None, Reg d = default,
    PredicateOperand p = default) : ControlInstruction
{
    private readonly Reg _d = d;

    public override InstructionClass Class => InstructionClass.Barrier;

    /// <summary>A warp is there, with all its threads.</summary>
    public void Arrive(Warp warp)
    {
        if (threads is { } count && count != warp.Block.Size.Count)
            throw Refuse(PtxFault.Unsupported, $"a barrier of {count} of {warp.Block.Size.Count} threads is not modelled");
        if (reduction != BarrierReduction.None)
            warp.Require(p.Reg, warp.All, this);
    }

    /// <summary>All warps are there: gives the reduction's result to every thread.</summary>
    public void Complete(Block block)
    {
        if (reduction == BarrierReduction.None)
            return;
        int count = 0;
        foreach (Warp warp in block.Warps)
            count += BitOperations.PopCount(warp.True(p, warp.All, this));
        bool holds = reduction == BarrierReduction.All ? count == block.Size.Count : count > 0;
        foreach (Warp warp in block.Warps)
        {
            if (reduction != BarrierReduction.Count)
            {
                warp.SetBits(_d, warp.All, holds ? uint.MaxValue : 0);
                continue;
            }

            new Span<int>(warp.Values<int>(_d), Warp.Lanes).Fill(count);
            warp.SetDefined(_d, warp.All, warp.All);
        }
    }
}

/// <summary>
/// bar.warp.sync: orders the memory accesses of the warp's threads. All threads of the warp that have not ended take part.
/// </summary>
internal sealed class WarpBarrierInstruction(Reg members) : Instruction
{
    public override InstructionClass Class => InstructionClass.Barrier;

    public override void Execute(Warp warp, uint mask)
    {
        warp.RequireMembers(members, mask, this);
        if (mask != warp.Alive)
            throw Refuse(PtxFault.Unsupported, $"a barrier of lanes {mask:X8} of {warp.Alive:X8} is not modelled");
        warp.Tick++;
    }
}

internal enum ShuffleMode
{
    Index, Up, Down, Butterfly,
}

/// <summary>shfl.sync (PTX ISA, "shfl.sync"). A value taken from a lane that does not take part is not defined.</summary>
internal sealed unsafe class ShuffleInstruction(ShuffleMode mode, Reg d, Reg p, Reg a, Reg b, Reg c, Reg members) : Instruction
{
    public override InstructionClass Class => InstructionClass.Shuffle;

    public override void Execute(Warp warp, uint mask)
    {
        warp.RequireMembers(members, mask, this);
        warp.Require(b, mask, this);
        warp.Require(c, mask, this);
        uint* to = warp.Scratch<uint>(), from = warp.Values<uint>(a), by = warp.Values<uint>(b), clamp = warp.Values<uint>(c);
        uint available = mask & warp.Defined(a), defined = 0, inRange = 0;
        for (int lane = 0; lane < Warp.Lanes; lane++)
        {
            int segment = (int)(clamp[lane] >> 8 & 31), offset = (int)(by[lane] & 31), first = lane & segment,
                last = first | (int)(clamp[lane] & 31 & ~segment);
            (int source, bool fits) = mode switch
            {
                ShuffleMode.Up => (lane - offset, lane - offset >= last),
                ShuffleMode.Down => (lane + offset, lane + offset <= last),
                ShuffleMode.Butterfly => (lane ^ offset, (lane ^ offset) <= last),
                _ => (first | (offset & ~segment), (first | (offset & ~segment)) <= last),
            };
            if (!fits)
                source = lane;
            to[lane] = from[source];
            defined |= (available >> source & 1) << lane;
            inRange |= (fits ? 1u : 0) << lane;
        }

        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            warp.Values<uint>(d)[lane] = to[lane];
        }

        warp.SetDefined(d, mask, defined);
        if (p != Reg.None)
            warp.SetBits(p, mask, inRange);
    }
}
