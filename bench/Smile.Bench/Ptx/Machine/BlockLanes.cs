namespace Smile.Bench.Ptx.Machine;

/// <summary>
/// How many lanes go through each block of machine code, from how many enter the kernel and from equations that need not agree: those
/// flows along the edges of the control-flow graph, none below zero, with as many lanes into a block as out of it, that miss the equations
/// by least, each by the root of what it says and by its weight. Of flows that do so equally the one with fewest instructions: so a loop
/// that the compiler has unrolled takes its rounds in the copies where no equation says otherwise. A linear programme. What it does not
/// know: that a loop which runs is entered; that has to follow from an equation before or behind it.
/// </summary>
internal static class BlockLanes
{
    // Entering is sure; instructions decide only where no equation does.
    private const double Entry = 1e3, Instruction = 1e-8, LeastTarget = 1e-2;

    /// <summary>Lanes by block.</summary>
    /// <param name="flow">The kernel.</param>
    /// <param name="lanes">Threads of the launch.</param>
    /// <param name="equations">What is known.</param>
    public static double[] Of(MachineFlow flow, long lanes, IReadOnlyList<LaneEquation> equations)
    {
        int end = flow.Blocks.Count;
        (int From, int To)[] edges = [(end, 0), .. flow.Blocks.SelectMany((block, b) => block.Following.Select(to => (b, to)))];
        int[] lengths = [.. flow.Blocks.Select(block => block.End - block.First), 0];
        double[] costs = [.. edges.Select(edge => Instruction * lengths[edge.To])];
        var programme = new LinearProgramme(costs, SpanningTree(edges, end + 1).Select(t => (Conservation(edges, t.Node), t.Edge)));
        double[] entering = new double[edges.Length];
        entering[0] = 1;
        programme.Add(entering, 1, Entry, Entry);
        foreach (LaneEquation equation in equations)
        {
            double target = equation.Lanes / lanes, cost = equation.Weight / Math.Sqrt(Math.Max(target, LeastTarget));
            double[] row = [.. edges.Select(edge => equation.Factors.GetValueOrDefault(edge.To))];
            programme.Add(row, target, cost, equation.AtLeast ? 0 : cost);
        }

        double[] flows = programme.Solve();
        double[] blocks = new double[end + 1];
        for (int e = 0; e < edges.Length; e++)
            blocks[edges[e].To] += lanes * flows[e];
        return blocks[..end];
    }

    /// <summary>+1 for each edge into a node, -1 for each out of it.</summary>
    private static double[] Conservation((int From, int To)[] edges, int node) =>
        [.. edges.Select(edge => (edge.To == node ? 1.0 : 0) - (edge.From == node ? 1.0 : 0))];

    /// <summary>
    /// Each node but the first with the edge that joins it to a tree, the leaves first: its flow is then a sum of those outside the tree.
    /// </summary>
    private static List<(int Node, int Edge)> SpanningTree((int From, int To)[] edges, int nodes)
    {
        var order = new List<(int Node, int Edge)>();
        bool[] seen = new bool[nodes];
        seen[0] = true;
        var open = new Queue<int>([0]);
        while (open.TryDequeue(out int at))
            for (int e = 0; e < edges.Length; e++)
            {
                int other = edges[e].From == at ? edges[e].To : edges[e].To == at ? edges[e].From : at;
                if (seen[other])
                    continue;
                seen[other] = true;
                order.Add((other, e));
                open.Enqueue(other);
            }

        order.Reverse();
        return order;
    }
}
