using System.IO.Compression;

namespace Smile.Host.Tests.Imaging.Fuzz;

/// <summary>
/// Many inputs in one file: their number, then kind (1 byte), length (4 bytes, little endian) and bytes of each; Brotli over all,
/// because they are alike.
/// </summary>
internal static class FuzzCorpus
{
    public static FuzzInput[] Read(Stream stream)
    {
        using var reader = new BinaryReader(new BrotliStream(stream, CompressionMode.Decompress));
        var inputs = new FuzzInput[reader.ReadInt32()];
        for (int i = 0; i < inputs.Length; i++)
            inputs[i] = new FuzzInput((FuzzKind)reader.ReadByte(), reader.ReadBytes(reader.ReadInt32()));
        return inputs;
    }

    public static void Write(Stream stream, IReadOnlyList<FuzzInput> inputs)
    {
        using var packed = new BrotliStream(stream, new BrotliCompressionOptions { Quality = 11 }, leaveOpen: true);
        using var writer = new BinaryWriter(packed);
        writer.Write(inputs.Count);
        foreach (FuzzInput input in inputs)
        {
            writer.Write((byte)input.Kind);
            writer.Write(input.Bytes.Length);
            writer.Write(input.Bytes);
        }
    }
}
