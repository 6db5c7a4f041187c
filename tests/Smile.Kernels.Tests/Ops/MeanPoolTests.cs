using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class MeanPoolTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>Images, pixels, channels.</summary>
    public static TheoryData<int, int, int> Sizes
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            foreach ((int batch, int pixels, int channels) in ((int, int, int)[])[(1, 1, 1), (2, 1, 5), (1, 7, 3), (3, 16, 17), (2, 63, 33),
                (1, 1000, 2), (2, 289, 130), (3, 40, 48)])
                if ((long)batch * pixels * channels <= TDevice.Budget)
                    data.Add(batch, pixels, channels);
            return data;
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Forward(int batch, int pixels, int channels)
    {
        MeanShape shape = new(batch, pixels, channels);
        var t = new OpBench<TDevice>();
        Place x = t.Source(Seeded.Floats("mean/x", (long)batch * pixels * channels)), y = t.Result(batch * channels);
        t.Run(d => d.MeanPoolForward(shape, x, y));
        t.MatchesScalar(Tolerance.Sum(1, Tolerance.Operand), y, "y");
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Backward(int batch, int pixels, int channels)
    {
        MeanShape shape = new(batch, pixels, channels);
        foreach (Into into in Enum.GetValues<Into>())
        {
            var t = new OpBench<TDevice>();
            Place dy = t.Source(Seeded.Floats("mean/dy", batch * channels)),
                dx = t.Gradient(into, "mean/dx before", (long)batch * pixels * channels);
            t.Run(d => d.MeanPoolBackward(shape, dy, dx, into));
            t.MatchesScalar(Tolerance.Element(3, 2), dx, $"dx, {into}");
        }
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        MeanShape shape = new(2, 9, 5);
        var t = new OpBench<TDevice>();
        Place x = t.Result(90), y = t.Result(10);
        t.RefusesEachWrongPlace([x, y], [1], (d, p) => d.MeanPoolForward(shape, p[0], p[1]));
        t.RefusesEachWrongPlace([y, x], [1], (d, p) => d.MeanPoolBackward(shape, p[0], p[1], Into.Set));
        foreach (MeanShape wrong in (MeanShape[])[new(0, 9, 5), new(2, 0, 5), new(2, 9, 0), new(5, 9, 3)])
            t.Refuses($"{wrong}", d => d.MeanPoolForward(wrong, x, y));
    }
}
