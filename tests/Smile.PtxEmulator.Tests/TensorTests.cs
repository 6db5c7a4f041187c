using System.Runtime.InteropServices;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests;

/// <summary>mma.sync and ldmatrix against plain matrix products of small integers, which every format holds exactly.</summary>
public sealed class TensorTests
{
    private const int Rows = 16, Columns = 8;

    [Fact]
    public void Tf32_product_with_the_fragments_of_the_ISA()
    {
        const int Depth = 8;
        int[,] a = Matrix(Rows, Depth, 1), b = Matrix(Depth, Columns, 2), c = Matrix(Rows, Columns, 3);
        // PTX ISA, "Matrix Fragments for mma.m16n8k8", .tf32: groupID = lane >> 2, threadID_in_group = lane % 4.
        var words = new float[32 * 16];
        for (int lane = 0; lane < 32; lane++)
        {
            int group = lane >> 2, thread = lane % 4;
            float[] fragments =
            [
                a[group, thread], a[group + 8, thread], a[group, thread + 4], a[group + 8, thread + 4],
                b[thread, group], b[thread + 4, group], 0, 0,
                c[group, 2 * thread], c[group, 2 * thread + 1], c[group + 8, 2 * thread], c[group + 8, 2 * thread + 1],
            ];
            fragments.CopyTo(words, 16 * lane);
        }

        uint[] result = Ptx.Launch(Ptx.Threads("""
            .reg .f32 acc<4>;
            mul.wide.u32 %d2, %r0, 64;
            add.u64 %d2, %d0, %d2;
            ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%d2];
            ld.global.v2.u32 {%r5, %r6}, [%d2+16];
            ld.global.v4.f32 {acc0, acc1, acc2, acc3}, [%d2+32];
            mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {acc0, acc1, acc2, acc3}, {%r1, %r2, %r3, %r4}, {%r5, %r6}, {acc0, acc1, acc2, acc3};
            st.global.v4.f32 [%d2+48], {acc0, acc1, acc2, acc3};
            ret;
            """), words.Length, new Dim3(1), new Dim3(32), before: MemoryMarshal.Cast<float, uint>(words).ToArray()).Words;
        for (int lane = 0; lane < 32; lane++)
            for (int i = 0; i < 4; i++)
            {
                int row = (lane >> 2) + (i < 2 ? 0 : 8), column = lane % 4 * 2 + (i & 1);
                Assert.Equal(c[row, column] + Product(a, b, row, column), BitConverter.UInt32BitsToSingle(result[16 * lane + 12 + i]));
            }
    }

    [Fact]
    public void Bf16_product_of_tiles_that_ldmatrix_brings()
    {
        (uint[] words, LaunchReport report) = Ptx.Launch(Bf16Kernel, 192 + Rows * Columns, new Dim3(1), new Dim3(32),
            before: Bf16Operands(out int[,] a, out int[,] b));
        for (int row = 0; row < Rows; row++)
            for (int column = 0; column < Columns; column++)
                Assert.Equal(Product(a, b, row, column), BitConverter.UInt32BitsToSingle(words[192 + row * Columns + column]));
        Assert.True(report.TensorShare > 0);
    }

