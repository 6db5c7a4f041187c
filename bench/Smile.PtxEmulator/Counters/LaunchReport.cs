using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Instructions;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Counters;

/// <summary>What a launch did: the whole kernel, and its main loop.</summary>
public sealed class LaunchReport : CodeReport
{
    private readonly PtxKernel _kernel;
    private readonly Lazy<int[]?> _loop;
    private readonly Lazy<CodeReport?> _mainLoop;

    internal LaunchReport(PtxKernel kernel, Dim3 grid, Dim3 block, int dynamicSharedBytes, int executedBlocks, LineCount[] counts,
        Footprint footprint)
        : base(LinesOf(kernel.Program, counts))
    {
        (_kernel, Grid, Block, SharedBytes, Footprint) = (kernel, grid, block, kernel.Program.SharedEnd(dynamicSharedBytes), footprint);
        ExecutedBlocks = executedBlocks;
        _loop = new Lazy<int[]?>(() => Loops.Main(kernel.Program.Code, Lines));
        _mainLoop = new Lazy<CodeReport?>(() => _loop.Value is { } loop ? new CodeReport([.. loop.Select(i => Lines[i])]) : null);
    }

    public string Kernel => _kernel.Name;

    public Dim3 Grid { get; }

    public Dim3 Block { get; }

    /// <summary>Blocks that the counts are of: all, or those of <see cref="EmulatorOptions.SampledBlocks"/>.</summary>
    public int ExecutedBlocks { get; }

    /// <summary>Bytes of shared memory of a block.</summary>
    public int SharedBytes { get; }

    /// <summary>Bytes of local memory of a thread.</summary>
    public int LocalBytes => _kernel.LocalBytes;

    /// <inheritdoc cref="PtxKernel.LiveRegisters"/>
    public int LiveRegisters => _kernel.LiveRegisters;

    /// <summary>The global memory that the launch touched.</summary>
    public Footprint Footprint { get; }

    /// <summary>Sectors asked for against those that have to be moved at least once; 1 where each is asked for once.</summary>
    public double TouchedRatio => Ratio(Total.Sectors, Footprint.Sectors);

    /// <summary>Bytes that loads ask for, by warp, against the bytes that are read at all; 1 where each is read once.</summary>
    public double ReadRatio => Ratio(Lines.Where(l => l.IsGlobalLoad).Sum(l => l.Count.DistinctBytes), Footprint.ReadBytes);

    /// <summary>
    /// The outermost loop that issued the most instructions, with all loops inside it; null where the kernel has no loop. A set of basic
    /// blocks from each of which all others can be reached.
    /// </summary>
    public CodeReport? MainLoop => _mainLoop.Value;

    /// <summary>
    /// Instructions that a warp issues in the main loop between a load of global memory and the first use of what it brings, on average
    /// over such loads: what there is to do while memory answers. null where the loop loads nothing to registers.
    /// </summary>
    public double? LoadDistance => _loop.Value is { } loop ? Counters.LoadDistance.Of(_kernel.Program.Code, Lines, loop) : null;

    private static InstructionCount[] LinesOf(KernelProgram program, LineCount[] counts)
    {
        var fusion = new Fusion(program.Code);
        return [.. program.Code.Select((instruction, i) => new InstructionCount(
            instruction.Line, instruction.Text, instruction.Class, Source(program, instruction.Source), counts[i], fusion.Products[i],
            IsCopy(program, instruction),
            fusion.Sums[i] || instruction.Text.StartsWith("fma.rn.f32", StringComparison.Ordinal)
            || instruction.Text.StartsWith("fma.rn.ftz.f32", StringComparison.Ordinal)))];
    }

    private static bool IsCopy(KernelProgram program, Instruction instruction) =>
        instruction.Class == InstructionClass.Move && instruction.Text.StartsWith("mov", StringComparison.Ordinal)
        && instruction.Reads
        .All(reg => !program.Registers.Constants.Values.Contains(reg) && !program.Registers.Specials.Values.Contains(reg));

    private static string? Source(KernelProgram program, SourceLine source) =>
        source.File != 0 && program.Files.TryGetValue(source.File, out string? file) ? $"{file}:{source.Line}" : null;
}
