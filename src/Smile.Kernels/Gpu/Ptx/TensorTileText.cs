using System.Text;

namespace Smile.Kernels.Gpu.Ptx;

/// <summary>
/// A warp's 64 x 64 tile of a matrix product in tensor cores: 4 x 8 mma tiles of 16 x 8, their accumulators in registers named once at the
/// kernel's top. Rows of both operands lie in shared memory as 64 bytes of the sum's direction: 16 tf32 or 32 bf16, two mma steps of 32
/// bytes. As ldmatrix moves 16-byte rows and does not care what they hold, both formats have the same addresses. Sources: PTX ISA,
/// "Warp-level matrix instructions": mma.m16n8k8 (.tf32), mma.m16n8k16 (.bf16), ldmatrix.
/// </summary>
internal static class TensorTileText
{
    /// <summary>mma tiles of a warp, down and across.</summary>
    public const int RowTiles = 4, ColumnTiles = 8;

    /// <summary>Rows and columns of an mma tile.</summary>
    public const int TileRows = 16, TileColumns = 8;

    /// <summary>Bytes of a row of an operand in shared memory.</summary>
    public const int RowBytes = 64;

    private const int StepBytes = 32;

    public static IEnumerable<KeyValuePair<string, string>> All() =>
    [
        new("TensorRegisters", Registers()),
        new("TensorStart", Start()),
        new("TensorMultiplyTf32", Multiply(tf32: true)),
        new("TensorMultiplyBf16", Multiply(tf32: false)),
        new("TensorStore", Store()),
    ];

    /// <summary>An accumulator: tile row, tile column, and 0, 1 for the upper row's two columns, 2, 3 for those eight rows below.</summary>
    public static string Accumulator(int row, int column, int i) => $"acc{(row * ColumnTiles + column) * 4 + i}";

    /// <summary>d = a b + d for one tile.</summary>
    public static string Mma(bool tf32, int row, int column, string b0, string b1)
    {
        string d = $"{{{string.Join(", ", Enumerable.Range(0, 4).Select(i => Accumulator(row, column, i)))}}}";
        string a = $"{{{string.Join(", ", Enumerable.Range(0, 4).Select(i => A(row, i)))}}}";
        string form = tf32 ? "m16n8k8.row.col.f32.tf32.tf32.f32" : "m16n8k16.row.col.f32.bf16.bf16.f32";
        return $"mma.sync.aligned.{form} {d}, {a}, {{{b0}, {b1}}}, {d};";
    }

    /// <summary>A register of the left fragment of a tile row.</summary>
    public static string A(int row, int i) => $"a{row * 4 + i}";

    /// <summary>
    /// Accumulators, fragments, and what does not change in the main loop; ILGPU would compute it again in each round. $0, $1: where in a
    /// stage this thread's rows for ldmatrix lie, left and right.
    /// </summary>
    private static string Registers() => $"""
        .reg .f32 acc<{RowTiles * ColumnTiles * 4}>;
        .reg .b32 a<{RowTiles * 4}>, b<{ColumnTiles * 2}>, leftPlace, rightPlace;
        .reg .b64 memoryAt;
        ld.param.b64 memoryAt, [$memory];
        cvta.to.global.u64 memoryAt, memoryAt;
        .shared .align 128 .b8 stages[{TensorConvText.Stages * TensorConvText.StageBytes}];
        mov.u32 rightPlace, stages;
        add.u32 leftPlace, rightPlace, $0;
        add.u32 rightPlace, rightPlace, $1;
        """;

    /// <summary>
    /// Accumulators start from the bias of their column, else from 0. $0: word of the bias for the thread's first column, $1: columns from
    /// there that have a bias; 0 for none.
    /// </summary>
    private static string Start()
    {
        var text = new StringBuilder("{ .reg .pred inside; .reg .b64 at; shl.b64 at, $0, 2; add.s64 at, memoryAt, at;\n");
        for (int column = 0; column < ColumnTiles; column++)
        {
            (string x, string y) = (Accumulator(0, column, 0), Accumulator(0, column, 1));
            text.Append($"mov.f32 {x}, 0f00000000; mov.f32 {y}, 0f00000000; setp.gt.s32 inside, $1, {column * TileColumns};\n");
            text.Append($"@inside ld.global.v2.f32 {{{x}, {y}}}, [at+{column * TileColumns * 4}];\n");
            for (int row = 0; row < RowTiles; row++)
                for (int i = 0; i < 4; i++)
                    if (row + i / 2 > 0)
                        text.Append($"mov.f32 {Accumulator(row, column, i)}, {(i % 2 == 0 ? x : y)};\n");
        }

        return text.Append('}').ToString();
    }

