namespace Smile.PtxEmulator;

/// <summary>Why a module or a launch is refused.</summary>
public enum PtxFault
{
    /// <summary>The text is not PTX.</summary>
    Syntax,

    /// <summary>An instruction, a modifier or a directive that the emulator does not model.</summary>
    Unsupported,

    /// <summary>The launch does not fit the kernel.</summary>
    Launch,

    /// <summary>An address outside every allocation or variable.</summary>
    OutOfBounds,

    /// <summary>An address that is no multiple of the access size.</summary>
    Misaligned,

    /// <summary>A register or memory read before it was written, or a result that the PTX ISA leaves undefined.</summary>
    Uninitialised,

    /// <summary>Two threads touch one address, one of them writes, and nothing orders them.</summary>
    Race,

    /// <summary>Part of a warp reaches an instruction that all of it must reach together.</summary>
    PartialWarp,

    /// <summary>Part of a block reaches a barrier.</summary>
    PartialBlock,

    /// <summary>Data of a cp.async touched before the wait for it.</summary>
    PendingCopy,

    /// <summary>More instructions than <see cref="EmulatorOptions.StepLimit"/> allows.</summary>
    StepLimit,
}

/// <summary>A module or launch refused: what, in which line of the PTX.</summary>
public sealed class PtxException(PtxFault fault, int line, string message) : Exception(line > 0 ? $"PTX line {line}: {message}" : message)
{
    public PtxFault Fault { get; } = fault;

    /// <summary>Line of the PTX text, from 1; 0 where no line is to blame.</summary>
    public int Line { get; } = line;
}
