using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Smile.Net.Onnx;

/// <summary>A graph being written, node after node. A value is a name; each method returns that of what it adds.</summary>
internal sealed class OnnxGraph
{
    /// <summary>Input and output dimensions that a user chooses.</summary>
    public const string AnyCount = "batch", AnyHeight = "height", AnyWidth = "width";

    /// <summary>The graph so far.</summary>
    public GraphProto Proto { get; } = new() { Name = "smile" };

    /// <summary>Adds a node with one output, which has the node's name.</summary>
    public string Node(string op, string name, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { Name = name, OpType = op };
        node.Input.AddRange(inputs);
        node.Output.Add(name);
        node.Attribute.AddRange(attributes);
        Proto.Node.Add(node);
        return name;
    }

    /// <summary>Adds constant numbers.</summary>
    /// <param name="name">Of the value.</param>
    /// <param name="dims">The shape; empty: a single number.</param>
    /// <param name="values">In row order.</param>
    public string Floats(string name, IEnumerable<int> dims, ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)]; // little-endian, whatever the machine is
        if (BitConverter.IsLittleEndian)
            MemoryMarshal.AsBytes(values).CopyTo(bytes);
        for (int i = 0; !BitConverter.IsLittleEndian && i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return Constant(name, TensorProto.Types.DataType.Float, dims.Select(d => (long)d), bytes);
    }

    /// <summary>Adds a single constant number.</summary>
    public string Float(string name, float value) => Floats(name, [], [value]);

    /// <summary>Adds a row of constant integers.</summary>
    public string Integers(string name, params long[] values)
    {
        var bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return Constant(name, TensorProto.Types.DataType.Int64, [values.Length], bytes);
    }

    /// <summary>Adds what a user gives; a dimension is a number, or a name where it may be any.</summary>
    public string Input(string name, string about, params object[] dims)
    {
        Proto.Input.Add(Value(name, about, TensorProto.Types.DataType.Float, dims));
        return name;
    }

    /// <summary>Names a value as a result.</summary>
    public void Output(string name, string about, TensorProto.Types.DataType type, params object[] dims) =>
        Proto.Output.Add(Value(name, about, type, dims));

    /// <summary>An attribute of an integer.</summary>
    public static AttributeProto Integer(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    /// <summary>An attribute of several integers.</summary>
    public static AttributeProto IntegerList(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    /// <summary>An attribute of a number.</summary>
    public static AttributeProto Single(string name, float value) =>
        new() { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float };

    /// <summary>An attribute of a text.</summary>
    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = AttributeProto.Types.AttributeType.String };

    private string Constant(string name, TensorProto.Types.DataType type, IEnumerable<long> dims, byte[] bytes)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };
        tensor.Dims.AddRange(dims);
        Proto.Initializer.Add(tensor);
        return name;
    }

    private static ValueInfoProto Value(string name, string about, TensorProto.Types.DataType type, object[] dims)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(dims.Select(d => d is string any
            ? new TensorShapeProto.Types.Dimension { DimParam = any }
            : new TensorShapeProto.Types.Dimension { DimValue = (int)d }));
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape };
        return new ValueInfoProto { Name = name, DocString = about, Type = new TypeProto { TensorType = tensor } };
    }
}
