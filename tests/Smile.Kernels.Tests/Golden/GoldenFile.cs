using System.Text;
using System.Text.Json;

namespace Smile.Kernels.Tests.Golden;

/// <summary>
/// Numbers that another implementation gave, by tensor name: element count, sum, sum of squares, and a spread of samples, so that the file
/// stays small and yet every element counts. Written by <c>bench/Smile.Bench -- golden</c>, read by the tests.
/// </summary>
internal sealed class GoldenFile(string origin)
{
    /// <summary>A prime: strides through a tensor that meet every channel and column.</summary>
    private const int Samples = 61;

    /// <summary>What made the numbers: command and versions.</summary>
    public string Origin { get; } = origin;

    /// <summary>The tensors by name, in the order they were made.</summary>
    public Dictionary<string, GoldenTensor> Tensors { get; } = [];

    /// <summary>The flat indices that are stored of a tensor.</summary>
    public static IEnumerable<int> SampleIndices(int count)
    {
        int samples = Math.Min(count, Samples);
        for (int j = 0; j < samples; j++)
            yield return (int)((long)j * count / samples);
    }

    /// <summary>Adds a tensor.</summary>
    public void Add(string name, double[] values) => Tensors.Add(name, new GoldenTensor(values.Length, values.Sum(), values.Sum(v => v * v),
        [.. SampleIndices(values.Length).Select(i => (float)values[i])]));

    /// <summary>Writes one line a tensor.</summary>
    public void Write(string path)
    {
        var text = new StringBuilder("{\n").Append("\"origin\": ").Append(JsonSerializer.Serialize(Origin));
        foreach ((string name, GoldenTensor tensor) in Tensors)
            text.Append(",\n").Append(JsonSerializer.Serialize(name)).Append(": ").Append(JsonSerializer.Serialize(tensor));
        File.WriteAllText(path, text.Append("\n}\n").ToString());
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static GoldenFile Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        var file = new GoldenFile(document.RootElement.GetProperty("origin").GetString()!);
        foreach (JsonProperty tensor in document.RootElement.EnumerateObject().Skip(1))
            file.Tensors.Add(tensor.Name, tensor.Value.Deserialize<GoldenTensor>()!);
        return file;
    }
}

/// <summary>One tensor of a golden file.</summary>
internal sealed record GoldenTensor(int Count, double Sum, double SumSquares, float[] Samples);
