using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Instructions;

/// <summary>An instruction that the warp itself carries out.</summary>
internal abstract class ControlInstruction : Instruction
{
    public override InstructionClass Class => InstructionClass.Branch;

    public override void Execute(Warp warp, uint mask) => throw new InvalidOperationException("The warp carries out control flow.");
}

/// <summary>bra, with or without .uni (PTX ISA, "Control Flow Instructions: bra").</summary>
internal sealed class BranchInstruction(bool uniform, string label) : ControlInstruction
{
    /// <summary>The programmer promises that all active lanes agree.</summary>
    public bool Uniform => uniform;

    public string Label => label;

    /// <summary>Index of the instruction that is branched to.</summary>
    public int Target { get; set; }

    /// <summary>Where lanes that part here meet again: the immediate post-dominator, or the end of the code.</summary>
    public int Join { get; set; }
}

/// <summary>ret and exit, which are the same in a kernel.</summary>
internal sealed class ExitInstruction : ControlInstruction;
