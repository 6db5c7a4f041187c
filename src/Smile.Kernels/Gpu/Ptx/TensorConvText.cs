using System.Text;

namespace Smile.Kernels.Gpu.Ptx;

/// <summary>
/// What the loaders of the tensor-core convolutions write in PTX: 16-byte cp.async with the number of source bytes, 0 for padding, so that
/// no branch is taken. A stage of shared memory holds 8 KiB of the left and 8 KiB of the right operand, four 16-byte pieces of each a
/// thread (PTX ISA, "cp.async").
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
        new("TensorCopyRegisters", Declare()),
        .. Enumerable.Range(0, Pieces).Select(i => KeyValuePair.Create($"TensorLeft{i}", Left(i, "copyWord"))),
        .. Enumerable.Range(0, Pieces).Select(i => KeyValuePair.Create($"TensorLeftFrom{i}", LeftFrom(i))),
        .. Enumerable.Range(0, Pieces).Select(i => KeyValuePair.Create($"TensorRightExists{i}", $"setp.ne.s32 rightExists{i}, $0, 0;")),
        new("TensorRight", "mad.wide.s32 right, $0, 4, rightBase;"),
        new("TensorCopy", Copy(along: true)),
        new("TensorCopyRows", Copy(along: false)),
    ];

    /// <summary>
    /// What does not change in the main loop. $0: the thread's first place in a stage, $1: its first word along a row, $2, $3: words where
    /// the left and the thread's part of the right operand start, $4: words between the rows of the right operand that a thread brings.
    /// </summary>
    private static string Declare() => $"""
        .reg .b64 left<{Pieces}>, leftBase, right, rightBase, rightStride;
        .reg .b32 copyPlace, copyWord;
        .reg .pred leftExists<{Pieces}>, rightExists<{Pieces}>;
        mov.u32 copyPlace, stages; add.u32 copyPlace, copyPlace, $0; mov.b32 copyWord, $1;
        shl.b64 leftBase, $2, 2; add.s64 leftBase, memoryAt, leftBase;
        shl.b64 rightBase, $3, 2; add.s64 rightBase, memoryAt, rightBase; mul.wide.s32 rightStride, $4, 4;
        """;

    /// <summary>
    /// Where piece i of the left operand comes from. $0: pixel of the source, negative where there is none, $1: words of a pixel.
    /// </summary>
    private static string Left(int i, string first) => $$"""
        { .reg .b32 word; max.s32 word, $0, 0; mad.lo.s32 word, word, $1, {{first}};
        setp.ge.s32 leftExists{{i}}, $0, 0; mad.wide.s32 left{{i}}, word, 4, leftBase; }
        """;

    /// <summary>The same where the first $2 words of the pixel are another split's.</summary>
    private static string LeftFrom(int i) => $"{{ .reg .b32 first; add.s32 first, copyWord, $2;\n{Left(i, "first")}\n}}";

    /// <summary>
    /// Brings a thread's pieces to a stage. $0: where the stage lies. Along the rows, it then moves on by 64 bytes of the source; $1: words
    /// that are left of the rows.
    /// </summary>
    private static string Copy(bool along)
    {
        var text = new StringBuilder("{ .reg .b32 most, bytes, to; .reg .b64 from; .reg .pred inside;\nadd.u32 to, copyPlace, $0; ");
        text.Append(along ? "setp.gt.s32 inside, $1, copyWord; selp.b32 most, 16, 0, inside;\n" : "mov.b32 most, 16;\n");
        for (int i = 0; i < Pieces; i++)
        {
            text.Append($"selp.b32 bytes, most, 0, leftExists{i};\n"
                + $"cp.async.cg.shared.global [to+{i * PassBytes}], [left{i}], 16, bytes;\n");
            if (along)
                text.Append($"add.s64 left{i}, left{i}, {TensorTileText.RowBytes};\n");
        }

        for (int i = 0; i < Pieces; i++)
        {
            if (i > 0)
                text.Append($"add.s64 from, {(i == 1 ? "right" : "from")}, rightStride;\n");
            text.Append($"selp.b32 bytes, most, 0, rightExists{i};\n"
                + $"cp.async.cg.shared.global [to+{OperandBytes + i * PassBytes}], [{(i == 0 ? "right" : "from")}], 16, bytes;\n");
        }

        return text.Append(along ? $"add.s64 right, right, {TensorTileText.RowBytes}; }}" : "}").ToString();
    }
}
