using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Counters;

/// <summary>
/// Which mul.f32 and add.f32 ptxas contracts to one fma (its default, --fmad=true): a product that is read once, by an addition or
/// subtraction of the same basic block.
/// </summary>
internal sealed class Fusion
{
    private readonly Instruction[] _code;
    private readonly HashSet<int> _readFromOutside = [];

    public Fusion(Instruction[] code)
    {
        _code = code;
        (Products, Sums) = (new bool[code.Length], new bool[code.Length]);
        var flow = new ControlFlow(code);
        for (int block = 0; block < flow.Count; block++)
            AddReadFromOutside(flow.First(block), flow.End(block));
        for (int block = 0; block < flow.Count; block++)
            for (int i = flow.First(block); i < flow.End(block); i++)
                Pair(i, flow.End(block));
    }

    /// <summary>True for a mul that becomes part of a later fma.</summary>
    public bool[] Products { get; }

    /// <summary>True for an add or sub that becomes a fma.</summary>
    public bool[] Sums { get; }

    private void AddReadFromOutside(int first, int end)
    {
        var written = new HashSet<int>();
        for (int i = first; i < end; i++)
        {
            foreach (Reg reg in _code[i].Reads)
                if (!written.Contains(reg.Id))
                    _readFromOutside.Add(reg.Id);
            if (_code[i].Guard.Reg == Reg.None)
                written.UnionWith(_code[i].Writes.Select(reg => reg.Id));
        }
    }

    private void Pair(int product, int end)
    {
        if (!_code[product].MayFuse || !_code[product].Text.StartsWith("mul", StringComparison.Ordinal))
            return;
        Reg reg = _code[product].Writes[0];
        int reader = -1, reads = 0, at = product + 1;
        for (; at < end; at++)
        {
            int here = _code[at].Reads.Count(r => r == reg);
            if (here > 0)
                (reader, reads) = (at, reads + here);
            if (_code[at].Writes.Contains(reg))
                break;
        }

        bool dies = at < end || !_readFromOutside.Contains(reg.Id);
        if (reads != 1 || !dies || !_code[reader].MayFuse || Sums[reader] || _code[reader].Text.StartsWith("mul", StringComparison.Ordinal))
            return;
        Products[product] = Sums[reader] = true;
    }
}
