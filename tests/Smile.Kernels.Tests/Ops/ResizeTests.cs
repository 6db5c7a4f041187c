using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class ResizeTests<TDevice>
    where TDevice : IDevice
{
    public static TheoryData<string> Names => new(ResizeCases.All.Where(c => c.Value.OutputCount * 4 <= TDevice.Budget).Select(c => c.Key));

    [Theory, MemberData(nameof(Names))]
    public void Forward(string name)
    {
        ResizeShape shape = ResizeCases.All[name];
        var t = new OpBench<TDevice>();
        Place x = t.Source(Seeded.Floats($"{name}/x", shape.InputCount)), y = t.Result(shape.OutputCount);
        t.Run(d => d.ResizeForward(shape, x, y));
        t.MatchesScalar(Resizing.Forward(shape), y, "y");
    }

    [Theory, MemberData(nameof(Names))]
    public void Backward(string name)
    {
        ResizeShape shape = ResizeCases.All[name];
        foreach (Into into in Enum.GetValues<Into>())
        {
            var t = new OpBench<TDevice>();
            Place dy = t.Source(Seeded.Floats($"{name}/dy", shape.OutputCount)),
                dx = t.Gradient(into, $"{name}/dx before", shape.InputCount);
            t.Run(d => d.ResizeBackward(shape, dy, dx, into));
            t.MatchesScalar(Resizing.Backward(shape), dx, $"dx, {into}");
        }
    }

    [Fact]
    public void Same_size_is_a_copy()
    {
        ResizeShape shape = new(2, 5, 6, 5, 6, 7);
        float[] values = Seeded.Floats("resize/copy", shape.InputCount);
        var t = new OpBench<TDevice>();
        Place x = t.Source(values), y = t.Result(shape.OutputCount), dx = t.Result(shape.InputCount);
        t.Run(d =>
        {
            d.ResizeForward(shape, x, y);
            d.ResizeBackward(shape, x, dx, Into.Set);
        });
        Close.Same(values, t.Floats(y), "y");
        Close.Same(values, t.Floats(dx), "dx");
    }

    [Fact]
    public void Half_pixel_centres_and_clamped_borders()
    {
        // 2 to 4: positions -0.25 (clamped), 0.25, 0.75, 1.25 (clamped).
        ResizeShape shape = new(1, 1, 2, 1, 4, 1);
        var t = new OpBench<TDevice>();
        Place x = t.Source([1f, 5f]), y = t.Result(4);
        t.Run(d => d.ResizeForward(shape, x, y));
        Close.Same([1, 2, 4, 5], t.Floats(y), "y");
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        ResizeShape shape = new(1, 3, 4, 6, 7, 2);
        var t = new OpBench<TDevice>();
        Place x = t.Result(shape.InputCount), y = t.Result(shape.OutputCount);
        t.RefusesEachWrongPlace([x, y], [1], (d, p) => d.ResizeForward(shape, p[0], p[1]));
        t.RefusesEachWrongPlace([y, x], [1], (d, p) => d.ResizeBackward(shape, p[0], p[1], Into.Set));
        ResizeShape[] wrong =
        [
            shape with { Batch = 0 }, shape with { Height = 0 }, shape with { Width = 0 }, shape with { OutHeight = 0 },
                shape with { OutWidth = -7 },
            shape with { Channels = 0 }, shape with { Height = 6, OutHeight = 3 },
        ];
        foreach (ResizeShape bad in wrong)
            t.Refuses($"{bad}", d => d.ResizeForward(bad, x, y));
    }
}

/// <summary>How far a resize may lie off.</summary>
internal static class Resizing
{
    /// <summary>
    /// A position near the far border is rounded in float32; the value moves by that times the slope, at most 2 a pixel and axis.
    /// </summary>
    public static Tolerance Forward(ResizeShape s) => Tolerance.Element(4, 2 + s.Height + s.Width);

    /// <summary>As forward for each of the output pixels that read an input pixel.</summary>
    public static Tolerance Backward(ResizeShape s)
    {
        int rows = 2 * s.OutHeight / s.Height + 2, columns = 2 * s.OutWidth / s.Width + 2;
        return Tolerance.Element(4, Math.Sqrt(rows * columns) * (2 + s.Height + s.Width));
    }
}
