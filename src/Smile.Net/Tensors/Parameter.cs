using Smile.Kernels.Backend;
using Smile.Kernels.Memory;

namespace Smile.Net.Tensors;

/// <summary>Which part of the optimiser's settings a parameter follows.</summary>
public enum ParameterGroup
{
    /// <summary>The ResNet: base learning rate.</summary>
    Backbone,

    /// <summary>The classifier: base learning rate times the head factor.</summary>
    Head,

    /// <summary>Running mean and variance: followed by the normalisation, never by a gradient.</summary>
    Statistics,
}

/// <summary>
/// A named weight. Outside it has torchvision's name, shape and order (convolutions are (O, I, H, W)); in the arena
/// convolutions are (H, W, I, O), the order that the kernels read.
/// </summary>
public sealed class Parameter
{
    private readonly int[] _shape;

    internal Parameter(string name, int[] shape, ParameterGroup group) => (Name, _shape, Group) = (name, shape, group);

    /// <summary>torchvision's name, for example <c>layer1.0.conv1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>torchvision's shape.</summary>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>Elements.</summary>
    public int Count => _shape.Aggregate(1, (a, b) => checked(a * b));

    /// <summary>Which optimiser settings it follows.</summary>
    public ParameterGroup Group { get; }

    /// <summary>True where a gradient changes it.</summary>
    public bool Trained => Group != ParameterGroup.Statistics;

    /// <summary>Where it lies, in the kernels' order.</summary>
    public Place Value { get; internal set; }

    /// <summary>Its gradient; none for statistics.</summary>
    public Place Gradient => Trained ? Value with { Arena = Arena.Gradients } : Place.None;

    /// <summary>The optimiser's moment; none for statistics.</summary>
    public Place Moment => Trained ? Value with { Arena = Arena.Moments } : Place.None;

    /// <summary>The optimiser's second moment; none where none is kept.</summary>
    public Place SecondMoment =>
        Trained && Kept.HasFlag(OptimizerMemory.SecondMoments) ? Value with { Arena = Arena.SecondMoments } : Place.None;

    /// <summary>The average over the steps; none where none is kept.</summary>
    public Place Average => Kept.HasFlag(OptimizerMemory.Averages) ? Value with { Arena = Arena.Averages } : Place.None;

    /// <summary>What predicts: the average where one is kept, else the value.</summary>
    public Place Predicting => Average.IsNone ? Value : Average;

    /// <summary>What is kept of it.</summary>
    internal OptimizerMemory Kept { get; set; }

    /// <summary>Copies one of this parameter's places out, in torchvision's order.</summary>
    public float[] Read(IBackend backend, Place place)
    {
        var words = new float[Count];
        backend.Read(place, words);
        return _shape.Length == 4 ? Permute(words, _shape[2] * _shape[3], _shape[1], _shape[0], outward: true) : words;
    }

    /// <summary>Copies values in torchvision's order into one of this parameter's places.</summary>
    public void Write(IBackend backend, Place place, ReadOnlySpan<float> values)
    {
        if (values.Length != Count)
            throw new ArgumentException($"{Name} has {Count} elements, {values.Length} given.", nameof(values));
        backend.Write(place, _shape.Length == 4 ? Permute(values, _shape[2] * _shape[3], _shape[1], _shape[0], outward: false) : values);
    }

    /// <summary>Between (taps, in, out) inside and (out, in, taps) outside.</summary>
    private static float[] Permute(ReadOnlySpan<float> from, int taps, int inputs, int outputs, bool outward)
    {
        var to = new float[from.Length];
        for (int t = 0; t < taps; t++)
            for (int i = 0; i < inputs; i++)
                for (int o = 0; o < outputs; o++)
                {
                    int inside = (t * inputs + i) * outputs + o, outside = (o * inputs + i) * taps + t;
                    if (outward)
                        to[outside] = from[inside];
                    else
                        to[inside] = from[outside];
                }

        return to;
    }
}
