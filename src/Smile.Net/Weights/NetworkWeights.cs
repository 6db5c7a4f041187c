using Smile.Net.Models;
using Smile.Net.Tensors;

namespace Smile.Net.Weights;

/// <summary>What of a network a file holds.</summary>
public enum TensorSet
{
    /// <summary>Weights and running statistics: enough to predict.</summary>
    Weights,

    /// <summary>The optimiser's moments too: training goes on from the file.</summary>
    WeightsAndMoments,
}

/// <summary>
/// A network's tensors in a safetensors file: torchvision's names and shapes; moments of the optimiser, where they are stored too, as
/// <c>momentum/&lt;name&gt;</c>.
/// </summary>
internal static class NetworkWeights
{
    private const string MomentPrefix = "momentum/";

    /// <summary>The tensors to write.</summary>
    public static IEnumerable<TensorSource> Of(Network network, TensorSet set)
    {
        var tensors = network.Parameters.Select(p => TensorSource.Floats(p.Name, p.Shape, () => p.Read(network.Backend, p.Value)));
        return set == TensorSet.Weights ? tensors : tensors.Concat(network.Parameters.Where(p => p.Trained)
            .Select(p => TensorSource.Floats(MomentPrefix + p.Name, p.Shape, () => p.Read(network.Backend, p.Moment))));
    }

    /// <summary>Reads weights, statistics and moments; every tensor of the network must be there.</summary>
    /// <exception cref="DataException">A tensor is missing or has another shape.</exception>
    public static void Resume(Safetensors file, Network network)
    {
        foreach (Parameter p in network.Parameters)
        {
            p.Write(network.Backend, p.Value, Exactly(file, p.Name, p.Shape));
            if (p.Trained)
                p.Write(network.Backend, p.Moment, Exactly(file, MomentPrefix + p.Name, p.Shape));
        }
    }

    /// <summary>
    /// Copies weights and statistics by name into the network; tensors of any safetensors file with torchvision's names will do.
    /// Moments and <c>num_batches_tracked</c> are passed over.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="network">Keeps what it holds where the file has nothing that fits.</param>
    /// <param name="partial">Accept missing, unexpected and differently shaped tensors, and report them; at least one must fit.</param>
    /// <exception cref="DataException">
    /// The file is damaged; or does not fit exactly and <paramref name="partial"/> is false; or nothing fits.
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
            byName[name].Write(network.Backend, byName[name].Value, file.ReadFloats(name));
        return report;
    }

    private static float[] Exactly(Safetensors file, string name, IReadOnlyList<int> shape)
    {
        float[] values = file.ReadFloats(name);
        return file.TryGet(name, out TensorEntry entry) && Fits(entry, shape)
            ? values
            : throw new DataException($"{file.Path}: tensor '{name}' has shape [{string.Join(", ", entry.Shape)}], "
                + $"the network needs [{string.Join(", ", shape)}].");
    }

    private static bool Fits(TensorEntry entry, IReadOnlyList<int> shape) =>
        entry.Type == TensorType.F32 && entry.Shape.SequenceEqual(shape);

    /// <summary>Whether the tensor of that name is an optimiser's moment.</summary>
    public static bool IsMoment(string name) => name.StartsWith(MomentPrefix, StringComparison.Ordinal);

    private static bool PassedOver(string name) =>
        IsMoment(name) || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);
}