    /// <summary>
    /// Adds the products of a stage of 64 bytes. $0: where the stage lies. The right operand comes rounded; the left one, when it is tf32,
    /// is rounded here, as the hardware would cut its low bits off (PTX ISA, cvt.rna.tf32).
    /// </summary>
    private static string Multiply(bool tf32)
    {
        var text = new StringBuilder("{ .reg .b32 leftRow, rightRow; add.u32 leftRow, leftPlace, $0; add.u32 rightRow, rightPlace, $0;\n");
        for (int step = 0; step < RowBytes / StepBytes; step++)
        {
            if (step > 0)
                // the swizzle is a xor, and so is the next step
                text.Append($"xor.b32 leftRow, leftRow, {StepBytes}; xor.b32 rightRow, rightRow, {StepBytes};\n");
            for (int row = 0; row < RowTiles; row++)
                text.Append($"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {{{A(row, 0)}, {A(row, 1)}, {A(row, 2)}, {A(row, 3)}}}, "
                    + $"[leftRow+{row * TileRows * RowBytes}];\n");
            if (tf32)
                for (int i = 0; i < RowTiles * 4; i++)
                    text.Append($"cvt.rna.tf32.f32 a{i}, a{i};\n");
            for (int pair = 0; pair < ColumnTiles / 2; pair++)
            {
                text.Append($"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {{b0, b1, b2, b3}}, "
                    + $"[rightRow+{pair * 2 * TileColumns * RowBytes}];\n");
                for (int half = 0; half < 2; half++)
                    for (int row = 0; row < RowTiles; row++)
                        text.Append(Mma(tf32, row, pair * 2 + half, $"b{half * 2}", $"b{half * 2 + 1}")).Append('\n');
            }
        }

        return text.Append('}').ToString();
    }

    /// <summary>
    /// Writes the tile or adds it. $0: word of the thread's first element, $1: rows from there, $2: columns from there, $3: bytes of eight
    /// rows, $4: 1 to add to what is there.
    /// </summary>
    private static string Store()
    {
        var text = new StringBuilder("""
            { .reg .pred adding, row, inside, both, column<8>; .reg .b64 at, down; .reg .f32 x, y;
            shl.b64 at, $0, 2; add.s64 at, memoryAt, at; cvt.s64.s32 down, $3; setp.ne.s32 adding, $4, 0;

            """);
        for (int column = 0; column < ColumnTiles; column++)
            text.Append($"setp.gt.s32 column{column}, $2, {column * TileColumns};\n");
        for (int row = 0; row < RowTiles; row++)
            for (int half = 0; half < 2; half++)
            {
                text.Append($"setp.gt.s32 row, $1, {row * TileRows + half * 8};\n");
                for (int column = 0; column < ColumnTiles; column++)
                {
                    (string first, string second, int bytes) = (Accumulator(row, column, half * 2), Accumulator(row, column, half * 2 + 1),
                        column * TileColumns * 4);
                    text.Append($"and.pred inside, row, column{column}; and.pred both, inside, adding; mov.f32 x, 0f00000000; "
                        + "mov.f32 y, 0f00000000;\n");
                    text.Append($"@both ld.global.v2.f32 {{x, y}}, [at+{bytes}];\nadd.f32 {first}, {first}, x; "
                        + $"add.f32 {second}, {second}, y;\n");
                    text.Append($"@inside st.global.v2.f32 [at+{bytes}], {{{first}, {second}}};\n");
                }

                text.Append("add.s64 at, at, down;\n");
            }

        return text.Append('}').ToString();
    }
}
