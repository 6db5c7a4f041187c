using System.Numerics;
using System.Runtime.InteropServices;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Execution;

/// <summary>Control flow.</summary>
internal sealed unsafe partial class Warp
{
    /// <summary>Runs to the next barrier or the end.</summary>
    public void Run()
    {
        Instruction[] code = _program.Code;
        LineCount[] counts = Block.Counts;
        while (_frames.Count > 0)
        {
            ref Frame frame = ref CollectionsMarshal.AsSpan(_frames)[^1];
            if (frame.Mask == 0 || frame.At == frame.End)
            {
                _frames.RemoveAt(_frames.Count - 1);
                continue;
            }

            int at = frame.At;
            Instruction instruction = code[at];
            uint mask = frame.Mask;
            if (instruction.Guard.Reg.Id >= 0)
                mask = True(instruction.Guard, mask, instruction);
            ref LineCount count = ref counts[at];
            count.Warps++;
            count.Threads += BitOperations.PopCount(mask);
            frame.At = at + 1;
            if (instruction is ControlInstruction control)
            {
                if (Control(control, ref frame, mask, ref count))
                    return;
            }
            else if (mask != 0)
            {
                instruction.Execute(this, mask);
            }
        }

        State = WarpState.Done;
    }

    /// <summary>True where the warp has to wait.</summary>
    private bool Control(ControlInstruction instruction, ref Frame frame, uint mask, ref LineCount count)
    {
        switch (instruction)
        {
            case BranchInstruction branch:
                Branch(branch, ref frame, mask, ref count);
                return false;
            case ExitInstruction:
                Alive &= ~mask;
                foreach (ref Frame other in CollectionsMarshal.AsSpan(_frames))
                    other.Mask &= ~mask;
                return false;
            case BarrierInstruction barrier when mask != 0:
                if (mask != All)
                    throw barrier.Refuse(PtxFault.PartialWarp,
                        $"only lanes {mask:X8} of {All:X8} of warp {Index} of block {Block.Position} reach the barrier");
                barrier.Arrive(this);
                (State, Barrier) = (WarpState.AtBarrier, barrier);
                return true;
            default:
                return false;
        }
    }

    private void Branch(BranchInstruction branch, ref Frame frame, uint taken, ref LineCount count)
    {
        if (++_steps > Block.StepLimit)
            throw branch.Refuse(PtxFault.StepLimit, $"warp {Index} of block {Block.Position} has taken {Block.StepLimit} branches: "
                + "a loop that does not end?");
        uint all = frame.Mask;
        if (taken == all)
        {
            frame.At = branch.Target;
            return;
        }

        if (taken == 0)
            return;
        if (branch.Uniform)
            throw branch.Refuse(PtxFault.PartialWarp, $"lanes {taken:X8} of {all:X8} of warp {Index} of block {Block.Position} branch, "
                + "the others do not");
        count.Divergences++;
        int join = branch.Join;
        var jumped = new Frame(branch.Target, join, taken);
        var stayed = new Frame(frame.At, join, all & ~taken);
        if (frame.End == join)
            _frames.RemoveAt(_frames.Count - 1); // a loop that lanes leave one by one: those who left wait in the frame below
        else
            frame.At = join;
        bool jumpedFirst = Block.NextBit();
        _frames.Add(jumpedFirst ? stayed : jumped);
        _frames.Add(jumpedFirst ? jumped : stayed);
    }
}
