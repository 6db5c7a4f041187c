using Smile.Kernels.Backend;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Tensors;
using Smile.Net.Weights;

namespace Smile.Net.Pretrained;

/// <summary>What an import took, and what it left.</summary>
/// <param name="Tensors">Written.</param>
/// <param name="Dropped">Blocks that the file has beyond the backbone's, by name.</param>
public sealed record ImportedBackbone(int Tensors, IReadOnlyList<string> Dropped);

/// <summary>
/// A backbone that was trained on colour images, as one to begin from on CT: the first convolution summed over the colours, each by its
/// scale; what their offsets give goes into the mean of the normalisation behind it (away from the border, where zeros are no colour).
/// </summary>
public static class BackboneImport
{
    private static readonly string[] _prefixes = ["module.", "backbone.", "encoder.", "model."];

    /// <summary>Reads a file and writes a backbone's weights, for <c>train.weights</c>.</summary>
    /// <param name="path">ONNX with normalisations of their own, or safetensors with torchvision's or timm's names.</param>
    /// <param name="output">The safetensors file to write.</param>
    /// <param name="backbone">As <see cref="ModelSettings.Backbone"/>; further blocks at the end of a stage are dropped.</param>
    /// <param name="colours">What images the file's network was trained on.</param>
    /// <exception cref="ConfigException">No such backbone.</exception>
    /// <exception cref="DataException">The file cannot be read, or is of another network.</exception>
    public static ImportedBackbone Write(string path, string output, string backbone, ImageColours colours)
    {
        var model = new ModelSettings { Backbone = backbone, OutputStride = 32, Head = Heads.Conv };
        using var network = new Network(model, 1, model.SizeMultiple, model.SizeMultiple, inChannels: 1, outputs: 1, NetworkUse.Inference,
            Backends.Open("scalar"));
        Parameter[] wanted = [.. network.Parameters.Where(p => !p.Name.StartsWith("classifier", StringComparison.Ordinal))];
        Dictionary<string, NamedTensor> source = (path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) ? OnnxResNet.Read(path)
            : FromSafetensors(path)).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        if (source.TryGetValue("conv1.weight", out NamedTensor? first) && first.Shape is [_, 3, _, _]
            && source.TryGetValue("bn1.running_mean", out NamedTensor? mean) && mean.Values.Length == first.Shape[0])
            (source["conv1.weight"], source["bn1.running_mean"]) = Grey(first, mean, colours);
        string[] faults = [.. wanted.Where(p => !source.TryGetValue(p.Name, out NamedTensor? own) || !own.Shape.SequenceEqual(p.Shape))
            .Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}], "
                + (source.TryGetValue(p.Name, out NamedTensor? own) ? $"found [{string.Join(", ", own.Shape)}]" : "not found"))];
        if (faults.Length > 0)
            throw new DataException($"{path}: is no {backbone}: {faults.Length} of {wanted.Length} tensors do not fit, the first: "
                + $"{faults[0]}. Name its backbone with --backbone.");
        foreach (Parameter parameter in wanted)
            if (!source[parameter.Name].Values.All(float.IsFinite))
                throw new DataException($"{path}: {parameter.Name} has values that are not finite.");
        SafetensorsWriter.Write(output, wanted.Select(p => TensorSource.Floats(p.Name, p.Shape, () => source[p.Name].Values)),
            new Dictionary<string, string> { ["backbone"] = backbone, ["colours"] = colours.Name, ["smile"] = SmileVersion.Text });
        var names = wanted.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        return new ImportedBackbone(wanted.Length, [.. source.Keys.Where(name => !names.Contains(name))
            .Where(name => name.StartsWith("layer", StringComparison.Ordinal)).Select(name => string.Join('.', name.Split('.').Take(2)))
            .Distinct().Order(StringComparer.Ordinal)]);
    }

    private static List<NamedTensor> FromSafetensors(string path)
    {
        using Safetensors file = Safetensors.Open(path);
        var found = new List<NamedTensor>();
        foreach (TensorEntry entry in file.Tensors.Where(entry => entry.Type == TensorType.F32))
        {
            string name = _prefixes.Aggregate(entry.Name, (rest, prefix) =>
                rest.StartsWith(prefix, StringComparison.Ordinal) ? rest[prefix.Length..] : rest);
            if (name.Split('.')[0] is "conv1" or "bn1" or "layer1" or "layer2" or "layer3" or "layer4")
                found.Add(new NamedTensor(name, entry.Shape, file.ReadFloats(entry.Name)));
        }

        return found.GroupBy(tensor => tensor.Name).FirstOrDefault(alike => alike.Count() > 1) is { } twice
            ? throw new DataException($"{path}: {twice.Key} is there {twice.Count()} times, under several prefixes. Keep one.") : found;
    }

    private static (NamedTensor Weight, NamedTensor Mean) Grey(NamedTensor weight, NamedTensor mean, ImageColours colours)
    {
        int outputs = weight.Shape[0], taps = weight.Shape[2] * weight.Shape[3];
        var grey = new float[outputs * taps];
        float[] means = [.. mean.Values];
        for (int o = 0; o < outputs; o++)
        {
            double constant = 0;
            for (int t = 0; t < taps; t++)
            {
                double sum = 0;
                for (int c = 0; c < 3; c++)
                {
                    double value = weight.Values[(o * 3 + c) * taps + t];
                    sum += value * colours.Scale[c];
                    constant += value * colours.Offset[c];
                }

                grey[o * taps + t] = (float)sum;
            }

            means[o] = (float)(means[o] - constant);
        }

        return (weight with { Shape = [outputs, 1, weight.Shape[2], weight.Shape[3]], Values = grey }, mean with { Values = means });
    }
}
