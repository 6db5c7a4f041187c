using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Smile.Net.Weights;

/// <summary>
/// A safetensors file, read strictly: eight bytes of header length, a JSON header, then the tensors, little-endian and
/// row-major (github.com/huggingface/safetensors, "Format"). Opening checks the whole header against the file's length;
/// a tensor's bytes are read when it is asked for.
/// </summary>
public sealed class Safetensors : IDisposable
{
    private readonly FileStream _stream;
    private readonly long _dataStart;
    private readonly Dictionary<string, TensorEntry> _byName;

    private Safetensors(FileStream stream, long dataStart, IReadOnlyList<TensorEntry> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        (_stream, _dataStart, Tensors, Metadata) = (stream, dataStart, tensors, metadata);
        _byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The file's path.</summary>
    public string Path => _stream.Name;

    /// <summary>The tensors, by name.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>The header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="DataException">The file cannot be opened, is truncated, or is not of this format.</exception>
    public static Safetensors Open(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be opened: {e.Message}", e);
        }

        try
        {
            Span<byte> word = stackalloc byte[8];
            if (stream.Length < word.Length)
                throw new DataException($"{path}: has {stream.Length} bytes; a safetensors file begins with 8 bytes of header length.");
            stream.ReadExactly(word);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(word);
            if (length > SafetensorsHeader.MaxBytes || (long)length > stream.Length - word.Length)
                throw new DataException($"{path}: offset 0: header length {length}, but the file has {stream.Length} bytes and a header "
                    + $"at most {SafetensorsHeader.MaxBytes}; it is truncated or not a safetensors file.");
            var header = new byte[length];
            stream.ReadExactly(header);
            long dataStart = word.Length + (long)length;
            var (entries, metadata) = SafetensorsHeader.Parse(path, header, stream.Length - dataStart);
            return new Safetensors(stream, dataStart, entries, metadata);
        }
        catch (Exception e)
        {
            stream.Dispose();
            if (e is IOException)
                throw new DataException($"{path}: cannot be read: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Finds a tensor.</summary>
    public bool TryGet(string name, out TensorEntry entry) => _byName.TryGetValue(name, out entry!);

    /// <summary>The elements of an F32 tensor.</summary>
    /// <exception cref="DataException">There is no such tensor, or it is of another type.</exception>
    public float[] ReadFloats(string name) => Read<float>(name, TensorType.F32);

    /// <summary>The elements of a U32 tensor.</summary>
    /// <inheritdoc cref="ReadFloats"/>
    public uint[] ReadWords(string name) => Read<uint>(name, TensorType.U32);

    private T[] Read<T>(string name, TensorType type)
        where T : unmanaged
    {
        if (!TryGet(name, out TensorEntry entry))
            throw new DataException($"{Path}: has no tensor '{name}'.");
        if (entry.Type != type)
            throw new DataException($"{Path}: tensor '{name}' is {entry.Type}, expected {type}.");
        var elements = new T[entry.Count];
        try
        {
            _stream.Position = _dataStart + entry.Begin;
            _stream.ReadExactly(MemoryMarshal.AsBytes(elements.AsSpan()));
        }
        catch (IOException e)
        {
            throw new DataException($"{Path}: tensor '{name}' cannot be read: {e.Message}", e);
        }

        return elements;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
