using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Instructions;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Counters;

/// <summary>What a launch did, by instruction and in sum.</summary>
public sealed class LaunchReport
{
    private readonly KernelProgram _program;

    internal LaunchReport(KernelProgram program, Dim3 grid, Dim3 block, LineCount[] counts)
    {
        (_program, Grid, Block) = (program, grid, block);
        var fusion = new Fusion(program.Code);
        Lines = [.. program.Code.Select((instruction, i) => new InstructionCount(
            instruction.Line, instruction.Text, instruction.Class, Source(program, instruction.Source), counts[i], fusion.Products[i], IsCopy(program, instruction),
            fusion.Sums[i] || instruction.Text.StartsWith("fma.rn.f32", StringComparison.Ordinal) || instruction.Text.StartsWith("fma.rn.ftz.f32", StringComparison.Ordinal)))];
        var total = default(LineCount);
        foreach (LineCount count in counts)
            total.Add(count);
        Total = total;
    }

    public string Kernel => _program.Name;

    public Dim3 Grid { get; }

    public Dim3 Block { get; }

    /// <summary>Every instruction of the kernel, in order.</summary>
    public IReadOnlyList<InstructionCount> Lines { get; }

    /// <summary>The sum over all instructions.</summary>
    public LineCount Total { get; }

    /// <summary>Instructions that threads executed.</summary>
    public long ThreadInstructions => Total.Threads;

    /// <summary>Instructions that warps issue once ptxas has made one fma of mul and add, and one register of both sides of a mov.</summary>
    public long IssuedInstructions => Lines.Sum(l => l.Vanishes ? 0 : l.Count.Warps);

    /// <summary>Share of fused multiply-adds of float32 among the issued instructions.</summary>
    public double FmaShare => Share(l => l.IsFma);

    /// <summary>Share of mma.sync among the issued instructions.</summary>
    public double TensorShare => Share(l => l.Class == InstructionClass.Tensor);

    /// <summary>Sectors of global memory against the fewest possible; 1 is ideal.</summary>
    public double SectorRatio => Total.IdealSectors == 0 ? 1 : (double)Total.Sectors / Total.IdealSectors;

    /// <summary>Passes over the banks of shared memory beyond the fewest possible.</summary>
    public long BankConflicts => Total.Wavefronts - Total.IdealWavefronts;

    /// <summary>Issued instructions by class.</summary>
    public IReadOnlyDictionary<InstructionClass, long> ByClass() =>
        Lines.Where(l => !l.Vanishes).GroupBy(l => l.Class).ToDictionary(g => g.Key, g => g.Sum(l => l.Count.Warps));

    private static bool IsCopy(KernelProgram program, Instruction instruction) =>
        instruction.Class == InstructionClass.Move && instruction.Text.StartsWith("mov", StringComparison.Ordinal)
        && instruction.Reads.All(reg => !program.Registers.Constants.Values.Contains(reg) && !program.Registers.Specials.Values.Contains(reg));

    private static string? Source(KernelProgram program, SourceLine source) =>
        source.File != 0 && program.Files.TryGetValue(source.File, out string? file) ? $"{file}:{source.Line}" : null;

    private double Share(Func<InstructionCount, bool> belongs)
    {
        long issued = IssuedInstructions;
        return issued == 0 ? 0 : (double)Lines.Where(belongs).Sum(l => l.Count.Warps) / issued;
    }
}

/// <summary>An instruction of a kernel and what it did in a launch.</summary>
/// <param name="Line">Line of the PTX text.</param>
/// <param name="Text">Opcode and modifiers.</param>
/// <param name="Class">Its class.</param>
/// <param name="Source">File and line of the compiler's source where it is known.</param>
/// <param name="Count">The counts.</param>
/// <param name="FusedIntoNext">A mul.f32 whose only use is an add.f32 or sub.f32 of its block: ptxas makes one fma of the two.</param>
/// <param name="IsCopy">A mov from register to register, which ptxas leaves out where it can.</param>
/// <param name="IsFma">A fma, or an add or sub that takes such a mul.</param>
public sealed record InstructionCount(int Line, string Text, InstructionClass Class, string? Source, LineCount Count, bool FusedIntoNext, bool IsCopy, bool IsFma)
{
    /// <summary>True where ptxas leaves no instruction of it.</summary>
    public bool Vanishes => FusedIntoNext || IsCopy;
}