    [Theory]
    [InlineData("the wait removed", "cp.async.wait_all;", "", PtxFault.PendingCopy)]
    [InlineData("the barrier removed", "bar.sync 0;", "", PtxFault.Race)]
    [InlineData("an operand fragment of another matrix", "ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16",
        "ldmatrix.sync.aligned.m8n8.x2.shared.b16", null)]
    [InlineData("two fragments swapped", "{%r4, %r5, %r6, %r7}, {%r8, %r9}", "{%r4, %r6, %r5, %r7}, {%r8, %r9}", null)]
    [InlineData("the stride of a row doubled", "%r1, 32", "%r1, 64", PtxFault.Uninitialised)]
    public void Planted_faults_are_caught(string name, string text, string replacement, PtxFault? fault)
    {
        Assert.Contains(text, Bf16Kernel, StringComparison.Ordinal);
        string kernel = Bf16Kernel.Replace(text, replacement, StringComparison.Ordinal);
        uint[] operands = Bf16Operands(out int[,] a, out int[,] b);
        if (fault is not null)
        {
            Assert.Contains(Assert.Throws<PtxException>(() =>
                Ptx.Launch(kernel, 192 + Rows * Columns, new Dim3(1), new Dim3(32), before: operands)).Fault,
                    (PtxFault[])[fault.Value, PtxFault.OutOfBounds]);
            return;
        }

        uint[] words = Ptx.Launch(kernel, 192 + Rows * Columns, new Dim3(1), new Dim3(32), before: operands).Words;
        Assert.True(Enumerable.Range(0, Rows * Columns)
            .Any(i => BitConverter.UInt32BitsToSingle(words[192 + i]) != Product(a, b, i / Columns, i % Columns)), name);
    }

    /// <summary>
    /// A (16 x 16, rows of 32 bytes) and B (16 x 8, rows of 16 bytes) in bf16 by cp.async to shared memory, then D = A B.
    /// </summary>
    private static string Bf16Kernel => Ptx.Threads("""
        .shared .align 16 .b8 a[512];
        .shared .align 16 .b8 b[256];
        mul.wide.u32 %d2, %r0, 16;
        add.u64 %d2, %d0, %d2;
        mov.u32 %r20, a; mov.u32 %r21, b;
        mad.lo.u32 %r1, %r0, 16, %r20;
        cp.async.cg.shared.global [%r1], [%d2], 16;
        setp.lt.u32 %p1, %r0, 16;
        mad.lo.u32 %r2, %r0, 16, %r21;
        @%p1 cp.async.cg.shared.global [%r2], [%d2+512], 16;
        cp.async.wait_all;
        bar.sync 0;
        and.b32 %r1, %r0, 15;
        shr.u32 %r3, %r0, 4;
        mul.lo.u32 %r2, %r1, 32;
        mad.lo.u32 %r2, %r3, 16, %r2;
        add.u32 %r2, %r2, %r20;
        mad.lo.u32 %r3, %r1, 16, %r21;
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r4, %r5, %r6, %r7}, [%r2];
        ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%r8, %r9}, [%r3];
        mov.f32 %f1, 0f00000000;
        mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f4, %f5, %f6, %f7}, {%r4, %r5, %r6, %r7}, {%r8, %r9}, {%f1, %f1, %f1, %f1};
        shr.u32 %r10, %r0, 2;
        and.b32 %r11, %r0, 3;
        shl.b32 %r11, %r11, 1;
        mad.lo.u32 %r11, %r10, 8, %r11;
        mul.wide.u32 %d3, %r11, 4;
        add.u64 %d3, %d0, %d3;
        st.global.v2.f32 [%d3+768], {%f4, %f5};
        st.global.v2.f32 [%d3+1024], {%f6, %f7};
        ret;
        """);

    private static uint[] Bf16Operands(out int[,] a, out int[,] b)
    {
        (a, b) = (Matrix(Rows, 16, 4), Matrix(16, Columns, 5));
        ushort[] halves = [.. Bf16(a), .. Bf16(b)];
        return [.. MemoryMarshal.Cast<ushort, uint>(halves), .. new uint[Rows * Columns]];
    }

    private static IEnumerable<ushort> Bf16(int[,] matrix) =>
        matrix.Cast<int>().Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16));

    /// <summary>Small integers without symmetry.</summary>
    private static int[,] Matrix(int rows, int columns, int seed)
    {
        var matrix = new int[rows, columns];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                matrix[i, j] = (7 * i + 3 * j * j + 11 * seed + i * j) % 23 - 11;
        return matrix;
    }

    private static float Product(int[,] a, int[,] b, int row, int column)
    {
        int sum = 0;
        for (int k = 0; k < b.GetLength(0); k++)
            sum += a[row, k] * b[k, column];
        return sum;
    }
}
