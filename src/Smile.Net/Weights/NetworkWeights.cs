using Smile.Kernels.Memory;
using Smile.Net.Models;
using Smile.Net.Tensors;

namespace Smile.Net.Weights;

/// <summary>What of a network a file holds.</summary>
public enum TensorSet
{
    /// <summary>Weights and running statistics as they predict (<see cref="Parameter.Predicting"/>).</summary>
    Weights,

    /// <summary>Weights as they are, and all that the optimiser keeps: training goes on from the file.</summary>
    WeightsAndMoments,
}

/// <summary>
/// A network's tensors in a safetensors file: torchvision's names and shapes; what the optimiser keeps, where it is stored too, as
/// <c>momentum/&lt;name&gt;</c>, <c>second_moment/&lt;name&gt;</c> and <c>average/&lt;name&gt;</c>.
/// </summary>
internal static class NetworkWeights
{
    private const string MomentPrefix = "momentum/", SecondMomentPrefix = "second_moment/", AveragePrefix = "average/";

    /// <summary>The tensors to write.</summary>
    public static IEnumerable<TensorSource> Of(Network network, TensorSet set) => set == TensorSet.Weights
        ? network.Parameters.Select(p => TensorSource.Floats(p.Name, p.Shape, () => p.Read(network.Backend, p.Predicting)))
        : Places(network).Select(at => TensorSource.Floats(at.Name, at.Parameter.Shape, () =>
            at.Parameter.Read(network.Backend, at.Place)));

    /// <summary>Reads weights, statistics and all that the optimiser keeps; every tensor of the network must be there.</summary>
    /// <exception cref="DataException">A tensor is missing, has another shape, or is not finite.</exception>
    public static void Resume(Safetensors file, Network network)
    {
        foreach (var (name, parameter, place) in Places(network))
            parameter.Write(network.Backend, place, Exactly(file, name, parameter.Shape));
    }

    /// <summary>
    /// Copies weights and statistics by name into the network; tensors of any safetensors file with torchvision's names will do. Where the
    /// file has a tensor's average, that is taken. Moments and <c>num_batches_tracked</c> are passed over.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="network">Keeps what it holds where the file has nothing that fits.</param>
    /// <param name="partial">Accept missing, unexpected and differently shaped tensors, and report them; at least one must fit.</param>
    /// <exception cref="DataException">
    /// The file is damaged; or does not fit exactly and <paramref name="partial"/> is false; or nothing fits; or a weight is not finite.
    /// </exception>
    public static LoadReport Load(string path, Network network, bool partial = false)
    {
        using Safetensors file = Safetensors.Open(path);
        var byName = network.Parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
        var report = new LoadReport(
            [.. file.Tensors.Where(t => byName.TryGetValue(t.Name, out Parameter? p) && Fits(t, p.Shape)).Select(t => t.Name)],
            [.. byName.Keys.Where(name => !file.TryGet(name, out _)).Order(StringComparer.Ordinal)],
            [.. file.Tensors.Where(t => !byName.ContainsKey(t.Name) && !PassedOver(t.Name)).Select(t => t.Name)],
            [.. file.Tensors.Where(t => byName.TryGetValue(t.Name, out Parameter? p) && !Fits(t, p.Shape))
                .Select(t => $"{t.Name} {t.Type}[{string.Join(", ", t.Shape)}], expected F32[{string.Join(", ", byName[t.Name].Shape)}]")]);
        if (report.Loaded.Count == 0 || (!partial && !report.Complete))
            throw new DataException($"{path}: the weights do not fit the network: {report}.");
        foreach (string name in report.Loaded)
            byName[name].Write(network.Backend, byName[name].Value, Predicting(file, name, byName[name].Shape));
        return report;
    }

    private static float[] Exactly(Safetensors file, string name, IReadOnlyList<int> shape)
    {
        float[] values = Finite(file, name);
        return file.TryGet(name, out TensorEntry entry) && Fits(entry, shape)
            ? values
            : throw new DataException($"{file.Path}: tensor '{name}' has shape [{string.Join(", ", entry.Shape)}], "
                + $"the network needs [{string.Join(", ", shape)}].");
    }

    private static bool Fits(TensorEntry entry, IReadOnlyList<int> shape) =>
        entry.Type == TensorType.F32 && entry.Shape.SequenceEqual(shape);

    /// <summary>The tensors that predict, by the names of the weights: averages where the file has them.</summary>
    public static IEnumerable<(string Name, Func<float[]> Read)> Predicting(Safetensors file) => file.Tensors
        .Where(t => t.Type == TensorType.F32 && !IsKeptByOptimizer(t.Name))
        .Select(t => (t.Name, new Func<float[]>(() => Predicting(file, t.Name, t.Shape))));

    private static float[] Predicting(Safetensors file, string name, IReadOnlyList<int> shape) =>
        file.TryGet(AveragePrefix + name, out _) ? Exactly(file, AveragePrefix + name, shape) : Finite(file, name);

    /// <summary>One NaN makes every prediction NaN, which looks like "nothing is there".</summary>
    private static float[] Finite(Safetensors file, string name)
    {
        float[] values = file.ReadFloats(name);
        int bad = values.Count(value => !float.IsFinite(value));
        return bad == 0
            ? values
            : throw new DataException($"{file.Path}: tensor '{name}': {bad} of {values.Length} values are NaN or infinite. "
                + "The training that wrote it diverged, or the file is damaged: use another checkpoint.");
    }

    /// <summary>
    /// All that is stored of a network in training: first the values, then what else is kept, each in the order of the parameters.
    /// </summary>
    private static IEnumerable<(string Name, Parameter Parameter, Place Place)> Places(Network network) =>
        from part in new (string Prefix, Func<Parameter, Place> Place)[]
        {
            ("", p => p.Value), (MomentPrefix, p => p.Moment), (SecondMomentPrefix, p => p.SecondMoment), (AveragePrefix, p => p.Average),
        }
        from parameter in network.Parameters
        where !part.Place(parameter).IsNone
        select (part.Prefix + parameter.Name, parameter, part.Place(parameter));

    private static bool IsKeptByOptimizer(string name) =>
        ((string[])[MomentPrefix, SecondMomentPrefix, AveragePrefix]).Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static bool PassedOver(string name) =>
        IsKeptByOptimizer(name) || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);
}
