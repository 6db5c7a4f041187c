using System.Runtime.InteropServices;
using Smile.Net.Onnx;
using Smile.Net.Weights;

namespace Smile.Net.Pretrained;

/// <summary>
/// The weights of a ResNet in an ONNX file, by torchvision's names. Names of the file mean nothing; the graph does: a block ends in an
/// addition, of whose two sides one is two or three convolutions with their normalisations and the other the block's input, as it is or
/// through one convolution; such a one begins a stage.
/// </summary>
internal sealed class OnnxResNet
{
    private const long MostBytes = 1L << 30;
    private const int MostConvolutions = 3;

    private readonly string _path;
    private readonly Dictionary<string, NodeProto> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NamedTensor> _found = new(StringComparer.Ordinal);

    private OnnxResNet(string path, GraphProto graph)
    {
        _path = path;
        foreach (NodeProto node in graph.Node)
            foreach (string output in node.Output)
                _producers[output] = node;
        foreach (TensorProto tensor in graph.Initializer)
            _tensors[tensor.Name] = tensor;
        NodeProto? stem = graph.Node.FirstOrDefault(node => node.OpType == "BatchNormalization" && ConvolutionOf(node) is not null);
        NodeProto[] sums = [.. graph.Node.Where(node => node.OpType is "Add" or "Sum" && node.Input.Count == 2)];
        if (stem is null)
            throw Fault("no convolution with a normalisation of its own");
        Take("conv1", "bn1", stem);
        (int stage, int block) = (0, 0);
        foreach (NodeProto sum in sums)
        {
            if (BlockOf(sum) is not var (main, shortcut))
                continue;
            (stage, block) = stage == 0 || shortcut is not null ? (stage + 1, 0) : (stage, block + 1);
            string name = $"layer{stage}.{block}";
            for (int i = 0; i < main.Count; i++)
                Take($"{name}.conv{i + 1}", $"{name}.bn{i + 1}", main[i]);
            if (shortcut is not null)
                Take($"{name}.downsample.0", $"{name}.downsample.1", shortcut);
        }

        if (stage == 0)
            throw Fault($"none of its {sums.Length} additions ends a block of convolutions with normalisations");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">It cannot be read, or holds no ResNet.</exception>
    public static IReadOnlyCollection<NamedTensor> Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length is > MostBytes and long length)
                throw new DataException($"{path}: {length} bytes; at most {MostBytes} are read. Is it the right file?");
            using FileStream stream = File.OpenRead(path);
            return new OnnxResNet(path, ModelProto.Parser.ParseFrom(stream).Graph ?? new GraphProto())._found.Values;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is no protobuf is an IOException, too.
            throw new DataException($"{path}: cannot be read as an ONNX model: {e.Message}", e);
        }
    }

    /// <summary>The normalisations of a block, the first first, and that of its shortcut; null where the addition ends none.</summary>
    private (IReadOnlyList<NodeProto> Main, NodeProto? Shortcut)? BlockOf(NodeProto sum)
    {
        foreach ((string main, string other) in new[] { (sum.Input[0], sum.Input[1]), (sum.Input[1], sum.Input[0]) })
        {
            NodeProto? shortcut = NormOf(other);
            string input = shortcut is null ? other : ConvolutionOf(shortcut)!.Input[0];
            if (Chain(main, input) is { } norms)
                return (norms, shortcut);
        }

        return null;
    }

    /// <summary>Two or three convolutions with normalisations from one tensor to another, ReLUs between them; null where not so.</summary>
    private List<NodeProto>? Chain(string to, string from)
    {
        var norms = new List<NodeProto>();
        while (norms.Count < MostConvolutions && NormOf(to) is { } norm)
        {
            norms.Insert(0, norm);
            string input = ConvolutionOf(norm)!.Input[0];
            if (input == from)
                return norms.Count > 1 ? norms : null;
            if (_producers.GetValueOrDefault(input) is not { OpType: "Relu" } relu)
                return null;
            to = relu.Input[0];
        }

        return null;
    }

    private NodeProto? NormOf(string tensor) =>
        _producers.GetValueOrDefault(tensor) is { OpType: "BatchNormalization" } norm && ConvolutionOf(norm) is not null ? norm : null;

    private NodeProto? ConvolutionOf(NodeProto norm) => norm.Input.Count == 5
        && _producers.GetValueOrDefault(norm.Input[0]) is { OpType: "Conv", Input.Count: 2 } convolution ? convolution : null;

    private void Take(string convolution, string norm, NodeProto node)
    {
        Add($"{convolution}.weight", ConvolutionOf(node)!.Input[1], rank: 4);
        Add($"{norm}.weight", node.Input[1], rank: 1);
        Add($"{norm}.bias", node.Input[2], rank: 1);
        Add($"{norm}.running_mean", node.Input[3], rank: 1);
        Add($"{norm}.running_var", node.Input[4], rank: 1);
    }

    private void Add(string name, string tensor, int rank)
    {
        if (!_tensors.TryGetValue(tensor, out TensorProto? stored))
            throw Fault($"{name} is '{tensor}', which the file does not hold");
        long count = 1;
        foreach (long size in stored.Dims)
            count = size is > 0 and < int.MaxValue && count < int.MaxValue ? count * size : long.MaxValue;
        if (stored.Dims.Count != rank || stored.DataType != (int)TensorProto.Types.DataType.Float
            || count != (stored.RawData.Length > 0 ? stored.RawData.Length / (double)sizeof(float) : stored.FloatData.Count))
            throw Fault($"{name} is '{tensor}' of shape [{string.Join(", ", stored.Dims)}], type {stored.DataType}, "
                + $"{Math.Max(stored.RawData.Length, stored.FloatData.Count * sizeof(float))} bytes; float32 of rank {rank} is wanted");
        float[] values = stored.RawData.Length > 0 ? [.. MemoryMarshal.Cast<byte, float>(stored.RawData.Span)] : [.. stored.FloatData];
        _found[name] = new NamedTensor(name, [.. stored.Dims.Select(size => (int)size)], values);
    }

    private DataException Fault(string what) => new($"{_path}: no ResNet to import: {what}. Export it in training mode, so that "
        + "normalisations stay nodes of their own.");
}
