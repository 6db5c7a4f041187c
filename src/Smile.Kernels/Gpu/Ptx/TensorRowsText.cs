using System.Text;

namespace Smile.Kernels.Gpu.Ptx;

/// <summary>
/// The same warp tile where the sum runs over the rows of shared memory, as in a weight gradient: a stage holds 128 columns of both
/// operands, 16 rows in tf32 or 32 in bfloat16. ldmatrix turns bfloat16 as it reads (.trans); it cannot turn 32-bit values, so tf32 is read
/// in 16-byte pieces of a row, and the columns of a warp are dealt to the mma tiles such that a thread's pieces are what it needs: the 8
/// columns from 8 * (lane / 4) are that lane's columns of the eight halves of the left tiles, and of the eight right tiles.
/// </summary>
internal static class TensorRowsText
{
    private const int RowTiles = TensorTileText.RowTiles, ColumnTiles = TensorTileText.ColumnTiles;

    public static IEnumerable<KeyValuePair<string, string>> All() =>
    [
        new("TensorRowsMultiplyTf32", MultiplyTf32()),
        new("TensorRowsMultiplyBf16", MultiplyBf16()),
        new("TensorRowsStoreTf32", StoreTf32()),
    ];

    /// <summary>Adds the products of a stage of 16 rows of 512 bytes. $0: where the stage lies.</summary>
    private static string MultiplyTf32()
    {
        const int RowBytes = 512, Step = 8, Half = 4;
        var text = new StringBuilder("{ .reg .b32 leftRow, rightRow, leftNext, rightNext; add.u32 leftRow, leftPlace, $0; "
            + "add.u32 rightRow, rightPlace, $0; xor.b32 leftNext, leftRow, 16; xor.b32 rightNext, rightRow, 16;\n");
        for (int step = 0; step < TensorConvText.OperandBytes / RowBytes / Step; step++)
        {
            for (int half = 0; half < 2; half++)
            {
                int at = (step * Step + half * Half) * RowBytes;
                Load("leftRow", at, i => TensorTileText.A(i / 2, i % 2 + 2 * half), 0);
                Load("leftNext", at, i => TensorTileText.A(i / 2, i % 2 + 2 * half), 4);
                Load("rightRow", at, i => $"b{half * ColumnTiles + i}", 0);
                Load("rightNext", at, i => $"b{half * ColumnTiles + i}", 4);
            }

            for (int i = 0; i < 16; i++)
                text.Append($"cvt.rna.tf32.f32 a{i}, a{i};\ncvt.rna.tf32.f32 b{i}, b{i};\n");
            for (int column = 0; column < ColumnTiles; column++)
                for (int row = 0; row < RowTiles; row++)
                    text.Append(TensorTileText.Mma(true, row, column, $"b{column}", $"b{ColumnTiles + column}")).Append('\n');
        }

        return text.Append('}').ToString();

        void Load(string place, int at, Func<int, string> register, int first) =>
            text.Append($"ld.shared.v4.b32 {{{register(first)}, {register(first + 1)}, {register(first + 2)}, {register(first + 3)}}}, "
                + $"[{place}+{at}];\n");
    }

    /// <summary>
    /// Adds the products of a stage of 32 rows of 256 bytes. $0: where the stage lies. The place of another tile differs by a xor with its
    /// number, as the swizzle is one.
    /// </summary>
    private static string MultiplyBf16()
    {
        const int RowBytes = 256, Step = 16, TileBytes = 32;
        var text = new StringBuilder("{ .reg .b32 leftRow, rightRow, at; add.u32 leftRow, leftPlace, $0; add.u32 rightRow, rightPlace, "
            + "$0;\n");
        for (int step = 0; step < TensorConvText.OperandBytes / RowBytes / Step; step++)
        {
            for (int row = 0; row < RowTiles; row++)
                Load("leftRow", row, $"{TensorTileText.A(row, 0)}, {TensorTileText.A(row, 1)}, {TensorTileText.A(row, 2)}, "
                    + $"{TensorTileText.A(row, 3)}", step);
            for (int pair = 0; pair < ColumnTiles / 2; pair++)
            {
                Load("rightRow", pair, "b0, b1, b2, b3", step);
                for (int half = 0; half < 2; half++)
                    for (int row = 0; row < RowTiles; row++)
                        text.Append(TensorTileText.Mma(false, row, pair * 2 + half, $"b{half * 2}", $"b{half * 2 + 1}")).Append('\n');
            }
        }

        return text.Append('}').ToString();

        void Load(string place, int tile, string registers, int step) =>
            text.Append($"xor.b32 at, {place}, {tile * TileBytes};\nldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {{{registers}}}, "
                + $"[at+{step * Step * RowBytes}];\n");
    }

    /// <summary>
    /// Writes the tile that <see cref="MultiplyTf32"/> makes, 8 rows of 16 columns a thread, or adds it. $0: word of the thread's first
    /// element, $1: rows from there, $2: columns from there, $3: bytes of a row, $4: 1 to add to what is there.
    /// </summary>
    private static string StoreTf32()
    {
        var text = new StringBuilder("""
            { .reg .pred adding, row, inside, both; .reg .b64 at, down; .reg .f32 x<4>;
            shl.b64 at, $0, 2; add.s64 at, memoryAt, at; cvt.s64.s32 down, $3; setp.ne.s32 adding, $4, 0;

            """);
        for (int row = 0; row < 2 * RowTiles; row++)
        {
            text.Append($"setp.gt.s32 row, $1, {row};\n");
            for (int float4 = 0; float4 < 4; float4++)
            {
                string[] values = [.. Enumerable.Range(0, 4)
                    .Select(i => TensorTileText.Accumulator(row / 2, float4 % 2 * 4 + i, row % 2 * 2 + float4 / 2))];
                text.Append($"setp.gt.and.s32 inside, $2, {float4 * 4}, row; and.pred both, inside, adding;\n");
                text.Append("mov.f32 x0, 0f00000000; mov.f32 x1, 0f00000000; mov.f32 x2, 0f00000000; mov.f32 x3, 0f00000000;\n");
                text.Append($"@both ld.global.v4.f32 {{x0, x1, x2, x3}}, [at+{float4 * 16}];\n");
                for (int i = 0; i < 4; i++)
                    text.Append($"add.f32 {values[i]}, {values[i]}, x{i};\n");
                text.Append($"@inside st.global.v4.f32 [at+{float4 * 16}], {{{string.Join(", ", values)}}};\n");
            }

            text.Append("add.s64 at, at, down;\n");
        }

        return text.Append('}').ToString();
    }
}
