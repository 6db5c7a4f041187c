using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Smile.Net.Weights;

/// <summary>A tensor to be written; its elements are asked for when their turn comes, so no file stands in memory whole.</summary>
public sealed class TensorSource
{
    private readonly Func<Array> _elements;

    private TensorSource(string name, TensorType type, IReadOnlyList<int> shape, Func<Array> elements) =>
        (Name, Type, Shape, _elements) = (name, type, shape, elements);

    public string Name { get; }

    public TensorType Type { get; }

    public IReadOnlyList<int> Shape { get; }

    /// <summary>An F32 tensor.</summary>
    public static TensorSource Floats(string name, IReadOnlyList<int> shape, Func<float[]> elements) =>
        new(name, TensorType.F32, shape, elements);

    /// <summary>A U32 tensor.</summary>
    public static TensorSource Words(string name, IReadOnlyList<int> shape, Func<uint[]> elements) =>
        new(name, TensorType.U32, shape, elements);

    internal long ByteCount => Shape.Aggregate(1L, (a, b) => checked(a * b)) * SafetensorsHeader.BytesOf(Type);

    internal ReadOnlySpan<byte> Bytes()
    {
        ReadOnlySpan<byte> bytes = _elements() switch
        {
            float[] floats => MemoryMarshal.AsBytes<float>(floats),
            uint[] words => MemoryMarshal.AsBytes<uint>(words),
            var other => throw new InvalidOperationException($"No way to write {other.GetType()}."),
        };
        if (bytes.Length != ByteCount)
            throw new ArgumentException($"Tensor '{Name}' has {bytes.Length} bytes, its shape needs {ByteCount}.");
        return bytes;
    }
}

/// <summary>Writes safetensors files; the same tensors and metadata give the same bytes.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes <paramref name="path"/> through <see cref="AtomicFile"/>, tensors sorted by name.</summary>
    /// <exception cref="ArgumentException">Two tensors have one name, or elements do not fit a shape.</exception>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<TensorSource> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var sources = tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        var entries = new List<TensorEntry>();
        long at = 0;
        foreach (TensorSource source in sources)
        {
            if (entries.Count > 0 && entries[^1].Name == source.Name)
                throw new ArgumentException($"Two tensors are named '{source.Name}'.", nameof(tensors));
            entries.Add(new TensorEntry(source.Name, source.Type, source.Shape, at, at + source.ByteCount));
            at += source.ByteCount;
        }

        byte[] header = SafetensorsHeader.Write(entries, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (TensorSource source in sources)
                stream.Write(source.Bytes());
        });
    }
}
