using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class ConcatTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>Rows, channels in, channels out, first channel.</summary>
    public static TheoryData<int, int, int, int> Cases => new()
    {
        { 1, 1, 1, 0 }, { 1, 1, 3, 1 }, { 7, 5, 12, 0 }, { 7, 5, 12, 7 }, { 9, 16, 48, 16 }, { 6, 17, 51, 33 }, { 40, 3, 8, 2 },
            { 13, 11, 11, 0 }, { 2, 130, 259, 65 }, { 37, 32, 80, 48 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Forward_writes_its_columns_and_no_other(int rows, int inChannels, int outChannels, int first)
    {
        var shape = new ConcatShape(rows, inChannels, outChannels, first);
        float[] xs = Seeded.Floats("concat/x", rows * inChannels), before = Seeded.Floats("concat/y before", rows * outChannels);
        var t = new OpBench<TDevice>();
        Place x = t.Source(xs), y = t.State(before);
        t.Run(d => d.ConcatForward(shape, x, y));
        float[] expected = before.Select((v, i) =>
            i % outChannels - first is var c && c >= 0 && c < inChannels ? xs[i / outChannels * inChannels + c] : v).ToArray();
        Close.Same(expected, t.Floats(y), "y");
    }

    [Theory, MemberData(nameof(Cases))]
    public void Backward_reads_its_columns(int rows, int inChannels, int outChannels, int first)
    {
        var shape = new ConcatShape(rows, inChannels, outChannels, first);
        float[] ds = Seeded.Floats("concat/dy", rows * outChannels);
        foreach (Into into in Enum.GetValues<Into>())
        {
            var t = new OpBench<TDevice>();
            Place dy = t.Source(ds), dx = t.Gradient(into, "concat/dx before", rows * inChannels);
            t.Run(d => d.ConcatBackward(shape, dy, dx, into));
            float[] before = into == Into.Add ? Seeded.Floats("concat/dx before", rows * inChannels) : new float[rows * inChannels];
            Close.Same(before.Select((v, i) => v + ds[i / inChannels * outChannels + first + i % inChannels]).ToArray(), t.Floats(dx),
                $"dx, {into}");
        }
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        ConcatShape shape = new(4, 3, 8, 5);
        var t = new OpBench<TDevice>();
        Place x = t.Result(12), y = t.Result(32);
        t.RefusesEachWrongPlace([x, y], [1], (d, p) => d.ConcatForward(shape, p[0], p[1]));
        t.RefusesEachWrongPlace([y, x], [1], (d, p) => d.ConcatBackward(shape, p[0], p[1], Into.Set));
        ConcatShape[] wrongs = [shape with { FirstChannel = 6 }, shape with { FirstChannel = -1 }, shape with { Rows = 0 },
            shape with { InChannels = 0 }];
        foreach (ConcatShape wrong in wrongs)
            t.Refuses($"{wrong}", d => d.ConcatForward(wrong, x, y));
    }
}
