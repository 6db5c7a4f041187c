using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class BatchNormTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>Rows and channels.</summary>
    public static TheoryData<int, int> Sizes
    {
        get
        {
            var data = new TheoryData<int, int>();
            foreach ((int rows, int channels) in ((int, int)[])[(2, 1), (3, 5), (7, 17), (50, 33), (257, 8), (64, 16), (1003, 3), (5, 130),
                (1, 7), (4099, 2), (67, 64), (700, 80), (21, 1104)])
                if ((long)rows * channels * 8 <= TDevice.Budget)
                    data.Add(rows, channels);
            return data;
        }
    }

    /// <summary>A dozen roundings on values of up to about 8.</summary>
    private static readonly Tolerance Each = Tolerance.Element(12, 8);

    [Theory, MemberData(nameof(Sizes))]
    public void Forward(int rows, int channels)
    {
        foreach (NormShape shape in Shapes(rows, channels))
            foreach (bool withResidual in (bool[])[false, true])
            {
                var t = new OpBench<TDevice>();
                Place x = t.Source(Seeded.Floats("norm/x", shape.Count)), y = t.Result(shape.Count);
                Place residual = withResidual ? t.Source(Seeded.Floats("norm/residual", shape.Count)) : Place.None;
                NormPlaces p = ForwardPlaces(t, shape);
                t.Run(d => d.NormForward(shape, x, residual, p, y));
                string what = $"{shape}, residual {withResidual}";
                t.MatchesScalar(Each, y, $"y, {what}");
                t.MatchesScalar(Each, p.Mean, $"mean, {what}");
                t.MatchesScalar(Tolerance.Element(12), p.InverseStd, $"inverse std, {what}");
                if (shape.Mode == NormMode.Batch)
                {
                    t.MatchesScalar(Each, p.RunningMean, $"running mean, {what}");
                    t.MatchesScalar(Each, p.RunningVariance, $"running variance, {what}");
                }
            }
    }

    [Fact]
    public void Forward_keeps_a_small_spread_on_a_large_mean()
    {
        // The mean of squares minus the square of the mean would lose all of it: 100^2 in float32 has steps of 1e-3, the variance here is
        // 3e-3.
        NormShape shape = new(200, 3, NormMode.Batch);
        var t = new OpBench<TDevice>();
        Place x = t.Source(Seeded.Floats("norm/x", shape.Count).Select(v => 100 + v / 10).ToArray()), y = t.Result(shape.Count);
        NormPlaces p = ForwardPlaces(t, shape);
        t.Run(d => d.NormForward(shape, x, Place.None, p, y));
        const double LargestInverseStd = 20;
        t.MatchesScalar(Tolerance.Element(8, 100 * LargestInverseStd), y, "y");
        t.MatchesScalar(new Tolerance(0, 1e-3), p.InverseStd, "inverse std");
    }

    [Fact]
    public void Forward_of_constant_channels_is_beta()
    {
        NormShape shape = new(37, 5, NormMode.Batch);
        var t = new OpBench<TDevice>();
        Place x = t.Source(Enumerable.Repeat(0.75f, (int)shape.Count).ToArray()), y = t.Result(shape.Count);
        NormPlaces p = ForwardPlaces(t, shape);
        t.Run(d => d.NormForward(shape, x, Place.None, p, y));
        float[] beta = Seeded.Floats("norm/beta", 5);
        Close.Within(Tolerance.Element(400), Enumerable.Range(0, (int)shape.Count).Select(i => beta[i % 5]).ToArray(), t.Floats(y), "y");
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Backward(int rows, int channels)
    {
        foreach (NormShape shape in Shapes(rows, channels))
        {
            Run("dx alone", Into.Set, false, Into.Set, false);
            Run("dx in place of dy", Into.Set, false, Into.Set, true);
            Run("dx added, dresidual set", Into.Add, true, Into.Set, false);
            Run("dx in place of dy, dresidual added", Into.Set, true, Into.Add, true);
            Run("dx and dresidual added", Into.Add, true, Into.Add, false);

            void Run(string kind, Into into, bool withResidual, Into residualInto, bool inPlace)
            {
                string what = $"{kind}, {shape}";
                var t = new OpBench<TDevice>();
                float[] ds = Seeded.Floats("norm/dy", shape.Count);
                Place x = t.Source(Seeded.Floats("norm/x", shape.Count));
                // Without ReLU the output is not read.
                Place y = shape.Relu ? t.Source(Seeded.Floats("norm/y", shape.Count)) : t.Result(shape.Count);
                Place dy = inPlace ? t.State(ds) : t.Source(ds), dx = inPlace ? dy : t.Gradient(into, "norm/dx before", shape.Count);
                Place dresidual = withResidual ? t.Gradient(residualInto, "norm/dresidual before", shape.Count) : Place.None;
                NormPlaces p = BackwardPlaces(t, channels);
                Place dgamma = t.Result(channels), dbeta = t.Result(channels);
                t.Run(d => d.NormBackward(shape, x, y, dy, p, dx, into, dresidual, residualInto, dgamma, dbeta));
                t.MatchesScalar(Each, dx, $"dx, {what}");
                t.MatchesScalar(Tolerance.Sum(rows, 1.2), dgamma, $"dgamma, {what}");
                t.MatchesScalar(Tolerance.Sum(rows, Tolerance.Operand), dbeta, $"dbeta, {what}");
                if (withResidual)
                    t.MatchesScalar(Tolerance.Element(1), dresidual, $"dresidual, {what}");
            }
        }
    }

    [Fact]
    public void Backward_without_dx_gives_the_parameters_gradients()
    {
        NormShape shape = new(21, 9, NormMode.Running, true);
        var t = new OpBench<TDevice>();
        Place x = t.Source(Seeded.Floats("norm/x", shape.Count)), y = t.Source(Seeded.Floats("norm/y", shape.Count));
        Place dy = t.Source(Seeded.Floats("norm/dy", shape.Count));
        NormPlaces p = BackwardPlaces(t, 9);
        Place dgamma = t.Result(9), dbeta = t.Result(9);
        t.Run(d => d.NormBackward(shape, x, y, dy, p, Place.None, Into.Set, Place.None, Into.Set, dgamma, dbeta));
        t.MatchesScalar(Tolerance.Sum(21, 1.2), dgamma, "dgamma");
        t.MatchesScalar(Tolerance.Sum(21, Tolerance.Operand), dbeta, "dbeta");
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        NormShape shape = new(10, 7, NormMode.Batch, true);
        var t = new OpBench<TDevice>();
        Place[] p = [.. Enumerable.Range(0, 4).Select(_ => t.Result(70)), .. Enumerable.Range(0, 8).Select(_ => t.Result(7))];
        t.RefusesEachWrongPlace([p[0], p[1], p[2], .. p[4..10]], [2, 5, 6, 7, 8],
            (d, q) => d.NormForward(shape, q[0], q[1], new NormPlaces(q[3], q[4], q[5], q[6], q[7], q[8]), q[2]));
        Place dresidual = t.Result(70);
        // Backward reads neither beta nor the running statistics.
        t.RefusesEachWrongPlace([p[0], p[1], p[2], p[3], dresidual, p[4], .. p[8..12]], [3, 4, 8, 9],
            (d, q) => d.NormBackward(shape, q[0], q[1], q[2], new NormPlaces(q[5], p[5], p[6], p[7], q[6], q[7]), q[3], Into.Set, q[4],
                Into.Set, q[8], q[9]));
        foreach (NormShape wrong in (NormShape[])[shape with { Rows = 1 }, shape with { Rows = 0 }, shape with { Channels = 0 },
            shape with { Rows = 7, Channels = 10 }])
            t.Refuses($"{wrong}", d => d.NormForward(wrong, p[0], p[1], new NormPlaces(p[4], p[5], p[6], p[7], p[8], p[9]), p[2]));
    }

    private static IEnumerable<NormShape> Shapes(int rows, int channels) =>
        from mode in Enum.GetValues<NormMode>()
        where mode == NormMode.Running || rows > 1
        from relu in (bool[])[false, true]
        select new NormShape(rows, channels, mode, relu, Momentum: 0.3f);

    private static NormPlaces ForwardPlaces(OpBench<TDevice> t, NormShape shape)
    {
        int n = shape.Channels;
        float[] mean = Seeded.Floats("norm/running mean", n), variance = GoldenCases.Positive("norm/running variance", n);
        bool follows = shape.Mode == NormMode.Batch;
        return new NormPlaces(t.Source(Seeded.Floats("norm/gamma", n)), t.Source(Seeded.Floats("norm/beta", n)),
            follows ? t.State(mean) : t.Source(mean), follows ? t.State(variance) : t.Source(variance), t.Result(n), t.Result(n));
    }

    /// <summary>Saved statistics need not be those of x for the formula; running ones are not read backward.</summary>
    private static NormPlaces BackwardPlaces(OpBench<TDevice> t, int n) => new(t.Source(Seeded.Floats("norm/gamma", n)), t.Result(n),
        t.Result(n), t.Result(n), t.Source(Seeded.Floats("norm/mean", n)), t.Source(GoldenCases.Positive("norm/inverse std", n)));
}
