using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Counters;

/// <summary>
/// How far behind a load of global memory its value is first used. Instructions are taken in the order of the text, from the end of the
/// loop back to its start, each as often as it was issued; a copy to another register is no use, the copy's is.
/// </summary>
internal static class LoadDistance
{
    /// <summary>The mean over the loads of a loop, each as often as it was issued; null where there is none.</summary>
    /// <param name="code">The kernel.</param>
    /// <param name="counts">What was issued.</param>
    /// <param name="loop">The loop's instructions, in order.</param>
    public static double? Of(Instruction[] code, IReadOnlyList<InstructionCount> counts, int[] loop)
    {
        long loads = 0, between = 0;
        for (int at = 0; at < loop.Length; at++)
            if (counts[loop[at]] is { IsGlobalLoad: true, Class: not InstructionClass.AsyncCopy, Count.Warps: > 0 } load)
            {
                loads += load.Count.Warps;
                between += ToUse(code, counts, loop, at);
            }

        return loads == 0 ? null : (double)between / loads;
    }

    private static long ToUse(Instruction[] code, IReadOnlyList<InstructionCount> counts, int[] loop, int load)
    {
        HashSet<Reg> brought = [.. code[loop[load]].Writes];
        long between = 0;
        for (int step = 1; step <= loop.Length; step++)
        {
            int i = loop[(load + step) % loop.Length];
            if (code[i].Reads.Any(brought.Contains))
            {
                if (!counts[i].IsCopy)
                    break;
                brought.UnionWith(code[i].Writes);
            }

            between += counts[i].Issued;
        }

        return between;
    }
}
