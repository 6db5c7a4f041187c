using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;

namespace Smile.Kernels.Tests.Ops.Conv2d.Cpu;

/// <summary>Which algorithm is taken, and the ones without a transform on shapes that are split into blocks and parts.</summary>
public sealed class ConvPlannerTests
{
    public static TheoryData<string, ConvShape> Shapes => new()
    {
        { "stem of several chunks and parts", new(3, 71, 83, 1, 50, 7, Stride: 2, Pad: 3) },
        { "few channels to few, sums of one image at a time", new(3, 151, 149, 5, 3, 3, Pad: 1) },
        { "atrous head", new(2, 19, 17, 70, 3, 3, Dilation: 4, Pad: 4) },
        { "1x1 to more channels", new(3, 17, 23, 35, 75, 1) },
        { "classifier, chunks of whole vectors", new(3, 71, 83, 16, 3, 1) },
        { "classifier of one organ, odd pixels and channels", new(1, 33, 37, 21, 1, 1) },
        { "classifier of two from less than a vector", new(2, 5, 7, 3, 2, 1) },
        { "classifier of four from many channels", new(1, 19, 17, 521, 4, 1) },
        { "three images to one channel, no padding", new(2, 40, 45, 12, 1, 5) },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void What_has_no_transform_agrees_with_the_implicit_gemm(string what, ConvShape shape)
    {
        ConvSides.Agree(ConvAlgorithm.Padded, shape, 8e-6, what);
        ConvSides.Agree(ConvAlgorithm.PerTap, shape, 8e-6, what);
        ConvSides.Agree(ConvAlgorithm.PerPixel, shape, 8e-6, what);
    }

    [Theory]
    [InlineData(ConvPass.Forward, "winograd 4x4", 8, 32, 64, 64, 3, 1, 1)]
    [InlineData(ConvPass.InputGradient, "winograd 4x4", 8, 16, 512, 512, 3, 1, 4)]
    [InlineData(ConvPass.Forward, "gemm", 2, 32, 2048, 256, 3, 1, 12)]
    [InlineData(ConvPass.Forward, "direct, padded", 8, 64, 64, 64, 3, 2, 1)]
    [InlineData(ConvPass.InputGradient, "gemm", 8, 64, 64, 64, 3, 2, 1)]
    [InlineData(ConvPass.Forward, "gemm", 8, 32, 128, 256, 3, 2, 1)]
    [InlineData(ConvPass.Forward, "winograd 4x4", 8, 96, 16, 16, 3, 1, 1)]
    [InlineData(ConvPass.InputGradient, "winograd 4x4", 8, 64, 32, 16, 3, 1, 1)]
    [InlineData(ConvPass.Forward, "winograd 2x2", 8, 12, 64, 64, 3, 1, 2)]
    [InlineData(ConvPass.WeightGradient, "winograd 4x4", 8, 96, 16, 16, 3, 1, 1)]
    [InlineData(ConvPass.Forward, "gemm", 4, 64, 64, 256, 1, 1, 1)]
    [InlineData(ConvPass.WeightGradient, "direct, per-tap sums", 4, 64, 64, 256, 1, 1, 1)]
    [InlineData(ConvPass.WeightGradient, "gemm", 4, 64, 256, 64, 1, 1, 1)]
    [InlineData(ConvPass.Forward, "direct, per-pixel sums", 8, 64, 512, 3, 1, 1, 1)]
    [InlineData(ConvPass.InputGradient, "direct, per-pixel sums", 8, 64, 16, 3, 1, 1, 1)]
    [InlineData(ConvPass.WeightGradient, "direct, per-pixel sums", 8, 64, 16, 3, 1, 1, 1)]
    [InlineData(ConvPass.Forward, "gemm", 8, 64, 512, 5, 1, 1, 1)]
    [InlineData(ConvPass.Forward, "direct, per-tap sums", 8, 16, 512, 3, 3, 1, 6)]
    [InlineData(ConvPass.InputGradient, "gemm", 8, 16, 512, 3, 3, 1, 6)]
    [InlineData(ConvPass.WeightGradient, "direct, per-tap sums", 8, 16, 512, 3, 3, 1, 6)]
    [InlineData(ConvPass.Forward, "direct, padded", 4, 128, 1, 64, 7, 2, 1)]
    [InlineData(ConvPass.InputGradient, "direct, per-tap sums", 4, 128, 1, 64, 7, 2, 1)]
    [InlineData(ConvPass.WeightGradient, "direct, padded", 4, 128, 1, 64, 7, 2, 1)]
    public void The_planner_takes_the_algorithm_that_measured_best(
        ConvPass pass, string algorithm, int batch, int side, int inChannels, int outChannels, int kernel, int stride, int dilation) =>
        Assert.Equal(algorithm,
            ConvPlanner.Free.Choose(
                new(batch, side, side, inChannels, outChannels, kernel, stride, dilation, dilation * (kernel / 2)), pass).Text());

    [Fact]
    public void A_forced_algorithm_is_taken_where_it_can()
    {
        ConvShape dense = new(1, 19, 18, 4, 5, 3, Pad: 1), strided = dense with { Stride = 2 };
        Assert.Equal("direct, padded", ConvPlanner.Named("direct").Choose(dense, ConvPass.Forward).Text());
        Assert.Equal("gemm", ConvPlanner.Named("gemm").Choose(dense, ConvPass.Forward).Text());
        Assert.NotEqual(0, ConvPlanner.Named("winograd").Choose(dense, ConvPass.Forward).Tile());
        Assert.Equal("gemm", ConvPlanner.Named("winograd").Choose(strided, ConvPass.Forward).Text());
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
}
