using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Vectors;

/// <summary>Winograd's algorithms on shapes that take every path: several blocks of tiles, several parts of channels, fused weights.</summary>
public sealed class WinogradTests
{
    public static TheoryData<int, string, ConvShape> Shapes
    {
        get
        {
            var data = new TheoryData<int, string, ConvShape>();
            foreach (int tile in (int[])[2, 4])
            {
                data.Add(tile, "several blocks of tiles", new(2, 118, 121, 3, 18, 3, Pad: 1));
                data.Add(tile, "fused, several parts of channels", new(1, 5, 7, 290, 270, 3, Pad: 1));
                data.Add(tile, "atrous, two panels and a narrow one", new(2, 19, 23, 70, 75, 3, Dilation: 3, Pad: 2));
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Every_pass_agrees_with_the_direct_algorithm(int tile, string what, ConvShape shape)
    {
        ConvAlgorithm algorithm = tile == 2 ? ConvAlgorithm.Winograd2 : ConvAlgorithm.Winograd4;
        float[][] direct = Passes(ConvAlgorithm.Direct, shape, threads: 2), winograd = Passes(algorithm, shape, threads: 3);
        Assert.Equal(Passes(algorithm, shape, threads: 1), winograd); // to the bit
        for (int i = 0; i < direct.Length; i++)
        {
            double scale = Math.Sqrt(direct[i].Average(v => (double)v * v)), worst = 0;
            for (int j = 0; j < direct[i].Length; j++)
            {
                double difference = Math.Abs(direct[i][j] - winograd[i][j]) / scale;
                worst = difference <= worst ? worst : difference; // NaN stays
            }

            Assert.True(worst <= (tile == 2 ? 8e-6 : 3e-5), $"{what}, result {i}: off by {worst:E1} of the root mean square.");
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using IBackend backend = new SimdBackend(2, convolution: ConvAlgorithm.Winograd4);
        var step = new TrainingStep();
        step.Prepare(backend);
        for (int i = 0; i < 3; i++)
            step.Run(backend);
        long before = GC.GetAllocatedBytesForCurrentThread();
        step.Run(backend);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_planner_takes_winograd_where_it_pays()
    {
        Assert.Equal(ConvAlgorithm.Winograd4, ConvPlanner.Free.Choose(new(8, 32, 32, 64, 64, 3, Pad: 1), ConvPass.Forward));
        Assert.Equal(ConvAlgorithm.Winograd4, ConvPlanner.Free.Choose(new(8, 16, 16, 512, 512, 3, Dilation: 4, Pad: 4), ConvPass.InputGradient));
        Assert.Equal(ConvAlgorithm.Direct, ConvPlanner.Free.Choose(new(2, 32, 32, 2048, 256, 3, Dilation: 12, Pad: 12), ConvPass.Forward));
        Assert.Equal(ConvAlgorithm.Direct, ConvPlanner.Free.Choose(new(8, 16, 16, 512, 3, 3, Dilation: 6, Pad: 6), ConvPass.Forward));
        Assert.Equal(ConvAlgorithm.Direct, ConvPlanner.Free.Choose(new(8, 64, 64, 64, 64, 3, Stride: 2, Pad: 1), ConvPass.Forward));
    }

    [Fact]
    public void A_forced_algorithm_is_taken_where_it_can()
    {
        ConvShape dense = new(1, 9, 8, 4, 5, 3, Pad: 1), strided = dense with { Stride = 2 };
        Assert.Equal(0, ConvPlanner.Named("direct").Choose(dense, ConvPass.Forward).Tile());
        Assert.Equal(0, ConvPlanner.Named("gemm").Choose(dense, ConvPass.Forward).Tile());
        Assert.NotEqual(0, ConvPlanner.Named("winograd").Choose(dense, ConvPass.Forward).Tile());
        Assert.Equal("direct", ConvPlanner.Named("winograd").Choose(strided, ConvPass.Forward).Text());
        using var backend = new SimdBackend(1, convolution: ConvAlgorithm.Winograd4);
        Assert.Equal("winograd 4x4", backend.ConvAlgorithmOf(dense, ConvPass.InputGradient));
    }

    [Fact]
    public void An_unknown_name_is_refused()
    {
        var error = Assert.Throws<BackendException>(() => ConvPlanner.Named("fft"));
        Assert.Contains("SMILE_CONV=fft", error.Message, StringComparison.Ordinal);
        Assert.Contains("direct, gemm, winograd", error.Message, StringComparison.Ordinal);
    }

    private static float[][] Passes(ConvAlgorithm algorithm, ConvShape shape, int threads)
    {
        using var backend = new SimdBackend(threads, convolution: algorithm);
        var plan = new ArenaPlan();
        int xs = (int)shape.InputCount, ys = (int)shape.OutputCount, ws = (int)shape.WeightCount;
        Place x = plan.Take(Arena.Activations, xs), dy = plan.Take(Arena.Activations, ys), w = plan.Take(Arena.Weights, ws);
        Place dx = plan.Take(Arena.Gradients, xs), y = plan.Take(Arena.Gradients, ys), dw = plan.Take(Arena.Gradients, ws);
        backend.Reserve(plan);
        foreach ((Place place, string name) in new[] { (x, "x"), (dy, "dy"), (w, "w"), (dx, "dx"), (dw, "dw") })
            backend.Write(place, Seeded.Floats(name, place.Length));
        backend.ConvForward(shape, x, w, Place.None, y);
        backend.ConvBackInput(shape, dy, w, dx, Into.Add);
        backend.ConvBackWeight(shape, x, dy, dw, Into.Add);
        return [.. new[] { y, dx, dw }.Select(place =>
        {
            var values = new float[place.Length];
            backend.Read(place, values);
            return values;
        })];
    }
}
