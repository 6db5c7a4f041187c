using System.Buffers.Binary;
using System.Text;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-safetensors-").FullName;

    private string FilePath => Path.Combine(_folder, "a.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_back()
    {
        float[] weights = [1.5f, float.NaN, -0f, float.MaxValue, 2, 3];
        uint[] bits = [0, uint.MaxValue];
        SafetensorsWriter.Write(FilePath,
            [
                TensorSource.Floats("b.weight", [2, 3], () => weights),
                TensorSource.Words("a.bits", [2], () => bits),
                TensorSource.Floats("scalar", [], () => [7]),
                TensorSource.Floats("empty", [0, 4], () => []),
            ],
            new Dictionary<string, string> { ["note"] = "µ \"quoted\"" });

        using Safetensors file = Safetensors.Open(FilePath);
        Assert.Equal(["a.bits", "b.weight", "empty", "scalar"], file.Tensors.Select(t => t.Name));
        Assert.Equal("µ \"quoted\"", file.Metadata["note"]);
        Assert.Equal(weights.Select(BitConverter.SingleToUInt32Bits), file.ReadFloats("b.weight").Select(BitConverter.SingleToUInt32Bits));
        Assert.Equal(bits, file.ReadWords("a.bits"));
        Assert.Equal([7f], file.ReadFloats("scalar"));
        Assert.Empty(file.ReadFloats("empty"));
        Assert.True(file.TryGet("b.weight", out TensorEntry entry));
        Assert.Equal([2, 3], entry.Shape);
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        SafetensorsWriter.Write(FilePath, [TensorSource.Words("t", [1], () => [0x04030201])], new Dictionary<string, string>());
        byte[] bytes = File.ReadAllBytes(FilePath);
        const string Header = """{"t":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}}""";
        int padded = (Header.Length + 7) / 8 * 8;
        Assert.Equal((ulong)padded, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Assert.Equal(Header.PadRight(padded), Encoding.UTF8.GetString(bytes, 8, padded));
        Assert.Equal([1, 2, 3, 4], bytes[(8 + padded)..]);
    }

    [Fact]
    public void The_order_given_does_not_change_the_bytes()
    {
        TensorSource a = TensorSource.Floats("a", [1], () => [1]), b = TensorSource.Floats("b", [1], () => [2]);
        var metadata = new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" };
        SafetensorsWriter.Write(FilePath, [a, b], metadata);
        byte[] first = File.ReadAllBytes(FilePath);
        SafetensorsWriter.Write(FilePath, [b, a], new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        Assert.Equal(first, File.ReadAllBytes(FilePath));
    }

    [Fact]
    public void Two_tensors_of_one_name_and_wrong_lengths_are_not_written()
    {
        TensorSource a = TensorSource.Floats("a", [1], () => [1]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(FilePath, [a, a], new Dictionary<string, string>()));
        Assert.Throws<ArgumentException>(() =>
            SafetensorsWriter.Write(FilePath, [TensorSource.Floats("a", [2], () => [1])], new Dictionary<string, string>()));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "'t' ends at byte 8 of 4; the file is truncated")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "4 bytes after the last tensor")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "'t' has shape [2] of F32, 8 bytes")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'t' begins at byte 4, after a hole")]
    [InlineData("""{"s":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"t":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""",
        12, "'t' begins at byte 4, inside")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        4, "'t'")]
    [InlineData("""{"t":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", 4, "'t' has dtype F16")]
    [InlineData("""{"t":{"dtype":"0","shape":[1],"data_offsets":[0,4]}}""", 4, "'t' has dtype 0")]
    [InlineData("""{"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'t' has the extent -1")]
    [InlineData("""{"t":{"dtype":"F32","shape":[65536,65536],"data_offsets":[0,4]}}""", 4, "'t' has more than")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "'t' has shape")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1]}}""", 4, "'t' must have dtype, shape and data_offsets")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}""", 4, "'t' must have")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "__metadata__.a must be a string")]
    [InlineData("""{"t":""", 0, "not valid safetensors JSON")]
    [InlineData("""[1]""", 0, "does not begin with '{'")]
    public void A_header_that_does_not_describe_its_file_is_refused(string header, int dataBytes, string message)
    {
        WriteRaw(Encoding.UTF8.GetBytes(header), dataBytes);
        Refused(message);
    }

    [Fact]
    public void A_header_that_is_not_utf8_is_refused()
    {
        byte[] header = Encoding.Latin1.GetBytes("""{"é":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""");
        WriteRaw(header, 4);
        Refused("not valid safetensors JSON");
    }

    [Theory]
    [InlineData(0, "has 0 bytes")]
    [InlineData(7, "has 7 bytes")]
    [InlineData(20, "header length")]
    public void A_truncated_file_is_refused_at_any_length(int length, string message)
    {
        SafetensorsWriter.Write(FilePath, [TensorSource.Floats("a", [4], () => new float[4])], new Dictionary<string, string>());
        byte[] whole = File.ReadAllBytes(FilePath);
        File.WriteAllBytes(FilePath, whole[..length]);
        Refused(message);
        for (int bytes = 0; bytes < whole.Length; bytes++)
        {
            File.WriteAllBytes(FilePath, whole[..bytes]);
            Assert.Throws<DataException>(() => Safetensors.Open(FilePath));
        }
    }

    [Fact]
    public void A_header_length_beyond_the_file_takes_no_memory()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        File.WriteAllBytes(FilePath, bytes);
        Refused("header length 18446744073709551615");
    }

    [Fact]
    public void A_missing_file_tensor_or_type_is_named()
    {
        Refused("cannot be opened");
        SafetensorsWriter.Write(FilePath, [TensorSource.Floats("a", [1], () => [1])], new Dictionary<string, string>());
        using Safetensors file = Safetensors.Open(FilePath);
        Assert.Contains("'b'", Assert.Throws<DataException>(() => file.ReadFloats("b")).Message, StringComparison.Ordinal);
        Assert.Contains("expected U32", Assert.Throws<DataException>(() => file.ReadWords("a")).Message, StringComparison.Ordinal);
    }

    private void Refused(string message)
    {
        var error = Assert.Throws<DataException>(() => Safetensors.Open(FilePath));
        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private void WriteRaw(byte[] header, int dataBytes)
    {
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        header.CopyTo(bytes, 8);
        File.WriteAllBytes(FilePath, bytes);
    }
}
