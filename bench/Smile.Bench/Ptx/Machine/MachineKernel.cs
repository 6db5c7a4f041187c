using Smile.PtxEmulator.Counters;

namespace Smile.Bench.Ptx.Machine;

/// <summary>A kernel as ptxas compiled it for an architecture.</summary>
/// <param name="Cubin">Registers, spills, stack.</param>
/// <param name="Disassembly">Its instructions.</param>
/// <param name="Flow">Its control-flow graph.</param>
/// <param name="PtxLines">The text it was compiled from, by line.</param>
internal sealed record MachineKernel(Cubin Cubin, Disassembly Disassembly, MachineFlow Flow, IReadOnlyList<string> PtxLines)
{
    /// <summary>Compiles and reads back.</summary>
    /// <exception cref="InvalidOperationException">A tool refuses it, with what it says.</exception>
    public static MachineKernel Of(NvidiaTools tools, string ptx, string architecture)
    {
        Cubin cubin = tools.Compile(ptx, architecture, "--generate-line-info");
        var disassembly = Disassembly.Read(tools.Disassemble(cubin));
        return new MachineKernel(cubin, disassembly, new MachineFlow(disassembly), ptx.Split('\n'));
    }
}

/// <summary>What a block of machine code does in a launch.</summary>
/// <param name="Block">Its number in the flow graph.</param>
/// <param name="Address">Of its first instruction.</param>
/// <param name="Instructions">How many it has.</param>
/// <param name="Stalls">Cycles that a warp takes for it at least, alone on its scheduler and with nothing to wait for.</param>
/// <param name="Warps">Times that a warp goes through it.</param>
/// <param name="Classes">Its instructions by class.</param>
internal sealed record BlockRow(
    int Block, int Address, int Instructions, int Stalls, double Warps, IReadOnlyDictionary<string, int> Classes);

/// <summary>What a kernel's machine code does in a launch.</summary>
internal sealed class MachineLaunch
{
    private const double Lanes = 32;

    private MachineLaunch(MachineKernel kernel, IReadOnlyList<BlockRow> blocks, double miss)
    {
        (Kernel, Blocks, Miss) = (kernel, blocks, miss);
        Loop = kernel.Flow.Loops().Select(loop => loop.Select(b => blocks[b]).ToArray()).Where(loop => Executed(loop) > 0)
            .MaxBy(Executed) ?? [];
    }

    public MachineKernel Kernel { get; }

    /// <summary>In the order of their addresses.</summary>
    public IReadOnlyList<BlockRow> Blocks { get; }

    /// <summary>The blocks of the outermost loop in which the most instructions are executed; none where no loop ran.</summary>
    public IReadOnlyList<BlockRow> Loop { get; }

    /// <summary>
    /// How far the counts of instructions that keep their number are from the emulator's of their lines, all these misses together as a
    /// share of all these counts.
    /// </summary>
    public double Miss { get; }

    /// <summary>Machine instructions that warps issue.</summary>
    public double Instructions => Executed(Blocks);

    /// <summary>Stall cycles of all warps together.</summary>
    public double Stalls => Blocks.Sum(block => block.Warps * block.Stalls);

    /// <summary>
    /// Bytes that a warp has on the way in the loop, or in the whole kernel where there is no loop or it loads nothing: that of a tree of
    /// sums.
    /// </summary>
    public int BytesInFlight => InFlight(Loop) is > 0 and int inLoop ? inLoop : InFlight(Blocks);

    /// <summary>Executed instructions of a class.</summary>
    public double Of(string name) => Blocks.Sum(block => block.Warps * block.Classes.GetValueOrDefault(name));

    /// <summary>Executed instructions by class, the most first.</summary>
    public IReadOnlyList<(string Class, double Count)> ByClass() =>
        [.. Blocks.SelectMany(b => b.Classes.Select(c => (c.Key, Count: c.Value * b.Warps))).GroupBy(c => c.Key)
            .Select(g => (g.Key, g.Sum(c => c.Count))).OrderByDescending(c => c.Item2)];

    public static double Executed(IEnumerable<BlockRow> blocks) => blocks.Sum(block => block.Warps * block.Instructions);

    /// <summary>Reads the emulator's counts of a launch over into the machine code of the same PTX.</summary>
    /// <param name="kernel">The machine code.</param>
    /// <param name="counts">Of every PTX instruction.</param>
    /// <param name="threads">Threads that were executed.</param>
    /// <exception cref="InvalidDataException">The counts are of another text.</exception>
    public static MachineLaunch Of(MachineKernel kernel, IReadOnlyList<InstructionCount> counts, long threads)
    {
        foreach (InstructionCount count in counts)
            if (count.Line < 1 || count.Line > kernel.PtxLines.Count
                || !kernel.PtxLines[count.Line - 1].Contains(count.Text, StringComparison.Ordinal))
                throw new InvalidDataException($"Line {count.Line} of the PTX that was compiled is not '{count.Text}', as was executed.");
        IReadOnlyList<LaneEquation> equations = LaneEquations.Of(kernel.Flow, counts);
        double[] lanes = BlockLanes.Of(kernel.Flow, threads, equations);
        double[] shares = Shares(kernel.Flow, counts, lanes);
        LaneEquation[] sure = [.. equations.Where(e => e.Weight >= 1 && !e.AtLeast)];
        double miss = sure.Sum(e => e.Weight * Math.Abs(e.Factors.Sum(f => f.Value * lanes[f.Key]) - e.Lanes))
            / Math.Max(1, sure.Sum(e => e.Weight * e.Lanes));
        return new MachineLaunch(kernel, [.. kernel.Flow.Blocks.Select((block, b) =>
        {
            MachineInstruction[] code = [.. kernel.Flow.Code(b)];
            return new BlockRow(b, code[0].Address, code.Length, code.Sum(i => i.Stall), lanes[b] / (Lanes * shares[b]),
                code.GroupBy(i => i.Class).ToDictionary(g => g.Key, g => g.Count()));
        })], miss);
    }

    /// <summary>
    /// Lanes that are active in each block, of 32: the median over its instructions of what the emulator counted of their lines, without
    /// those lines that fewer lanes went through than through the block; in a block without others, as in the one before it.
    /// </summary>
    private static double[] Shares(MachineFlow flow, IReadOnlyList<InstructionCount> counts, double[] lanes)
    {
        const double Whole = 0.98; // the emulator's count of a line may be a little less: what was a branch is a predicate
        Dictionary<int, LineCount> byLine = counts.GroupBy(count => count.Line).ToDictionary(g => g.Key, g => g.First().Count);
        double[] shares = new double[flow.Blocks.Count];
        double before = 1;
        for (int b = 0; b < shares.Length; b++)
        {
            double[] told = [.. flow.Code(b).Where(code => code.Predicate.Length == 0)
                .Select(code => byLine.GetValueOrDefault(code.Line)).Where(line => line.Warps > 0 && line.Threads >= Whole * lanes[b])
                .Select(line => line.Threads / (Lanes * line.Warps)).Order()];
            before = shares[b] = told.Length > 0 ? told[told.Length / 2] : before;
        }

        return shares;
    }

    private int InFlight(IReadOnlyList<BlockRow> blocks) =>
        Disassembly.BytesInFlight(blocks.Where(block => block.Warps * Lanes >= 1).SelectMany(block => Kernel.Flow.Code(block.Block)));
}
