using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>A decoded instruction that acts on the lanes of a warp.</summary>
internal abstract class Instruction
{
    /// <summary>Line of the PTX text.</summary>
    public int Line { get; set; }

    /// <summary>Opcode and modifiers as written.</summary>
    public string Text { get; set; } = "";

    public SourceLine Source { get; set; }

    /// <summary>The guard; <see cref="Reg.None"/> where there is none.</summary>
    public PredicateOperand Guard { get; set; } = new(Reg.None, false);

    /// <summary>Index in the code.</summary>
    public int Index { get; set; }

    /// <summary>
    /// A mul, add or sub of float32 without a rounding modifier, which ptxas may make one fma with its neighbour (PTX ISA, "mul":
    /// contraction).
    /// </summary>
    public bool MayFuse { get; set; }

    public IReadOnlyList<Reg> Reads { get; set; } = [];

    public IReadOnlyList<Reg> Writes { get; set; } = [];

    /// <summary>What the counters call it.</summary>
    public abstract InstructionClass Class { get; }

    /// <summary>Acts on the lanes of <paramref name="mask"/>, which is not empty.</summary>
    public abstract void Execute(Warp warp, uint mask);

    public PtxException Refuse(PtxFault fault, string message) => new(fault, Line, $"{Text}: {message}");
}

/// <summary>Classes of instructions that share a pipe of the GPU, for the counters.</summary>
public enum InstructionClass
{
    /// <summary>fma, and mul or add of float32.</summary>
    Float32,
    Float64,
    Integer,

    /// <summary>setp, selp and operations on predicates.</summary>
    Predicate,
    Move,
    Convert,

    /// <summary>Division, roots, exponentials.</summary>
    Special,
    Tensor,
    GlobalMemory,
    SharedMemory,
    LocalMemory,
    Parameter,
    Atomic,
    AsyncCopy,
    Shuffle,
    Barrier,
    Branch,
}
