using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Instructions;

/// <summary>
/// Basic blocks of a program and their immediate post-dominators: the first block that every way from a block to the end goes through,
/// which is where lanes that part in it meet again. Computed as dominators of the reversed graph (Cooper, Harvey, Kennedy, "A Simple, Fast
/// Dominance Algorithm").
/// </summary>
internal sealed class ControlFlow
{
    private readonly Instruction[] _code;
    private readonly int[] _first;
    private readonly List<int>[] _next;

    public ControlFlow(Instruction[] code)
    {
        _code = code;
        var starts = new SortedSet<int> { 0 };
        foreach (Instruction instruction in code)
        {
            if (instruction is BranchInstruction branch)
                starts.Add(branch.Target);
            if (instruction is BranchInstruction or ExitInstruction && instruction.Index + 1 < code.Length)
                starts.Add(instruction.Index + 1);
        }

        _first = [.. starts];
        _next = new List<int>[Count];
        for (int block = 0; block < Count; block++)
            _next[block] = Next(block);
    }

    /// <summary>Number of blocks.</summary>
    public int Count => _first.Length;

    public int First(int block) => _first[block];

    /// <summary>Index behind the block's last instruction.</summary>
    public int End(int block) => block + 1 < Count ? _first[block + 1] : _code.Length;

    /// <summary>Blocks that may follow; <see cref="Count"/> is the end of the program.</summary>
    public IReadOnlyList<int> Following(int block) => _next[block];

    /// <summary>Gives every branch the instruction where its lanes join.</summary>
    public void SetJoins()
    {
        int[] join = PostDominators();
        for (int block = 0; block < Count; block++)
            if (_code[End(block) - 1] is BranchInstruction branch)
                branch.Join = join[block] == Count ? _code.Length : _first[join[block]];
    }

    /// <summary>The block that an instruction begins.</summary>
    private int BlockAt(int index) => Array.BinarySearch(_first, index);

    private List<int> Next(int block)
    {
        var next = new List<int>();
        Instruction last = _code[End(block) - 1];
        bool always = last.Guard.Reg == Reg.None;
        if (last is BranchInstruction branch)
            next.Add(BlockAt(branch.Target));
        if (last is ExitInstruction)
            next.Add(Count);
        if (last is not (BranchInstruction or ExitInstruction) || !always)
            next.Add(block + 1);
        return next;
    }

    private int[] PostDominators()
    {
        int end = Count;
        int[] order = ReversePostorder(end), rank = new int[Count + 1], join = new int[Count + 1];
        for (int i = 0; i < order.Length; i++)
            rank[order[i]] = i;
        Array.Fill(join, -1);
        join[end] = end;
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (int block in order.AsSpan(1))
            {
                int common = -1;
                foreach (int next in _next[block])
                    if (join[next] >= 0)
                        common = common < 0 ? next : Intersect(common, next);
                changed |= join[block] != common;
                join[block] = common;
            }
        }

        for (int block = 0; block < Count; block++)
            if (join[block] < 0)
                join[block] = end; // a loop that never ends: its lanes never meet
        return join;

        int Intersect(int a, int b)
        {
            while (a != b)
            {
                while (rank[a] > rank[b])
                    a = join[a];
                while (rank[b] > rank[a])
                    b = join[b];
            }

            return a;
        }
    }

    /// <summary>Blocks by reverse postorder of the reversed graph, from the end; blocks that cannot reach it are left out.</summary>
    private int[] ReversePostorder(int end)
    {
        var before = new List<int>[Count + 1];
        for (int block = 0; block <= Count; block++)
            before[block] = [];
        for (int block = 0; block < Count; block++)
            foreach (int next in _next[block])
                before[next].Add(block);

        var order = new List<int>();
        var seen = new bool[Count + 1];
        var path = new Stack<(int Block, int Child)>([(end, 0)]);
        seen[end] = true;
        while (path.TryPop(out (int Block, int Child) at))
        {
            if (at.Child == before[at.Block].Count)
            {
                order.Add(at.Block);
                continue;
            }

            path.Push((at.Block, at.Child + 1));
            int child = before[at.Block][at.Child];
            if (!seen[child])
            {
                seen[child] = true;
                path.Push((child, 0));
            }
        }

        order.Reverse();
        return [.. order];
    }
}
