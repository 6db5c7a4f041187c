using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Counters;

/// <summary>What a stretch of a kernel's code did in a launch, by instruction and in sum.</summary>
public class CodeReport
{
    internal CodeReport(IReadOnlyList<InstructionCount> lines)
    {
        Lines = lines;
        var total = default(LineCount);
        foreach (InstructionCount line in lines)
            total.Add(line.Count);
        Total = total;
    }

    /// <summary>Every instruction, in order.</summary>
    public IReadOnlyList<InstructionCount> Lines { get; }

    /// <summary>The sum over all instructions.</summary>
    public LineCount Total { get; }

    /// <summary>Instructions that threads executed.</summary>
    public long ThreadInstructions => Total.Threads;

    /// <summary>
    /// Instructions that warps issue once ptxas has made one fma of mul and add, and one register of both sides of a mov.
    /// </summary>
    public long IssuedInstructions => Lines.Sum(l => l.Issued);

    /// <summary>Share of fused multiply-adds of float32 among the issued instructions.</summary>
    public double FmaShare => Share(l => l.IsFma);

    /// <summary>Share of mma.sync among the issued instructions.</summary>
    public double TensorShare => Share(l => l.Class == InstructionClass.Tensor);

    /// <summary>Sectors of global memory against the fewest that each request could do with; 1 is ideal.</summary>
    public double SectorRatio => Ratio(Total.Sectors, Total.IdealSectors);

    /// <summary>Passes over the banks of shared memory beyond the fewest possible.</summary>
    public long BankConflicts => Total.Wavefronts - Total.IdealWavefronts;

    /// <summary>Floating-point operations of float32 and tensor instructions: two for a multiply-add.</summary>
    public long Flops => Lines.Sum(l => l.Flops);

    /// <summary>Issued instructions by class.</summary>
    public IReadOnlyDictionary<InstructionClass, long> ByClass() =>
        Lines.Where(l => !l.Vanishes).GroupBy(l => l.Class).ToDictionary(g => g.Key, g => g.Sum(l => l.Count.Warps));

    private protected static double Ratio(long value, long ideal) => ideal == 0 ? 1 : (double)value / ideal;

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
public sealed record InstructionCount(int Line, string Text, InstructionClass Class, string? Source, LineCount Count, bool FusedIntoNext,
    bool IsCopy, bool IsFma)
{
    /// <summary>True where ptxas leaves no instruction of it.</summary>
    public bool Vanishes => FusedIntoNext || IsCopy;

    /// <summary>Times that warps issue what ptxas leaves of it.</summary>
    public long Issued => Vanishes ? 0 : Count.Warps;

    /// <summary>True where it reads global memory: ld, or cp.async.</summary>
    public bool IsGlobalLoad =>
        Class == InstructionClass.AsyncCopy || (Class == InstructionClass.GlobalMemory && Text.StartsWith("ld", StringComparison.Ordinal));

    /// <summary>Floating-point operations: one a lane, two for a multiply-add; 2 x m x n x k for mma.</summary>
    public long Flops => Class switch
    {
        InstructionClass.Float32 when FusedIntoNext => 0,
        InstructionClass.Float32 => Count.Threads * (IsFma ? 2 : 1),
        InstructionClass.Special => Count.Threads,
        InstructionClass.Tensor => Count.Warps * 2 * 16 * 8 * (Text.Contains("m16n8k16", StringComparison.Ordinal) ? 16 : 8),
        _ => 0,
    };
}
