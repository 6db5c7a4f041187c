using Smile.PtxEmulator.Counters;

namespace Smile.Bench.Ptx.Machine;

/// <summary>Something that is known of how often blocks run: the sum of factor x times of the block is a number of lanes.</summary>
/// <param name="Factors">By block.</param>
/// <param name="Lanes">The sum.</param>
/// <param name="Weight">How far it is to be believed.</param>
/// <param name="AtLeast">True where the sum may be larger.</param>
internal sealed record LaneEquation(IReadOnlyDictionary<int, double> Factors, double Lanes, double Weight, bool AtLeast);

/// <summary>What the emulator's counts of PTX lines say of the blocks of the machine code.</summary>
internal static class LaneEquations
{
    // Far less than one equation of an instruction that keeps its number, far more than nothing.
    private const double Hint = 1e-3;

    /// <summary>
    /// PTX instructions of which ptxas makes one machine instruction each, however often it copies them: the copies together run as often
    /// as the line. Others become none, several, or are moved out of a loop.
    /// </summary>
    private static readonly (string Ptx, string Machine)[] _kept =
    [
        ("ld.global", "LDG"), ("st.global", "STG"), ("ld.shared", "LDS"), ("st.shared", "STS"), ("cp.async.ca", "LDGSTS"),
        ("cp.async.cg", "LDGSTS"), ("ldmatrix", "LDSM"), ("mma", "HMMA"), ("fma.rn.f32", "FFMA"), ("fma.rn.ftz.f32", "FFMA"),
        ("add.rn.f32", "FADD"), ("sub.rn.f32", "FADD"), ("mul.rn.f32", "FMUL"), ("bar.sync", "BAR"), ("shfl", "SHFL"),
    ];

    /// <summary>The machine instruction that a PTX instruction becomes; null where that is not sure.</summary>
    public static string? Kept(string ptx) =>
        _kept.FirstOrDefault(k => ptx.StartsWith(k.Ptx, StringComparison.Ordinal)).Machine;

    /// <summary>The equations of a launch.</summary>
    /// <param name="flow">The machine code.</param>
    /// <param name="counts">What the emulator counted of the same PTX.</param>
    public static IReadOnlyList<LaneEquation> Of(MachineFlow flow, IReadOnlyList<InstructionCount> counts)
    {
        ILookup<int, (int Block, MachineInstruction Code)> byLine = Enumerable.Range(0, flow.Blocks.Count)
            .SelectMany(b => flow.Code(b).Select(code => (Block: b, Code: code))).ToLookup(each => each.Code.Line);
        var equations = new List<LaneEquation>();
        foreach (IGrouping<int, InstructionCount> line in counts.GroupBy(count => count.Line))
        {
            (int Block, MachineInstruction Code)[] made = [.. byLine[line.Key]];
            if (made.Length == 0 || line.Skip(1).Any())
                continue;
            InstructionCount count = line.Single();
            (int Block, MachineInstruction Code)[] kept = [.. made.Where(m => m.Code.Operation == Kept(count.Text))];
            if (kept.Length > 0)
                equations.Add(new LaneEquation(Copies(kept), count.Count.Threads, 1, kept.Any(k => k.Code.Predicate.Length > 0)));
            else if (made.All(m => m.Block == made[0].Block && m.Code.Predicate.Length == 0))
                equations.Add(new LaneEquation(new Dictionary<int, double> { [made[0].Block] = 1 }, count.Count.Threads, Hint, false));
        }

        return [.. equations.GroupBy(Key).Select(same => same.First() with { Weight = same.Sum(equation => equation.Weight) })];
    }

    private static Dictionary<int, double> Copies(IEnumerable<(int Block, MachineInstruction Code)> kept) =>
        kept.GroupBy(k => k.Block).ToDictionary(g => g.Key, g => (double)g.Count());

    private static string Key(LaneEquation equation) =>
        FormattableString.Invariant($"{equation.Lanes} {equation.AtLeast} ")
        + string.Join(' ', equation.Factors.OrderBy(f => f.Key).Select(f => FormattableString.Invariant($"{f.Key}:{f.Value}")));
}
