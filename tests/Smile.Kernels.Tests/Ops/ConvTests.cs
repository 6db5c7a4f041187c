using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class ConvTests<TDevice>
    where TDevice : IDevice
{
    public static TheoryData<string> Names => new(ConvCases.All.Where(c => c.Value.Flops / 2 <= TDevice.Budget).Select(c => c.Key));

    [Theory, MemberData(nameof(Names))]
    public void Forward(string name)
    {
        ConvShape shape = ConvCases.All[name];
        foreach (bool biased in (bool[])[true, false])
        {
            var t = new OpBench<TDevice>();
            var (x, w) = (Input(t, name), Weight(t, name));
            Place bias = biased ? t.Source(Seeded.Floats($"{name}/bias", shape.OutChannels)) : Place.None, y = t.Result(shape.OutputCount);
            t.Run(b => b.ConvForward(shape, x, w, bias, y));
            t.MatchesScalar(Tolerance.Sum((long)shape.Kernel * shape.Kernel * shape.InChannels + 1,
                Tolerance.Product).Times(TDevice.ConvError), y, biased ? "y" : "y without bias");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Input_gradient(string name)
    {
        ConvShape shape = ConvCases.All[name];
        foreach (Into into in Enum.GetValues<Into>())
        {
            var t = new OpBench<TDevice>();
            var (dy, w) = (OutputGradient(t, name), Weight(t, name));
            Place dx = t.Gradient(into, $"{name}/dx before", shape.InputCount);
            t.Run(b => b.ConvBackInput(shape, dy, w, dx, into));
            t.MatchesScalar(Tolerance.Sum((long)shape.Kernel * shape.Kernel * shape.OutChannels + 1,
                Tolerance.Product).Times(TDevice.ConvError), dx, $"dx, {into}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Weight_gradient(string name)
    {
        ConvShape shape = ConvCases.All[name];
        foreach (Into into in Enum.GetValues<Into>())
        {
            var t = new OpBench<TDevice>();
            var (x, dy) = (Input(t, name), OutputGradient(t, name));
            Place dw = t.Gradient(into, $"{name}/dw before", shape.WeightCount);
            t.Run(b => b.ConvBackWeight(shape, x, dy, dw, into));
            t.MatchesScalar(Tolerance.Sum(shape.OutputCount / shape.OutChannels + 1, Tolerance.Product).Times(TDevice.ConvError), dw,
                $"dw, {into}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Bias_gradient(string name)
    {
        ConvShape shape = ConvCases.All[name];
        foreach (Into into in Enum.GetValues<Into>())
        {
            var t = new OpBench<TDevice>();
            Place dy = OutputGradient(t, name), dbias = t.Gradient(into, $"{name}/dbias before", shape.OutChannels);
            t.Run(b => b.ConvBackBias(shape, dy, dbias, into));
            t.MatchesScalar(Tolerance.Sum(shape.OutputCount / shape.OutChannels + 1, Tolerance.Operand), dbias, $"dbias, {into}");
        }
    }

    [Fact]
    public void Wrong_places_are_refused()
    {
        ConvShape shape = new(2, 5, 4, 3, 6, 3, 1, 1, 1);
        var t = new OpBench<TDevice>();
        Place x = t.Result(shape.InputCount), w = t.Result(shape.WeightCount), bias = t.Result(shape.OutChannels),
            y = t.Result(shape.OutputCount);
        t.RefusesEachWrongPlace([x, w, bias, y], [3], (b, p) => b.ConvForward(shape, p[0], p[1], p[2], p[3]));
        t.RefusesEachWrongPlace([y, w, x], [2], (b, p) => b.ConvBackInput(shape, p[0], p[1], p[2], Into.Set));
        t.RefusesEachWrongPlace([x, y, w], [2], (b, p) => b.ConvBackWeight(shape, p[0], p[1], p[2], Into.Set));
        t.RefusesEachWrongPlace([y, bias], [1], (b, p) => b.ConvBackBias(shape, p[0], p[1], Into.Set));
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        ConvShape good = new(2, 5, 4, 3, 6, 3, 1, 1, 1);
        var t = new OpBench<TDevice>();
        Place x = t.Result(good.InputCount), w = t.Result(good.WeightCount), y = t.Result(good.OutputCount);
        ConvShape[] wrong =
        [
            good with { Batch = 0 }, good with { Batch = -2 }, good with { Height = 0 }, good with { Width = 0 },
            good with { InChannels = 0 }, good with { OutChannels = 0 }, good with { Kernel = 0 }, good with { Stride = 0 },
                good with { Dilation = 0 }, good with { Pad = -1 }, good with { Pad = 0, Dilation = 3 },
            good with { Height = 1 << 20, Width = 1 << 12 }, good with { InChannels = 6, OutChannels = 3 }, good with { Stride = 2 },
        ];
        foreach (ConvShape shape in wrong)
        {
            t.Refuses($"forward {shape}", b => b.ConvForward(shape, x, w, Place.None, y));
            t.Refuses($"input gradient {shape}", b => b.ConvBackInput(shape, y, w, x, Into.Set));
            t.Refuses($"weight gradient {shape}", b => b.ConvBackWeight(shape, x, y, w, Into.Set));
        }
    }

    private static Place Input(OpBench<TDevice> t, string name) => t.Source(Seeded.Floats($"{name}/x", ConvCases.All[name].InputCount));

    private static Place Weight(OpBench<TDevice> t, string name) => t.Source(Seeded.Floats($"{name}/w", ConvCases.All[name].WeightCount));

    private static Place OutputGradient(OpBench<TDevice> t, string name) =>
        t.Source(Seeded.Floats($"{name}/dy", ConvCases.All[name].OutputCount));
}
