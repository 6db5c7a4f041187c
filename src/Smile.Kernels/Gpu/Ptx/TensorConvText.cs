using System.Text;

namespace Smile.Kernels;

/// <summary>
/// What the loaders of the tensor-core convolutions write in PTX: 16-byte cp.async with the number of source bytes, 0 for padding, so that no branch is taken. A stage of shared memory
/// holds 8 KiB of the left and 8 KiB of the right operand, four 16-byte pieces of each a thread (PTX ISA, "cp.async").
/// </summary>
internal static class TensorConvText
{
    /// <summary>Stages of shared memory: two are on the way while one is used.</summary>
    public const int Stages = 3;

    /// <summary>Bytes of an operand in a stage, and of a stage.</summary>
    public const int OperandBytes = 8192, StageBytes = 2 * OperandBytes;

    /// <summary>Threads of a group, and 16-byte pieces that each brings of each operand.</summary>
    public const int GroupSize = 128, Pieces = OperandBytes / 16 / GroupSize;

    private const int PassBytes = 16 * GroupSize;

    public static IEnumerable<KeyValuePair<string, string>> All() =>
    [
        new("TensorStages", Declare()),
        .. Enumerable.Range(0, Pieces).Select(i => KeyValuePair.Create($"TensorLeft{i}", Left(i))),
        .. Enumerable.Range(0, Pieces).Select(i => KeyValuePair.Create($"TensorRightExists{i}", $"setp.ne.s32 rightExists{i}, $0, 0;")),
        new("TensorRight", "mad.wide.s32 right, $0, 4, rightBase;"),
        new("TensorRightOf", "shl.b64 rightBase, $0, 2; add.s64 rightBase, memoryAt, rightBase; mul.wide.s32 rightStride, $1, 4;"),
        new("TensorLeftOf", "shl.b64 leftBase, $0, 2; add.s64 leftBase, memoryAt, leftBase;"),
        new("TensorCopy", Copy()),
    ];

    private static string Declare() => $"""
        .shared .align 128 .b8 stages[{Stages * StageBytes}];
        .reg .b64 left<{Pieces}>, leftBase, right, rightBase, rightStride;
        .reg .pred leftExists<{Pieces}>, rightExists<{Pieces}>;
        """;

    /// <summary>Where piece i of the left operand comes from. $0: word of the source, negative where there is none.</summary>
    private static string Left(int i) => $$"""
        { .reg .b32 word; max.s32 word, $0, 0; setp.ge.s32 leftExists{{i}}, $0, 0; mad.wide.s32 left{{i}}, word, 4, leftBase; }
        """;

    /// <summary>
    /// Brings a thread's pieces to a stage, closes the group, and moves on by 64 bytes of the source. $0: the thread's first place in the stage, $1: source bytes of a piece: 16, or 0
    /// past the end of the channels.
    /// </summary>
    private static string Copy()
    {
        var text = new StringBuilder("{ .reg .b32 bytes, to; .reg .b64 from;\nmov.u32 to, stages; add.u32 to, to, $0;\n");
        for (int i = 0; i < Pieces; i++)
            text.Append($"selp.b32 bytes, $1, 0, leftExists{i};\ncp.async.cg.shared.global [to+{i * PassBytes}], [left{i}], 16, bytes;\nadd.s64 left{i}, left{i}, 64;\n");
        for (int i = 0; i < Pieces; i++)
        {
            string from = i == 0 ? "right" : "from";
            if (i > 0)
                text.Append($"add.s64 from, {(i == 1 ? "right" : "from")}, rightStride;\n");
            text.Append($"selp.b32 bytes, $1, 0, rightExists{i};\ncp.async.cg.shared.global [to+{OperandBytes + i * PassBytes}], [{from}], 16, bytes;\n");
        }

        return text.Append("add.s64 right, right, 64; }").ToString();
    }
}
