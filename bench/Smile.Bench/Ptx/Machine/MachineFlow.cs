using System.Text.RegularExpressions;

namespace Smile.Bench.Ptx.Machine;

/// <summary>A basic block of machine code: entered at its first instruction only, left behind its last only.</summary>
/// <param name="First">Index of its first instruction.</param>
/// <param name="End">Index behind its last.</param>
/// <param name="Following">Blocks that may follow; the number of blocks stands for the end of the program.</param>
internal sealed record MachineBlock(int First, int End, IReadOnlyList<int> Following);

/// <summary>
/// The control-flow graph of a kernel, of the blocks that can be reached. A function that is called returns to behind every call of it,
/// since what a register holds is not followed.
/// </summary>
internal sealed partial class MachineFlow
{
    private readonly Disassembly _disassembly;
    private readonly int[] _functions;

    public MachineFlow(Disassembly disassembly)
    {
        _disassembly = disassembly;
        int length = disassembly.Code.Count;
        _functions = [0, .. disassembly.Labels.Where(l => l.Key[0] == '$').Select(l => l.Value).Where(i => i > 0).Distinct().Order()];
        int[][] next = [.. Enumerable.Range(0, length).Select(Next)];
        var starts = new SortedSet<int> { 0 };
        for (int i = 0; i < length; i++)
            if (next[i] is not [var only] || only != i + 1)
                starts.UnionWith([.. next[i], i + 1]);
        int[] firsts = [.. Reached(next, starts)];
        Blocks = [.. firsts.Select(first =>
        {
            int end = starts.GetViewBetween(first + 1, length).Min;
            return new MachineBlock(first, end, [.. next[end - 1].Select(to => to == length ? firsts.Length : Array.IndexOf(firsts, to))]);
        })];
    }

    /// <summary>In the order of their addresses; the first is the entry.</summary>
    public IReadOnlyList<MachineBlock> Blocks { get; }

    /// <summary>The instructions of a block.</summary>
    public IEnumerable<MachineInstruction> Code(int block) =>
        _disassembly.Code.Skip(Blocks[block].First).Take(Blocks[block].End - Blocks[block].First);

    /// <summary>The outermost loops: sets of blocks, in order, from each of which all others of its set can be reached.</summary>
    public IReadOnlyList<int[]> Loops()
    {
        bool[][] reaches = [.. Enumerable.Range(0, Blocks.Count).Select(ReachedFrom)];
        return [.. Enumerable.Range(0, Blocks.Count).Where(b => reaches[b][b])
            .Select(b => Enumerable.Range(0, Blocks.Count).Where(o => reaches[b][o] && reaches[o][b]).ToArray())
            .DistinctBy(loop => loop[0])];
    }

    /// <summary>Starts of the blocks that can be reached, in order.</summary>
    private static SortedSet<int> Reached(int[][] next, SortedSet<int> starts)
    {
        var reached = new SortedSet<int> { 0 };
        var open = new Stack<int>(reached);
        while (open.TryPop(out int at))
        {
            int end = starts.GetViewBetween(at + 1, next.Length).Min;
            foreach (int to in next[end - 1])
                if (to < next.Length && reached.Add(to))
                    open.Push(to);
        }

        return reached;
    }

    private bool[] ReachedFrom(int block)
    {
        bool[] reached = new bool[Blocks.Count];
        var open = new Stack<int>([block]);
        while (open.TryPop(out int at))
            foreach (int to in Blocks[at].Following)
                if (to < Blocks.Count && !reached[to])
                {
                    reached[to] = true;
                    open.Push(to);
                }

        return reached;
    }

    /// <summary>Indices of the instructions that may follow one; that behind the last is the program's end.</summary>
    private int[] Next(int i)
    {
        IReadOnlyList<MachineInstruction> code = _disassembly.Code;
        MachineInstruction instruction = code[i];
        // "BRA P1, label" under @P0 jumps where both hold; "BRA.DIV" where lanes have parted.
        bool always = instruction.Predicate.Length == 0 && !Conditional().IsMatch(instruction.Text);
        int? target = Target().Match(instruction.Text) is { Success: true } match && _disassembly.Labels.TryGetValue(match.Groups[1].Value,
            out int at) ? at : null;
        return (instruction.Operation, target) switch
        {
            ("BRA", { } to) => always ? [to] : [i + 1, to],
            ("CALL", { } to) => always ? [to] : [i + 1, to],
            ("EXIT", _) => always ? [code.Count] : [i + 1, code.Count],
            ("RET", _) => [.. Returns(i)],
            ("BRA" or "CALL" or "BRX" or "JMP" or "JMX", _) =>
                throw new InvalidDataException($"Where '{instruction.Text}' at {instruction.Address:x4} leads is not known."),
            _ => [i + 1],
        };
    }

    /// <summary>Behind each call of the function that an instruction lies in.</summary>
    private IEnumerable<int> Returns(int from)
    {
        int function = _functions.Last(start => start <= from);
        return Enumerable.Range(0, _disassembly.Code.Count).Where(i => _disassembly.Code[i].Operation == "CALL"
            && Target().Match(_disassembly.Code[i].Text) is { Success: true } match
            && _disassembly.Labels.GetValueOrDefault(match.Groups[1].Value, -1) == function).Select(i => i + 1);
    }

    [GeneratedRegex(@"`\(([^)]+)\)")]
    private static partial Regex Target();

    [GeneratedRegex(@"^(BRA|CALL)\S*\s+!?U?P\w+,|^BRA\.DIV|^BRA\.CONV")]
    private static partial Regex Conditional();
}
