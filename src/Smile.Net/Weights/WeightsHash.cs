using System.Runtime.InteropServices;
using Smile.Kernels.Hashing;
using Smile.Net.Models;

namespace Smile.Net.Weights;

/// <summary>
/// SHA-256 of a network's weights and running statistics as they predict, in hexadecimal: the float32 of all tensors in the order of their
/// names, in torchvision's element order. A network and each checkpoint that holds its weights have one hash, whatever else the file says.
/// </summary>
public static class WeightsHash
{
    /// <summary>Of a network in memory.</summary>
    public static string Of(Network network) => Of(network.Parameters.OrderBy(p => p.Name, StringComparer.Ordinal)
        .Select(p => p.Read(network.Backend, p.Predicting)));

    /// <summary>Of a checkpoint; what else the optimiser keeps is passed over.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static string OfFile(string path)
    {
        using Safetensors file = Safetensors.Open(path);
        return Of(NetworkWeights.Predicting(file).OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => t.Read()));
    }

    private static string Of(IEnumerable<float[]> tensors)
    {
        using var hash = new Sha256();
        foreach (float[] tensor in tensors)
            hash.Append(MemoryMarshal.AsBytes<float>(tensor));
        return hash.Finish();
    }
}
