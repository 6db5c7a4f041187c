namespace Smile.Kernels.Memory;

/// <summary>The memory areas of a backend; each is allocated once, by <c>IBackend.Reserve</c>.</summary>
public enum Arena
{
    /// <summary>Parameters and running statistics.</summary>
    Weights,

    /// <summary>Gradients of the parameters, in the order of the weights.</summary>
    Gradients,

    /// <summary>The optimiser's moments, in the order of the weights.</summary>
    Moments,

    /// <summary>The second moments of an optimiser that has them, in the order of the weights.</summary>
    SecondMoments,

    /// <summary>Averages of weights and running statistics over the steps, where they are kept, in the order of the weights.</summary>
    Averages,

    /// <summary>Layer outputs and their gradients, placed by lifetime.</summary>
    Activations,

    /// <summary>Memory that is free again when the operation that asked for it returns.</summary>
    Scratch,

    /// <summary>Images and labels of the current batch.</summary>
    Batch,
}

/// <summary>
/// Where a tensor lies: a tensor is a name for a place, not an owner. An element is one 32-bit word, float32 or
/// uint32 as the operation's contract says. The same place means the same on every backend.
/// </summary>
/// <param name="Arena">The memory area.</param>
/// <param name="Offset">First word; the plan hands out multiples of <see cref="ArenaPlan.Alignment"/>.</param>
/// <param name="Length">Words; an <see cref="int"/> because kernels index in 32 bits.</param>
public readonly record struct Place(Arena Arena, long Offset, int Length)
{
    /// <summary>Stands for "not given" where an operand is optional.</summary>
    public static Place None => default;

    /// <summary>True for <see cref="None"/>.</summary>
    public bool IsNone => Length == 0;

    /// <summary>The part of this place that starts <paramref name="start"/> words in.</summary>
    public Place Part(int start, int length)
    {
        if (start < 0 || length < 0 || start > Length - length)
            throw new ArgumentException($"Part {start}..+{length} lies outside {this}.");
        return new Place(Arena, Offset + start, length);
    }

    /// <summary>True where the two places share a word.</summary>
    public bool Overlaps(Place other) =>
        Arena == other.Arena && !IsNone && !other.IsNone && Offset < other.Offset + other.Length && other.Offset < Offset + Length;

    /// <inheritdoc/>
    public override string ToString() => $"{Arena}[{Offset}..+{Length}]";
}
