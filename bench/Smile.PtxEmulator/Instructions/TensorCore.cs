using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>mma.sync and ldmatrix (PTX ISA, "Warp Level Matrix Multiply-Accumulate Instructions").</summary>
internal static class TensorCore
{
    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } = new Dictionary<string, Func<Form, Instruction>>
    {
        ["mma"] = Multiply,
        ["ldmatrix"] = LoadMatrix,
    };

    private static Instruction Multiply(Form form)
    {
        form.Need("sync");
        form.Need("aligned");
        string shape = form.TakeAny("m16n8k8", "m16n8k16") ?? throw form.Refuse("the shape is not modelled");
        form.Need("row");
        form.Need("col");
        string input = form.TakeAny("tf32", "bf16") ?? throw form.Refuse("the input type is not modelled");
        form.Need(input);
        if (form.Type(PtxType.F32) != form.Type(PtxType.F32))
            throw form.Refuse("the accumulators are not modelled");
        if ((shape, input) is not (("m16n8k8", "tf32") or ("m16n8k16", "bf16")))
            throw form.Refuse("the shape is not modelled for the input type");
        Reg[] d = form.WriteList(0, PtxType.F32, 4), a = form.ReadList(1, PtxType.B32, 4), b = form.ReadList(2, PtxType.B32, 2),
            c = form.ReadList(3, PtxType.F32, 4);
        return input == "tf32" ? new Tf32Multiply(d, a, b, c) : new Bf16Multiply(d, a, b, c);
    }

    private static LoadMatrixInstruction LoadMatrix(Form form)
    {
        form.Need("sync");
        form.Need("aligned");
        form.Need("m8n8");
        int count = form.TakeAny("x1", "x2", "x4") switch
        {
            "x1" => 1,
            "x2" => 2,
            "x4" => 4,
            _ => throw form.Refuse("the number of matrices is not modelled"),
        };
        bool transposed = form.Take("trans");
        form.Need("shared");
        form.Type(PtxType.B16);
        return new LoadMatrixInstruction(form.Address(1, Space.Shared), form.WriteList(0, PtxType.B32, count), transposed);
    }
}

/// <summary>
/// d = a b + c for a of 16 x K, b of K x 8. Products are exact and summed in float64 with c, then rounded once; the ISA leaves the order
/// and the precision of the sum open, so results differ from a GPU's in the last bits.
/// </summary>
internal abstract unsafe class MultiplyInstruction(Reg[] d, Reg[] a, Reg[] b, Reg[] c, int depth) : Instruction
{
    public const int Rows = 16, Columns = 8;

    public override InstructionClass Class => InstructionClass.Tensor;

    public override void Execute(Warp warp, uint mask)
    {
        warp.RequireAll(mask, this);
        foreach (Reg source in (Reg[])[.. a, .. b, .. c])
            warp.Require(source, mask, this);
        double* left = stackalloc double[Rows * depth], right = stackalloc double[depth * Columns];
        for (int lane = 0; lane < Warp.Lanes; lane++)
        {
            for (int i = 0; i < a.Length; i++)
                PutA(left, lane, i, warp.Values<uint>(a[i])[lane]);
            for (int i = 0; i < b.Length; i++)
                PutB(right, lane, i, warp.Values<uint>(b[i])[lane]);
        }

        // Accumulators, the same for both shapes: c0, c1 in row lane / 4, c2, c3 eight rows below; columns lane % 4 * 2 and the next.
        float* results = stackalloc float[Warp.Lanes];
        for (int i = 0; i < d.Length; i++)
        {
            float* addend = warp.Values<float>(c[i]);
            for (int lane = 0; lane < Warp.Lanes; lane++)
            {
                int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
                double sum = addend[lane];
                for (int k = 0; k < depth; k++)
                    sum += left[row * depth + k] * right[k * Columns + column];
                results[lane] = Float32.Canonical((float)sum);
            }

            // d may be c, and each of its registers is read for its own results alone.
            new ReadOnlySpan<float>(results, Warp.Lanes).CopyTo(new Span<float>(warp.Values<float>(d[i]), Warp.Lanes));
            warp.SetDefined(d[i], mask, mask);
        }
    }

    /// <summary>Puts register <paramref name="i"/> of a lane into the 16 x K matrix.</summary>
    protected abstract void PutA(double* matrix, int lane, int i, uint bits);

    /// <summary>Puts register <paramref name="i"/> of a lane into the K x 8 matrix.</summary>
    protected abstract void PutB(double* matrix, int lane, int i, uint bits);
}

/// <summary>
/// mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 (PTX ISA, "Matrix Fragments for mma.m16n8k8"): a0 at row lane / 4, column lane % 4;
/// a1 eight rows below, a2 four columns right, a3 both; b0 at row lane % 4, column lane / 4; b1 four rows below.
/// </summary>
internal sealed unsafe class Tf32Multiply(Reg[] d, Reg[] a, Reg[] b, Reg[] c) : MultiplyInstruction(d, a, b, c, Depth)
{
    private const int Depth = 8;

    protected override void PutA(double* matrix, int lane, int i, uint bits) =>
        matrix[(lane / 4 + i % 2 * 8) * Depth + lane % 4 + i / 2 * 4] = Value(bits, lane);

    protected override void PutB(double* matrix, int lane, int i, uint bits) =>
        matrix[(lane % 4 + i * 4) * Columns + lane / 4] = Value(bits, lane);

    private float Value(uint bits, int lane)
    {
        float value = BitConverter.UInt32BitsToSingle(bits);
        if ((bits & 0x1FFF) != 0 && !float.IsNaN(value))
            throw Refuse(PtxFault.Uninitialised, $"lane {lane} gives {value:R}, which is no tf32 value: cvt.rna.tf32.f32 makes one");
        return value;
    }
}

/// <summary>
/// mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 (PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type"): two values
/// a register, the low half first. a0 at row lane / 4, columns lane % 4 * 2 and the next; a1 eight rows below, a2 eight columns right, a3
/// both; b0 at rows lane % 4 * 2 and the next, column lane / 4; b1 eight rows below.
/// </summary>
internal sealed unsafe class Bf16Multiply(Reg[] d, Reg[] a, Reg[] b, Reg[] c) : MultiplyInstruction(d, a, b, c, Depth)
{
    private const int Depth = 16;

    protected override void PutA(double* matrix, int lane, int i, uint bits)
    {
        double* at = matrix + (lane / 4 + i % 2 * 8) * Depth + lane % 4 * 2 + i / 2 * 8;
        at[0] = BitConverter.UInt32BitsToSingle(bits << 16);
        at[1] = BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
    }

    protected override void PutB(double* matrix, int lane, int i, uint bits)
    {
        double* at = matrix + (lane % 4 * 2 + i * 8) * Columns + lane / 4;
        at[0] = BitConverter.UInt32BitsToSingle(bits << 16);
        at[Columns] = BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
    }
}
