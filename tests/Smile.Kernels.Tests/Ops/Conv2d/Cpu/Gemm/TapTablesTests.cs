using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops.Conv2d.Cpu.Gemm;

/// <summary>The tables against the contract, on every shape of the golden cases.</summary>
public sealed unsafe class TapTablesTests
{
    public static TheoryData<string> Names => new(ConvCases.All.Keys);

    [Theory, MemberData(nameof(Names))]
    public void A_forward_tap_reads_what_the_contract_says(string name)
    {
        ConvShape s = ConvCases.All[name];
        Check(ConvProblem.Forward(s, null, null, null, null), Rows, Columns);
        int Rows(int tap, int p) => Inside(p * s.Stride - s.Pad + tap * s.Dilation, s.Height);
        int Columns(int tap, int q) => Inside(q * s.Stride - s.Pad + tap * s.Dilation, s.Width);
        static int Inside(int at, int size) => at >= 0 && at < size ? at : -1;
    }

    [Theory, MemberData(nameof(Names))]
    public void A_tap_of_the_input_gradient_reads_the_output_that_read_the_pixel_the_last_tap_first(string name)
    {
        ConvShape s = ConvCases.All[name];
        Check(ConvProblem.InputGradient(s, null, null, null, Into.Set),
            (tap, h) => Reader(tap, h, s.OutHeight), (tap, v) => Reader(tap, v, s.OutWidth));
        int Reader(int tap, int at, int outputs)
        {
            for (int p = 0; p < outputs; p++)
                if (p * s.Stride - s.Pad + (s.Kernel - 1 - tap) * s.Dilation == at)
                    return p;
            return -1;
        }
    }

    [Fact]
    public void Columns_come_phase_by_phase_of_the_stride()
    {
        ConvShape shape = new(1, 7, 7, 1, 1, 3, Stride: 3, Pad: 1);
        var problem = ConvProblem.InputGradient(shape, null, null, null, Into.Set);
        Assert.Equal([0, 3, 6, 1, 4, 2, 5], Filled(problem, t => new Span<int>(t.ColumnOrder, 7).ToArray()));
    }

    private static void Check(ConvProblem problem, Func<int, int, int> rowOf, Func<int, int, int> columnOf)
    {
        var found = Filled(problem, t => (
            Rows: new Span<int>(t.RowOf, problem.Taps * problem.Height).ToArray(),
            Columns: new Span<int>(t.ColumnOf, problem.Taps * problem.Width).ToArray(),
            Order: new Span<int>(t.ColumnOrder, problem.Width).ToArray()));
        Assert.Equal(Table(problem.Taps, problem.Height, rowOf), found.Rows);
        Assert.Equal(Table(problem.Taps, problem.Width, columnOf), found.Columns);
        Assert.Equal(Enumerable.Range(0, problem.Width), found.Order.Order());
    }

    private static IEnumerable<int> Table(int taps, int size, Func<int, int, int> of) =>
        Enumerable.Range(0, taps).SelectMany(tap => Enumerable.Range(0, size).Select(i => of(tap, i)));

    private static T Filled<T>(ConvProblem problem, Func<TapTables, T> read)
    {
        using var block = new NativeScratch();
        var tables = new Placed { Problem = problem };
        block.Allocate(ref tables);
        tables.Tables.Fill(problem);
        return read(tables.Tables);
    }

    private struct Placed : IScratch
    {
        public ConvProblem Problem;
        public TapTables Tables;

        public void Allocate(ref ScratchLayout layout) => Tables.Allocate(ref layout, Problem);
    }
}
