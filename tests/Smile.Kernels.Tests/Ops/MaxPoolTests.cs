using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class MaxPoolTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>Channels that fill vectors of any width, odd and even sizes: what the pool of a ResNet has a path of its own for.</summary>
    private static readonly Dictionary<string, PoolShape> _whole = new()
    {
        ["stem 3x3, 32 channels, odd size"] = new(2, 9, 7, 32, 3, 2, 1),
        ["stem 3x3, 48 channels, even size"] = new(2, 8, 10, 48, 3, 2, 1),
        ["stem 3x3, 16 channels, one row"] = new(1, 1, 6, 16, 3, 2, 1),
        ["stem 3x3, 16 channels, one column"] = new(2, 6, 1, 16, 3, 2, 1),
    };

    private static readonly Dictionary<string, PoolShape> _all = PoolCases.All.Concat(_whole).ToDictionary();

    public static TheoryData<string> Names => NamesOf(PoolCases.All);

    public static TheoryData<string> AllNames => NamesOf(_all);

    private static TheoryData<string> NamesOf(IReadOnlyDictionary<string, PoolShape> cases) =>
        new(cases.Where(c => c.Value.OutputCount * c.Value.Kernel * c.Value.Kernel <= TDevice.Budget).Select(c => c.Key));

    [Theory, MemberData(nameof(AllNames))]
    public void Forward_and_backward(string name)
    {
        PoolShape shape = _all[name];
        foreach (Into into in Enum.GetValues<Into>())
            foreach (bool ties in (bool[])[false, true])
            {
                var t = new OpBench<TDevice>();
                float[] values = Seeded.Floats($"{name}/x", shape.InputCount);
                Place x = t.Source(ties ? values.Select(v => MathF.Round(v * 2)).ToArray() : values);
                Place index = t.Result(shape.OutputCount), y = t.Result(shape.OutputCount);
                Place dy = t.Source(Seeded.Floats($"{name}/dy", shape.OutputCount)),
                    dx = t.Gradient(into, $"{name}/dx before", shape.InputCount);
                t.Run(d =>
                {
                    d.MaxPoolForward(shape, x, index, y);
                    d.MaxPoolBackward(shape, dy, index, dx, into);
                });
                Close.Same(t.Expected(y), t.Floats(y), "y");
                Assert.Equal(t.ExpectedWords(index), t.Words(index));
                t.MatchesScalar(Tolerance.Sum(shape.Kernel * shape.Kernel + 1, Tolerance.Operand), dx, $"dx, {into}");
            }
    }

    [Fact]
    public void The_first_maximum_of_a_tie_wins_and_padding_never_does()
    {
        PoolShape shape = new(1, 3, 3, 1, 3, 2, 1);
        foreach (float value in (float[])[-2, 0, float.NegativeInfinity])
        {
            var (y, index) = Forward(shape, Enumerable.Repeat(value, 9).ToArray());
            Close.Same(Enumerable.Repeat(value, 4).ToArray(), y, $"y of {value}");
            Assert.Equal([4u, 3u, 1u, 0u], index);
        }
    }

    [Fact]
    public void The_first_NaN_wins_over_numbers()
    {
        // Windows of 2x2, stride 2: [1 NaN / 3 NaN] and [inf 2 / NaN 5].
        var (y, index) = Forward(new PoolShape(1, 2, 4, 1, 2, 2, 0), [1, float.NaN, float.PositiveInfinity, 2, 3, float.NaN, float.NaN, 5]);
        Close.Same([float.NaN, float.NaN], y, "y");
        Assert.Equal([1u, 2u], index);
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        PoolShape shape = new(2, 6, 5, 3, 3, 2, 1);
        var t = new OpBench<TDevice>();
        Place x = t.Result(shape.InputCount), index = t.Result(shape.OutputCount), y = t.Result(shape.OutputCount);
        t.RefusesEachWrongPlace([x, index, y], [1, 2], (d, p) => d.MaxPoolForward(shape, p[0], p[1], p[2]));
        t.RefusesEachWrongPlace([y, index, x], [2], (d, p) => d.MaxPoolBackward(shape, p[0], p[1], p[2], Into.Set));
        PoolShape[] wrong =
        [
            shape with { Batch = 0 }, shape with { Channels = 0 }, shape with { Kernel = 0 }, shape with { Stride = 0 },
                shape with { Pad = -1 },
            shape with { Pad = 2 }, shape with { Kernel = 9, Pad = 1 }, shape with { Height = 0 }, shape with { Stride = 1 },
        ];
        foreach (PoolShape bad in wrong)
            t.Refuses($"kernel {bad.Kernel}, stride {bad.Stride}, pad {bad.Pad}", d => d.MaxPoolForward(bad, x, index, y));
    }

    private static (float[] Y, uint[] Index) Forward(PoolShape shape, float[] values)
    {
        var t = new OpBench<TDevice>();
        Place x = t.Source(values), index = t.Result(shape.OutputCount), y = t.Result(shape.OutputCount);
        t.Run(d => d.MaxPoolForward(shape, x, index, y));
        return (t.Floats(y), t.Words(index));
    }
}
