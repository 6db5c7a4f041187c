using Smile.Kernels.Memory;
using Smile.Net.Layers;
using Smile.Net.Tensors;

namespace Smile.Net.Graph;

/// <summary>What a network is used for: it decides how long activations must live.</summary>
public enum NetworkUse
{
    /// <summary>Forward and backward: what the backward pass reads is kept.</summary>
    Training,

    /// <summary>Forward only: an activation's memory is free again after its last reader.</summary>
    Inference,
}

/// <summary>
/// Places activations and their gradients by lifetime in one arena. Time counts layers: forward 0 .. L-1, the loss at L,
/// backward L+1 .. 2L (layer i at 2L - i). Largest first, each at the lowest offset where nothing that lives at the same time lies.
/// </summary>
internal sealed class MemoryPlan
{
    /// <summary>A tensor's need: words from one time to another, both included.</summary>
    private readonly record struct Claim(Action<Place> Assign, int Words, int Born, int Dies);

    private readonly List<Claim> _claims = [];
    private readonly List<(Place Place, int Born, int Dies)> _lives = [];

    /// <summary>What was placed where, and when it lives.</summary>
    public IReadOnlyList<(Place Place, int Born, int Dies)> Lives => _lives;

    /// <summary>Words of the arena that the plan needs.</summary>
    public long Words { get; private set; }

    /// <summary>Words that all tensors together would need without reuse.</summary>
    public long WordsWithoutReuse => _claims.Sum(c => ArenaPlan.RoundUp(c.Words));

    /// <summary>Plans the graph; its input and, in training, no gradient of the input are placed elsewhere.</summary>
    /// <param name="graph">What is planned.</param>
    /// <param name="use">How long activations live.</param>
    /// <param name="packedWords">Words of a tensor as convolutions take it; 0 where they take it as it is.</param>
    public static MemoryPlan For(LayerGraph graph, NetworkUse use, Func<Shape, int> packedWords)
    {
        var plan = new MemoryPlan();
        int loss = graph.Layers.Count;
        int BackwardOf(int i) => 2 * loss - i;
        var lastRead = new Dictionary<Tensor, int> { [graph.Output] = loss };
        var lastConsumer = new Dictionary<Tensor, int>();
        for (int i = 0; i < loss; i++)
        {
            ILayer layer = graph.Layers[i];
            foreach (Tensor x in layer.Inputs)
            {
                lastRead[x] = Math.Max(lastRead.GetValueOrDefault(x), i);
                lastConsumer[x] = i;
            }

            if (use == NetworkUse.Training)
                foreach (Tensor retained in layer.Retained)
                    lastRead[retained] = Math.Max(lastRead.GetValueOrDefault(retained), BackwardOf(i));
        }

        for (int i = 0; i < loss; i++)
        {
            ILayer layer = graph.Layers[i];
            Tensor y = layer.Output;
            plan.Add(p => y.Value = p, y.Shape, i, lastRead[y]);
            foreach (Tensor saved in layer.Saved)
                plan.Add(p => saved.Value = p, saved.Shape, i, use == NetworkUse.Training ? BackwardOf(i) : i);
            if (use == NetworkUse.Training)
                plan.Add(p => y.Gradient = p, y.Shape, lastConsumer.TryGetValue(y, out int reader) ? BackwardOf(reader) : loss,
                    BackwardOf(i));
            int[] readers = [.. Enumerable.Range(0, loss).Where(j => graph.Layers[j].Inputs.Contains(y))];
            int[] packedReaders = [.. readers.Where(j => graph.Layers[j].ReadsPacked)];
            if (layer.Packs && packedReaders.Length > 0)
                plan.AddPacked(p => y.Packed = p, packedWords(y.Shape), i,
                    use == NetworkUse.Training ? packedReaders.Max(BackwardOf) : packedReaders.Max());
            // A gradient that several layers add to is packed by none of them.
            if (use == NetworkUse.Training && layer.ReadsPacked && readers.Length == 1 && graph.Layers[readers[0]] is { Packs: true } next
                && next.Inputs[0] == y)
                plan.AddPacked(p => y.PackedGradient = p, packedWords(y.Shape), BackwardOf(readers[0]), BackwardOf(i));
        }

        plan.Settle();
        return plan;
    }

    private void Add(Action<Place> assign, Shape shape, int born, int dies) => _claims.Add(new Claim(assign, shape.Count, born, dies));

    private void AddPacked(Action<Place> assign, int words, int born, int dies)
    {
        if (words > 0)
            _claims.Add(new Claim(assign, words, born, dies));
    }

    private void Settle()
    {
        var placed = new List<(long Start, long End, Claim Claim)>();
        foreach (Claim claim in _claims.OrderByDescending(c => c.Words))
        {
            long at = 0, length = ArenaPlan.RoundUp(claim.Words);
            foreach (var (start, end, other) in placed)
            {
                if (other.Born > claim.Dies || claim.Born > other.Dies)
                    continue;
                if (start >= at + length)
                    break;
                at = Math.Max(at, end);
            }

            var place = new Place(Arena.Activations, at, claim.Words);
            claim.Assign(place);
            _lives.Add((place, claim.Born, claim.Dies));
            var entry = (at, at + length, claim);
            int index = placed.FindIndex(p => p.Start > at);
            placed.Insert(index < 0 ? placed.Count : index, entry);
            Words = Math.Max(Words, at + length);
        }
    }
}
