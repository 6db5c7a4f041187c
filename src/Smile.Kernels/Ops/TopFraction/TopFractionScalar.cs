using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.TopFraction;

/// <summary><see cref="ITopFraction"/> as plain loops with sums in double.</summary>
internal static class TopFractionScalar
{
    public static void Compute(HostMemory memory, in TopFractionShape shape, Place scores, Place candidates, Place selected, Place summary)
    {
        shape.Validate(scores, candidates, selected, summary);
        Span<float> score = memory.Floats(scores);
        Span<uint> candidate = memory.Words(candidates), chosen = memory.Words(selected), counts = memory.Words(summary);
        var order = new List<int>();
        for (int i = 0; i < shape.Length; i++)
            if (candidate[i] != 0 && !float.IsNaN(score[i]))
                order.Add(i);
        var keys = new uint[shape.Length];
        for (int i = 0; i < shape.Length; i++)
            keys[i] = TopFractionShape.Key(score[i]);
        order.Sort((a, b) => keys[a] != keys[b] ? keys[b].CompareTo(keys[a]) : a.CompareTo(b));
        int count = (int)shape.SelectedOf(order.Count);
        chosen.Clear();
        foreach (int i in order.Take(count))
            chosen[i] = 1;
        (counts[0], counts[1]) = ((uint)order.Count, (uint)count);
    }
}
