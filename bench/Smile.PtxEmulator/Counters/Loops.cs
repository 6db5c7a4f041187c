using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Counters;

/// <summary>
/// The loops of a kernel: strongly connected components of its basic blocks (Tarjan 1972), so that a loop comes with all loops inside it,
/// and no label or shape of code is needed to find it.
/// </summary>
internal sealed class Loops
{
    private readonly ControlFlow _flow;
    private readonly int[] _number, _low;
    private readonly bool[] _open;
    private readonly Stack<int> _path = [];
    private readonly List<int[]> _found = [];
    private int _next = 1;

    private Loops(Instruction[] code)
    {
        _flow = new ControlFlow(code);
        (_number, _low, _open) = (new int[_flow.Count], new int[_flow.Count], new bool[_flow.Count]);
        for (int block = 0; block < _flow.Count; block++)
            if (_number[block] == 0)
                Visit(block);
    }

    /// <summary>
    /// The instructions, in order, of the loop whose instructions were issued most often; null where there is none or none ran.
    /// </summary>
    public static int[]? Main(Instruction[] code, IReadOnlyList<InstructionCount> lines)
    {
        var loops = new Loops(code);
        return loops._found
            .Select(blocks => blocks.Order()
                .SelectMany(b => Enumerable.Range(loops._flow.First(b), loops._flow.End(b) - loops._flow.First(b))).ToArray())
            .Where(loop => Issued(loop) > 0)
            .MaxBy(Issued);

        long Issued(int[] loop) => loop.Sum(i => lines[i].Issued);
    }

    private void Visit(int block)
    {
        _number[block] = _low[block] = _next++;
        _path.Push(block);
        _open[block] = true;
        foreach (int next in _flow.Following(block))
        {
            if (next == _flow.Count)
                continue;
            if (_number[next] == 0)
            {
                Visit(next);
                _low[block] = Math.Min(_low[block], _low[next]);
            }
            else if (_open[next])
            {
                _low[block] = Math.Min(_low[block], _number[next]);
            }
        }

        if (_low[block] != _number[block])
            return;
        var component = new List<int>();
        do
        {
            component.Add(_path.Pop());
            _open[component[^1]] = false;
        }
        while (component[^1] != block);
        if (component.Count > 1 || _flow.Following(block).Contains(block))
            _found.Add([.. component]);
    }
}
