using Smile.Kernels.Memory;

namespace Smile.Net.Tensors;

/// <summary>An activation of the graph: a name and a shape; the memory plan gives it its places.</summary>
internal sealed class Tensor(string name, Shape shape)
{
    public string Name { get; } = name;

    public Shape Shape { get; } = shape;

    /// <summary>Where the forward pass writes it.</summary>
    public Place Value { get; set; }

    /// <summary>Where the backward pass collects its gradient; <see cref="Place.None"/> where none is needed.</summary>
    public Place Gradient { get; set; }

    /// <summary>
    /// Where the value lies once more as the backend's convolutions take it; <see cref="Place.None"/> where they take it as it is, or
    /// what makes it does not pack.
    /// </summary>
    public Place Packed { get; set; }

    /// <summary>The same of the gradient.</summary>
    public Place PackedGradient { get; set; }
}
