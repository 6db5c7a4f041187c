using System.Collections;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Counters;

/// <summary>
/// An estimate of the registers that a kernel needs: the most 32-bit words whose values are still needed at one point of the code, a 64-bit
/// register counting as two and predicates, which have registers of their own, as none. ptxas reorders code and keeps more or fewer.
/// </summary>
internal sealed class Liveness
{
    private readonly KernelProgram _program;
    private readonly ControlFlow _flow;
    private readonly BitArray[] _aliveAtStart;

    private Liveness(KernelProgram program)
    {
        _program = program;
        _flow = new ControlFlow(program.Code);
        _aliveAtStart = new BitArray[_flow.Count + 1];
        for (int block = 0; block <= _flow.Count; block++)
            _aliveAtStart[block] = new BitArray(program.Registers.Count);
    }

    /// <summary>The estimate for a kernel.</summary>
    public static int MostAlive(KernelProgram program)
    {
        var liveness = new Liveness(program);
        liveness.Settle();
        return Enumerable.Range(0, liveness._flow.Count).Max(block => liveness.Walk(block).MostWords);
    }

    /// <summary>Values alive at the start of each block, from the end backwards until nothing changes.</summary>
    private void Settle()
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int block = _flow.Count - 1; block >= 0; block--)
            {
                BitArray alive = Walk(block).AtStart;
                if (!new BitArray(alive).Xor(_aliveAtStart[block]).HasAnySet())
                    continue;
                _aliveAtStart[block] = alive;
                changed = true;
            }
        }
    }

    private (BitArray AtStart, int MostWords) Walk(int block)
    {
        var alive = new BitArray(_program.Registers.Count);
        foreach (int next in _flow.Following(block))
            alive.Or(_aliveAtStart[next]);
        int words = 0, most;
        foreach (int id in Enumerable.Range(0, alive.Count).Where(id => alive[id]))
            words += _program.Registers.Words(id);
        most = words;
        for (int i = _flow.End(block) - 1; i >= _flow.First(block); i--)
        {
            Instruction instruction = _program.Code[i];
            if (instruction.Guard.Reg == Reg.None)
                foreach (Reg reg in instruction.Writes)
                    Set(reg, false);
            foreach (Reg reg in instruction.Reads)
                Set(reg, true);
            most = Math.Max(most, words);
        }

        return (alive, most);

        void Set(Reg reg, bool value)
        {
            if (alive[reg.Id] == value)
                return;
            alive[reg.Id] = value;
            words += (value ? 1 : -1) * _program.Registers.Words(reg.Id);
        }
    }
}
